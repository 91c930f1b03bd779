import { describe, expect, test } from 'vitest'
import { faultsOfBlocks, faultsOfModal, isTooLongAltogether } from '../../../demo/slack/validate-blocks.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const button = (more: object = {}) => ({ type: 'button', text: plain('Go'), action_id: 'go', ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const section = (more: object = {}) => ({ type: 'section', text: mrkdwn('hello'), ...more })
const confirm = (more: object = {}) => ({ text: mrkdwn('Sure?'), ...more })
const x = (length: number): string => 'x'.repeat(length)
const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index))

describe('what keeps every limit passes', () => {
  test.each<[string, object[]]>([
    ['50 blocks', times(50, () => section())],
    ['a section text of 3000', [section({ text: mrkdwn(x(3000)) })]],
    ['ten fields of 2000', [{ type: 'section', fields: times(10, () => plain(x(2000))) }]],
    ['a header of 150', [{ type: 'header', text: plain(x(150)) }]],
    ['ten context elements', [{ type: 'context', elements: times(10, () => mrkdwn('a')) }]],
    ['25 buttons', [actions(...times(25, index => button({ action_id: `b${index}` })))]],
    ['a button at its limits', [actions(button({ text: plain(x(75)), value: x(2000), action_id: x(255) }))]],
    [
      'a confirmation at its limits',
      [
        actions(
          button({
            confirm: {
              title: plain(x(100)),
              text: mrkdwn(x(300)),
              confirm: plain(x(30)),
              deny: plain(x(30)),
              style: 'danger',
            },
          }),
        ),
      ],
    ],
    [
      'a preformatted rich text',
      [
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_preformatted',
              elements: [{ type: 'text', text: '<!channel> is only text here' }],
            },
          ],
        },
      ],
    ],
    ['verbatim mrkdwn', [section({ text: { ...mrkdwn('a'), verbatim: true } })]],
    ['the same action id in two actions blocks', [actions(button()), actions(button())]],
  ])('%s', (_, blocks) => {
    expect(faultsOfBlocks(blocks)).toEqual([])
  })
})

