import { and, byType, type Check, httpUrl, list, number, object, oneOf, text, yesOrNo } from './schema.ts'

// Limits are those of SLACK.md B4. What Slack calls experimental (plan, task_card, card and kin) is not known
// here: a workspace may have it switched off, so a message must live without it.

const id = text(255)

const plain = (longest: number): Check =>
  byType({
    plain_text: object({
      required: { type: oneOf('plain_text'), text: text(longest) },
      optional: { emoji: yesOrNo },
    }),
  })

const either = (longest: number): Check =>
  byType({
    plain_text: object({
      required: { type: oneOf('plain_text'), text: text(longest) },
      optional: { emoji: yesOrNo },
    }),
    mrkdwn: object({
      required: { type: oneOf('mrkdwn'), text: text(longest) },
      optional: { verbatim: yesOrNo },
    }),
  })

const confirm = object({
  required: { text: either(300) },
  optional: { title: plain(100), confirm: plain(30), deny: plain(30), style: oneOf('primary', 'danger') },
})

const option = object({
  required: { text: either(75), value: text(75) },
  optional: { description: plain(75), url: httpUrl },
})

const optionGroup = object({ required: { label: plain(75), options: list(option, { most: 100 }) } })

const element = (name: string, required: Record<string, Check>, optional: Record<string, Check>): Check =>
  object({ required: { type: oneOf(name), ...required }, optional: { action_id: id, confirm, ...optional } })

const menu = { placeholder: plain(150), focus_on_load: yesOrNo }

const interactive = {
  button: element(
    'button',
    { text: plain(75) },
    { value: text(2000), url: httpUrl, style: oneOf('primary', 'danger'), accessibility_label: text(75) },
  ),
  overflow: element('overflow', { options: list(option, { most: 5 }) }, {}),
  static_select: and(
    element(
      'static_select',
      {},
      {
        ...menu,
        options: list(option, { most: 100 }),
        option_groups: list(optionGroup, { most: 100 }),
        initial_option: option,
      },
    ),
    found =>
      (found['options'] === undefined) === (found['option_groups'] === undefined)
        ? 'must define either `options` or `option_groups`'
        : undefined,
  ),
  external_select: element(
    'external_select',
    {},
    { ...menu, min_query_length: number, initial_option: option },
  ),
  users_select: element('users_select', {}, { ...menu, initial_user: id }),
  radio_buttons: element(
    'radio_buttons',
    { options: list(option, { most: 10 }) },
    { initial_option: option, focus_on_load: yesOrNo },
  ),
  checkboxes: element(
    'checkboxes',
    { options: list(option, { most: 10 }) },
    { initial_options: list(option, { most: 10 }), focus_on_load: yesOrNo },
  ),
}

const plainTextInput = object({
  required: { type: oneOf('plain_text_input') },
  optional: {
    action_id: id,
    ...menu,
    initial_value: text(3000),
    multiline: yesOrNo,
    min_length: number,
    max_length: number,
  },
})

const hasPicture = (found: { readonly [key: string]: unknown }): string | undefined =>
  (found['image_url'] === undefined) === (found['slack_file'] === undefined)
    ? 'must define either `image_url` or `slack_file`'
    : undefined

const picture = {
  image_url: httpUrl,
  slack_file: object({ optional: { id: text(255), url: httpUrl } }),
}

const image = and(
  object({ required: { type: oneOf('image'), alt_text: text(2000) }, optional: picture }),
  hasPicture,
)

const style = object({
  optional: {
    bold: yesOrNo,
    italic: yesOrNo,
    strike: yesOrNo,
    code: yesOrNo,
    underline: yesOrNo,
    highlight: yesOrNo,
  },
})

