import { expect, test } from 'vitest'
import type { Content } from '../../../demo/slack/content.ts'
import { mentionsIn } from '../../../demo/slack/mentions.ts'

const silent: Content = {
  text: '',
  blocks: [],
  attachments: [],
  metadata: undefined,
  parse: 'none',
  linkNames: false,
  unfurlsLinks: false,
}
const section = (type: string, text: string) => ({ type: 'section', text: { type, text } })
const rich = (element: object) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [element] }],
})

test.each<[string, Partial<Content>, string[]]>([
  ['a broadcast in the text', { text: 'hi <!channel>' }, ['@channel']],
  [
    'a labelled broadcast, a user and a group in mrkdwn',
    { blocks: [section('mrkdwn', '<!here|x> <@U1> <!subteam^S1>')] },
    ['@here', 'U1', 'S1'],
  ],
  [
    'a broadcast in an attachment',
    { attachments: [{ blocks: [section('mrkdwn', '<!everyone>')] }] },
    ['@everyone'],
  ],
  ['an escaped broadcast', { text: '&lt;!channel&gt;' }, []],
  ['a broadcast in plain text', { blocks: [section('plain_text', '<!channel>')] }, []],
  ['a broadcast as text of rich text', { blocks: [rich({ type: 'text', text: '<!channel>' })] }, []],
  [
    'a broadcast as an element of rich text',
    { blocks: [rich({ type: 'broadcast', range: 'here' })] },
    ['@here'],
  ],
  ['a bare name', { text: '@channel' }, []],
  ['a bare name with link_names', { text: '@channel', linkNames: true }, ['@channel']],
])('%s calls %j', (_, content, called) => {
  expect(mentionsIn({ ...silent, ...content })).toEqual(called)
})