describe('what breaks a rule is named with the place where it breaks it', () => {
  test.each<[string, unknown, string]>([
    ['51 blocks', times(51, () => section()), 'no more than 50 items allowed [json-pointer:/blocks]'],
    [
      'a block of no known type',
      [{ type: 'sektion' }],
      'unsupported type: sektion [json-pointer:/blocks/0/type]',
    ],
    [
      'a block without a type',
      [{ text: mrkdwn('a') }],
      'missing required field: type [json-pointer:/blocks/0]',
    ],
    ['a block that is text', ['hello'], 'must provide an object [json-pointer:/blocks/0]'],
    ['blocks that are one object', section(), 'must provide an array [json-pointer:/blocks]'],
    [
      'an alert, which is for modals',
      [{ type: 'alert', text: plain('a') }],
      'unsupported type: alert [json-pointer:/blocks/0/type]',
    ],
    [
      'an input, which is for modals',
      [{ type: 'input' }],
      'unsupported type: input [json-pointer:/blocks/0/type]',
    ],
    [
      'a plan, which a workspace may not have',
      [{ type: 'plan', title: 'a' }],
      'unsupported type: plan [json-pointer:/blocks/0/type]',
    ],
    [
      'an unknown property',
      [section({ colour: 'red' })],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    [
      'a property named like a method',
      [section({ toString: 'a' })],
      'invalid additional property: toString [json-pointer:/blocks/0]',
    ],
    [
      'a type named like a method',
      [{ type: 'constructor' }],
      'unsupported type: constructor [json-pointer:/blocks/0/type]',
    ],
    [
      'a section text of 3001',
      [section({ text: mrkdwn(x(3001)) })],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'an empty section text',
      [section({ text: mrkdwn('') })],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a section with neither text nor fields',
      [{ type: 'section' }],
      'must define either `text` or `fields` [json-pointer:/blocks/0]',
    ],
    [
      'eleven fields',
      [{ type: 'section', fields: times(11, () => plain('a')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a field of 2001',
      [{ type: 'section', fields: [plain(x(2001))] }],
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [
      'verbatim on plain text',
      [section({ text: { ...plain('a'), verbatim: true } })],
      'invalid additional property: verbatim [json-pointer:/blocks/0/text]',
    ],
    [
      'emoji on mrkdwn',
      [section({ text: { ...mrkdwn('a'), emoji: false } })],
      'invalid additional property: emoji [json-pointer:/blocks/0/text]',
    ],
    [
      'a header of 151',
      [{ type: 'header', text: plain(x(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a header in mrkdwn',
      [{ type: 'header', text: mrkdwn('a') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'eleven context elements',
      [{ type: 'context', elements: times(11, () => mrkdwn('a')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'an empty context',
      [{ type: 'context', elements: [] }],
      'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button in a context',
      [{ type: 'context', elements: [button()] }],
      'unsupported type: button [json-pointer:/blocks/0/elements/0/type]',
    ],
    [
      '26 buttons',
      [actions(...times(26, index => button({ action_id: `b${index}` })))],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'actions without elements',
      [actions()],
      'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a button text of 76',
      [actions(button({ text: plain(x(76)) }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'a button text in mrkdwn',
      [actions(button({ text: mrkdwn('a') }))],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]',
    ],
    [
      'a button value of 2001',
      [actions(button({ value: x(2001) }))],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'a button value that is a number',
      [actions(button({ value: 7 }))],
      'must provide a string [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'an action id of 256',
      [actions(button({ action_id: x(256) }))],
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      'a button in an unknown style',
      [actions(button({ style: 'default' }))],
      'must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'an accessibility label of 76',
      [actions(button({ accessibility_label: x(76) }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]',
    ],
    [
      'a button url that is no url',
      [actions(button({ url: 'javascript:alert(1)' }))],
      'must be a valid url [json-pointer:/blocks/0/elements/0/url]',
    ],
    [
      'a confirm title of 101',
      [actions(button({ confirm: confirm({ title: plain(x(101)) }) }))],
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    ],
    [
      'a confirm text of 301',
      [actions(button({ confirm: { text: mrkdwn(x(301)) } }))],
      'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
    ],
    [
      'a confirm button of 31',
      [actions(button({ confirm: confirm({ confirm: plain(x(31)) }) }))],
      'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]',
    ],
    [
      'a deny button of 31',
      [actions(button({ confirm: confirm({ deny: plain(x(31)) }) }))],
      'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]',
    ],
    [
      'a confirm without a text',
      [actions(button({ confirm: { title: plain('a') } }))],
      'missing required field: text [json-pointer:/blocks/0/elements/0/confirm]',
    ],
    [
      'one block id twice',
      [section({ block_id: 'a' }), section({ block_id: 'a' })],
      'block_id already exists: a [json-pointer:/blocks/1/block_id]',
    ],
    [
      'a block id of 256',
      [section({ block_id: x(256) })],
      'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
    ],
    [
      'one action id twice in a block',
      [actions(button(), button())],
      'action_id already exists: go [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    [
      'an image without alt text',
      [{ type: 'image', image_url: 'https://a.example/b.png' }],
      'missing required field: alt_text [json-pointer:/blocks/0]',
    ],
    [
      'an empty run of rich text',
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: '' }] }],
        },
      ],
      'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]',
    ],
    [
      'a mention in preformatted text',
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] }],
        },
      ],
      'unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]',
    ],
    [
      'markdown of 12001',
      [{ type: 'markdown', text: x(12_001) }],
      'must be less than 12001 characters [json-pointer:/blocks/0/text]',
    ],
    [
      'markdown of 12001 in two blocks',
      [
        { type: 'markdown', text: x(6000) },
        { type: 'markdown', text: x(6001) },
      ],
      'markdown blocks must be less than 12001 characters together [json-pointer:/blocks]',
    ],
    [
      'a table of 21 columns',
      [{ type: 'table', rows: [times(21, () => ({ type: 'raw_text', text: 'a' }))] }],
      'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
    ],
  ])('%s', (_, blocks, fault) => {
    expect(faultsOfBlocks(blocks)).toEqual([fault])
  })

  test('several faults are all named', () => {
    expect(faultsOfBlocks([section({ text: mrkdwn('') }), { type: 'nothing' }])).toHaveLength(2)
  })
})

describe('all blocks together', () => {
  test.each([
    [13_200, false],
    [13_201, true],
  ])('%i characters: too long is %s', (length, isTooLong) => {
    const blocks = times(Math.ceil(length / 3000), index =>
      section({ text: mrkdwn(x(Math.min(3000, length - index * 3000))) }),
    )
    expect(faultsOfBlocks(blocks)).toEqual([])
    expect(isTooLongAltogether(blocks)).toBe(isTooLong)
  })
})

describe('a modal', () => {
  const modal = (more: object = {}) => ({
    type: 'modal',
    title: plain('Deploy'),
    blocks: [section()],
    ...more,
  })

  test('may be plain', () => {
    expect(faultsOfModal(modal())).toEqual([])
  })

  test.each<[string, unknown, string]>([
    [
      'a title of 25',
      modal({ title: plain(x(25)) }),
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    [
      '101 blocks',
      modal({ blocks: times(101, () => section()) }),
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    [
      'private metadata of 3001',
      modal({ private_metadata: x(3001) }),
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'an input without a submit button',
      modal({ blocks: [{ type: 'input', label: plain('Ref'), element: { type: 'plain_text_input' } }] }),
      'missing required field: submit [json-pointer:/view]',
    ],
    [
      'a table, which is for messages',
      modal({ blocks: [{ type: 'table', rows: [] }] }),
      'unsupported type: table [json-pointer:/view/blocks/0/type]',
    ],
  ])('with %s is refused', (_, view, fault) => {
    expect(faultsOfModal(view)).toEqual([fault])
  })
})
