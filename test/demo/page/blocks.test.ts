import { describe, expect, it } from 'vitest'
import { type Block, readMessage } from '../../../demo/page/model/blocks.ts'
import { emojiNamed } from '../../../demo/page/model/emoji.ts'
import type { DeploymentEvent } from '../../../src/event.ts'
import {
  answerMessage,
  finalMessage,
  parentMessage,
  type SlackMessage,
  threadMessage,
} from '../../../src/slack/blocks.ts'
import { viewAfter } from '../../sentences/deployments.ts'
import { started, step, wholeDeploy } from '../../slack/telling-world.ts'

const asked: DeploymentEvent = { kind: 'approval-asked', approvers: ['U02BOB'], expiresAt: 0, rehearsals: [] }

describe('what the bot sends', () => {
  const messages: readonly (readonly [string, SlackMessage])[] = [
    ['a deployment that runs', parentMessage(viewAfter([started, step('web1', 'fetch')]))],
    ['one that waits for an approval', parentMessage(viewAfter([asked]))],
    ['one that succeeded', parentMessage(viewAfter(wholeDeploy), ['A note.'])],
    ['its thread', threadMessage(viewAfter(wholeDeploy), [{ kind: 'output', text: 'fatal: no' }])],
    ['its broadcast', finalMessage(viewAfter(wholeDeploy))],
    ['an answer', answerMessage('Ask U01ALICE, or `U02BOB`.')],
    ['an answer that lets choose', answerMessage('Say which.', 'c1')],
  ]

  it.each(messages)('is drawn whole: %s', (_, message) => {
    const blocks = readMessage(message)
    expect(blocks.filter(block => block.kind === 'unknown')).toEqual([])
    expect(namesIn(blocks).filter(name => emojiNamed(name) === undefined)).toEqual([])
  })

  it('has buttons with the name, the value and the dialog that Slack would show', () => {
    const buttons = readMessage(parentMessage(viewAfter([asked]))).flatMap(block =>
      block.kind === 'actions' ? block.buttons : [],
    )
    expect(buttons).toMatchObject([
      { action: 'approve', text: 'Approve', style: 'primary', value: 'd1', confirm: { yes: 'Approve' } },
      { action: 'reject', text: 'Reject', style: 'danger', value: 'd1', confirm: { yes: 'Reject' } },
      { action: 'cancel', text: 'Cancel', style: 'plain', value: 'd1', confirm: undefined },
    ])
    expect(buttons[0]?.label).toMatch(/^Approve creator/)
  })
})

describe('a message', () => {
  it('without blocks is its text', () => {
    expect(readMessage({ text: 'hello', blocks: [] })).toEqual([
      { kind: 'section', texts: [[{ kind: 'text', text: 'hello' }]], button: undefined },
    ])
  })

  it('with plain text in a block is not parsed', () => {
    const block = { type: 'context', elements: [{ type: 'plain_text', text: '*a* <@U1>' }] }
    expect(readMessage({ text: '', blocks: [block] })).toEqual([
      { kind: 'context', texts: [[{ kind: 'text', text: '*a* <@U1>' }]] },
    ])
  })

  it('in rich text links only what a browser may follow', () => {
    const link = (url: string) => ({ type: 'link', url, text: 'here' })
    const block = {
      type: 'rich_text',
      elements: [
        { type: 'rich_text_section', elements: [link('https://x.example'), link('javascript:alert(1)')] },
        {
          type: 'rich_text_list',
          style: 'ordered',
          elements: [
            { type: 'rich_text_section', elements: [{ type: 'text', text: 'one', style: { bold: true } }] },
          ],
        },
      ],
    }
    expect(readMessage({ text: '', blocks: [block] })).toEqual([
      {
        kind: 'rich',
        parts: [
          {
            kind: 'lines',
            inline: [
              { kind: 'link', url: 'https://x.example', label: 'here' },
              { kind: 'text', text: 'here' },
            ],
          },
          {
            kind: 'list',
            isOrdered: true,
            items: [[{ kind: 'styled', style: 'bold', inner: [{ kind: 'text', text: 'one' }] }]],
          },
        ],
      },
    ])
  })

  it('says so when it holds what the page does not draw', () => {
    expect(readMessage({ text: '', blocks: [{ type: 'table', rows: [] }] })).toEqual([
      { kind: 'unknown', type: 'table' },
    ])
  })
})

/** The emoji in all these blocks. */
function namesIn(blocks: readonly Block[]): readonly string[] {
  return [...JSON.stringify(blocks).matchAll(/"kind":"emoji","name":"([^"]+)"/g)].map(([, name = '']) => name)
}
