import { messageBlock, modalBlock, modalFrame } from './block-kinds.ts'
import { isList, isObject, type JsonObject } from './json.ts'
import { type Check, list, object, oneOf, text, yesOrNo } from './schema.ts'

/** Slack publishes no total; it was seen to refuse at about this many characters, sometimes fewer. */
const MOST_CHARACTERS_IN_ALL_BLOCKS = 13_200
const MOST_MARKDOWN_CHARACTERS = 12_000

const messageBlocks = list(messageBlock, { most: 50, least: 0 })

const modal = object({
  required: {
    type: oneOf('modal'),
    title: modalFrame.title,
    blocks: list(modalBlock, { most: 100, least: 0 }),
  },
  optional: {
    submit: modalFrame.submit,
    close: modalFrame.close,
    private_metadata: modalFrame.private_metadata,
    callback_id: modalFrame.callback_id,
    clear_on_close: yesOrNo,
    notify_on_close: yesOrNo,
    external_id: text(255),
  },
})

/** What Slack would answer in `errors`: each text ends in the JSON pointer of the fault. Empty means valid. */
export function faultsOfBlocks(blocks: unknown, at = '/blocks'): readonly string[] {
  return [
    ...faultsFoundBy(messageBlocks, blocks, at),
    ...faultsOfIds(blocks, at),
    ...faultsOfMarkdown(blocks, at),
  ]
}

/** The faults of a `views.open` view, as {@link faultsOfBlocks} words them. */
export function faultsOfModal(view: unknown): readonly string[] {
  const found = [...faultsFoundBy(modal, view, '/view')]
  const blocks = isObject(view) ? view['blocks'] : undefined
  const hasInput = isList(blocks) && blocks.some(block => isObject(block) && block['type'] === 'input')
  if (hasInput && isObject(view) && view['submit'] === undefined)
    found.push(`missing required field: submit [json-pointer:/view]`)
  return [...found, ...faultsOfIds(blocks, '/view/blocks')]
}

/** True when Slack would answer `msg_blocks_too_long`, though each block by itself keeps its limits. */
export function isTooLongAltogether(blocks: unknown): boolean {
  return characters(blocks) > MOST_CHARACTERS_IN_ALL_BLOCKS
}

function faultsFoundBy(check: Check, value: unknown, at: string): readonly string[] {
  const faults: string[] = []
  check(value, at, (fault, where) => faults.push(`${fault} [json-pointer:${where}]`))
  return faults
}

function faultsOfIds(blocks: unknown, at: string): readonly string[] {
  if (!isList(blocks)) return []
  const repeatedBlocks = repeated(blocks.map(block => idOf(block, 'block_id'))).map(
    ([index, id]) => `block_id already exists: ${id} [json-pointer:${at}/${index}/block_id]`,
  )
  const repeatedActions = blocks.flatMap((block, place) => {
    const elements = isObject(block) && block['type'] === 'actions' ? block['elements'] : undefined
    if (!isList(elements)) return []
    return repeated(elements.map(element => idOf(element, 'action_id'))).map(
      ([index, id]) =>
        `action_id already exists: ${id} [json-pointer:${at}/${place}/elements/${index}/action_id]`,
    )
  })
  return [...repeatedBlocks, ...repeatedActions]
}

function faultsOfMarkdown(blocks: unknown, at: string): readonly string[] {
  if (!isList(blocks)) return []
  const texts = blocks.filter((block): block is JsonObject => isObject(block) && block['type'] === 'markdown')
  return texts.length > 1 && characters(texts) > MOST_MARKDOWN_CHARACTERS
    ? [
        `markdown blocks must be less than ${MOST_MARKDOWN_CHARACTERS + 1} characters together [json-pointer:${at}]`,
      ]
    : []
}

function repeated(ids: readonly (string | undefined)[]): readonly (readonly [number, string])[] {
  return ids.flatMap((id, index) =>
    id !== undefined && ids.indexOf(id) < index ? [[index, id] as const] : [],
  )
}

function idOf(value: unknown, name: 'block_id' | 'action_id'): string | undefined {
  const id = isObject(value) ? value[name] : undefined
  return typeof id === 'string' ? id : undefined
}

/** Counts what people read: every `text` that is a string, however deep. */
function characters(value: unknown): number {
  if (isList(value)) return value.reduce((sum: number, item) => sum + characters(item), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce(
    (sum, [name, found]) =>
      sum + (name === 'text' && typeof found === 'string' ? found.length : characters(found)),
    0,
  )
}
