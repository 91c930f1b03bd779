import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Inline } from '../../../demo/page/model/inline.ts'
import { readMrkdwn } from '../../../demo/page/model/mrkdwn.ts'

describe('mrkdwn', () => {
  it.each<[string, readonly Inline[]]>([
    ['plain', [text('plain')]],
    ['a *bold* word', [text('a '), bold(text('bold')), text(' word')]],
    ['*all <@U1> of it*', [bold(text('all '), user('U1'), text(' of it'))]],
    ['_soft_ and ~gone~', [styled('italic', text('soft')), text(' and '), styled('strike', text('gone'))]],
    ['2*3*4 and snake_case_name', [text('2*3*4 and snake_case_name')]],
    ['* not bold *', [text('* not bold *')]],
    ['`a *b* <c>`', [styled('code', text('a *b* <c>'))]],
    ['see ```\nline 1\nline 2```', [text('see '), { kind: 'fence', text: 'line 1\nline 2' }]],
    ['<@U01ANN|ann>!', [user('U01ANN'), text('!')]],
    ['<!subteam^S1>', [{ kind: 'mention', of: 'group', id: 'S1' }]],
    ['<#C1|deploys>', [{ kind: 'mention', of: 'channel', id: 'C1' }]],
    ['<!here>', [{ kind: 'everybody', range: 'here' }]],
    ['<https://x.example/a?b=1&amp;c=2|4f2c1ab>', [link('https://x.example/a?b=1&c=2', '4f2c1ab')]],
    ['<https://x.example>', [link('https://x.example', 'https://x.example')]],
    [':rocket: go', [{ kind: 'emoji', name: 'rocket' }, text(' go')]],
    [
      '<!date^1800000000^{date_short_pretty} {time_secs}|2027-01-15 08:00 UTC>',
      [
        {
          kind: 'date',
          seconds: 1_800_000_000,
          format: '{date_short_pretty} {time_secs}',
          fallback: '2027-01-15 08:00 UTC',
        },
      ],
    ],
  ])('reads %j', (mrkdwn, nodes) => {
    expect(readMrkdwn(mrkdwn)).toEqual(nodes)
  })

  it('shows escaped characters as they were typed, once', () => {
    expect(readMrkdwn('&lt;!channel&gt; &amp;lt; *&lt;b&gt;*')).toEqual([
      text('<!channel> &lt; '),
      bold(text('<b>')),
    ])
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:x', '//x.example', 'vbscript:x|click'])(
    'makes no link of %s',
    url => {
      expect(readMrkdwn(`<${url}>`)).toEqual([text(`<${url}>`)])
    },
  )

  it('loses no word, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('*', '_', '`', '~', ':', ' ', '\n', 'a', 'B', '7') }),
        typed => {
          const letters = (written: string) => written.replace(/[^aB7]/g, '')
          expect(letters(readMrkdwn(typed).map(written).join(''))).toBe(letters(typed))
        },
      ),
    )
  })
})

function text(text: string): Inline {
  return { kind: 'text', text }
}

function styled(style: 'bold' | 'italic' | 'strike' | 'code', ...inner: readonly Inline[]): Inline {
  return { kind: 'styled', style, inner }
}

function bold(...inner: readonly Inline[]): Inline {
  return styled('bold', ...inner)
}

function user(id: string): Inline {
  return { kind: 'mention', of: 'user', id }
}

function link(url: string, label: string): Inline {
  return { kind: 'link', url, label }
}

function written(node: Inline): string {
  switch (node.kind) {
    case 'text':
    case 'fence':
      return node.text
    case 'styled':
      return node.inner.map(written).join('')
    case 'emoji':
      return node.name
    default:
      return ''
  }
}