const run = (name: string, required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  object({ required: { type: oneOf(name), ...required }, optional: { style, ...optional } })

const anyText = text(Number.POSITIVE_INFINITY)
const literal = run('text', { text: anyText })
const link = run('link', { url: httpUrl }, { text: anyText, unsafe: yesOrNo })

const richRun = byType({
  text: literal,
  link,
  emoji: run('emoji', { name: anyText }, { unicode: anyText, url: httpUrl }),
  user: run('user', { user_id: id }),
  usergroup: run('usergroup', { usergroup_id: id }),
  channel: run('channel', { channel_id: id }),
  team: run('team', { team_id: id }),
  broadcast: run('broadcast', { range: oneOf('here', 'channel', 'everyone') }),
  color: run('color', { value: anyText }),
  date: run('date', { timestamp: number, format: anyText }, { url: httpUrl, fallback: anyText }),
})

const richSection = object({
  required: { type: oneOf('rich_text_section'), elements: list(richRun, { least: 0 }) },
})
const border = { border: oneOf(0, 1) }

const richPart = byType({
  rich_text_section: richSection,
  rich_text_list: object({
    required: {
      type: oneOf('rich_text_list'),
      style: oneOf('bullet', 'ordered'),
      elements: list(byType({ rich_text_section: richSection })),
    },
    optional: { indent: oneOf(0, 1, 2, 3, 4, 5, 6, 7, 8), ...border },
  }),
  rich_text_quote: object({
    required: { type: oneOf('rich_text_quote'), elements: list(richRun) },
    optional: border,
  }),
  rich_text_preformatted: object({
    required: { type: oneOf('rich_text_preformatted'), elements: list(byType({ text: literal, link })) },
    optional: border,
  }),
})

const block = (name: string, required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  object({ required: { type: oneOf(name), ...required }, optional: { block_id: id, ...optional } })

const richText = block('rich_text', { elements: list(richPart) })

const cell = byType({
  raw_text: object({ required: { type: oneOf('raw_text'), text: anyText } }),
  raw_number: object({ required: { type: oneOf('raw_number'), value: number, text: anyText } }),
  rich_text: richText,
})

const both = {
  section: and(
    block(
      'section',
      {},
      {
        text: either(3000),
        fields: list(either(2000), { most: 10 }),
        accessory: byType({ ...interactive, image }),
        expand: yesOrNo,
      },
    ),
    found =>
      found['text'] === undefined && found['fields'] === undefined
        ? 'must define either `text` or `fields`'
        : undefined,
  ),
  divider: block('divider', {}),
  header: block('header', { text: plain(150) }),
  context: block('context', {
    elements: list(byType({ ...kinds(either(3000), 'plain_text', 'mrkdwn'), image }), { most: 10 }),
  }),
  actions: block('actions', { elements: list(byType(interactive), { most: 25 }) }),
  image: and(block('image', { alt_text: text(2000) }, { title: plain(2000), ...picture }), hasPicture),
  rich_text: richText,
}

function kinds(check: Check, ...names: readonly string[]): Record<string, Check> {
  return Object.fromEntries(names.map(name => [name, check]))
}

/** One block of a message. `alert` and `input` are for modals only. */
export const messageBlock: Check = byType({
  ...both,
  markdown: block('markdown', { text: text(12_000) }),
  table: block(
    'table',
    { rows: list(list(cell, { most: 20 }), { most: 100 }) },
    {
      column_settings: list(
        object({ optional: { align: oneOf('left', 'center', 'right'), is_wrapped: yesOrNo } }),
        { most: 20 },
      ),
    },
  ),
})

/** One block of a modal. */
export const modalBlock: Check = byType({
  ...both,
  input: block(
    'input',
    { label: plain(2000), element: byType({ ...interactive, plain_text_input: plainTextInput }) },
    { hint: plain(2000), optional: yesOrNo, dispatch_action: yesOrNo },
  ),
  alert: block(
    'alert',
    { text: either(3000) },
    { level: oneOf('default', 'info', 'warning', 'error', 'success') },
  ),
})

/** The fields of a modal around its blocks. */
export const modalFrame = {
  title: plain(24),
  submit: plain(24),
  close: plain(24),
  private_metadata: text(3000, 0),
  callback_id: text(255),
}
