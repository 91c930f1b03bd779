import { describe, expect, it } from 'vitest'
import { breaches, turnsIn, unapproved } from '../e2e/journal.ts'

/** `2 d1 app.production reset start`, with the second of a minute in front, and a turn's fence after `start`. */
function journal(...lines: readonly string[]): readonly string[] {
  return lines.map(line => {
    const [second = '', ...words] = line.split(' ')
    const [whole = '', part = '0'] = second.split('.')
    const exit = { start: ' -', end: ' 0' }[words.at(-1) ?? ''] ?? ''
    return `2025-11-21T07:00:${whole.padStart(2, '0')}.${part.padEnd(9, '0')}Z ${words.join(' ')}${exit}`
  })
}

/** A whole activation: look and fetch before the turn, the digest after it. */
function deploy(at: number, deployment: string, target: string): readonly string[] {
  const steps = [
    `${at}.0 look start`,
    `${at}.1 look end`,
    `${at}.1 fetch start`,
    `${at}.2 fetch end`,
    `${at}.2 host-lock start`,
    `${at}.3 reset start`,
    `${at}.4 reset end`,
    `${at}.4 touch start`,
    `${at}.5 touch end`,
    `${at}.8 host-lock end`,
    `${at}.8 digest start`,
    `${at}.9 digest end`,
  ]
  return journal(...steps.map(step => step.replace(' ', ` ${deployment} ${target} `)))
}

const on = (...lines: readonly string[]) => new Map([['web1', lines]])

describe('journals in which all is well', () => {
  it.each<[string, ReadonlyMap<string, readonly string[]>]>([
    ['nothing happened', on()],
    [
      'one deployment follows another',
      on(...deploy(1, 'd1', 'app.production'), ...deploy(2, 'd2', 'app.production')),
    ],
    [
      'another target fetches during a turn, and takes its own afterwards',
      on(
        ...journal(
          '1 d1 left.production host-lock start',
          '2 d2 right.production fetch start',
          '3 d1 left.production reset start',
          '4 d1 left.production reset end',
          '5 d2 right.production fetch end',
          '6 d1 left.production host-lock end',
          '7 d2 right.production host-lock start',
          '8 d2 right.production host-lock end',
        ),
      ),
    ],
    [
      'two hosts have their turns at the same time',
      new Map([
        ['web1', deploy(1, 'd1', 'app.production')],
        ['web2', deploy(1, 'd1', 'app.production')],
      ]),
    ],
    [
      'a deployment is taken up again, and has two turns',
      on(...deploy(1, 'd1', 'app.production'), ...deploy(3, 'd1', 'app.production')),
    ],
    [
      'a deployment is taken up again with a higher fence, and another target has had a higher one still',
      on(
        ...journal(
          '1 d1 app.production host-lock start 7',
          '2 d1 app.production host-lock end',
          '3 d2 other.production host-lock start 9',
          '4 d2 other.production host-lock end',
          '5 d1 app.production host-lock start 8',
          '6 d1 app.production host-lock end',
        ),
      ),
    ],
    [
      'the host still holds the turn of a dead bot while another one goes on elsewhere',
      new Map([
        [
          'web1',
          journal(
            '1 d1 app.production host-lock start',
            '1 d1 app.production touch start',
            '2 d1 app.production touch end',
            '22 d1 app.production host-lock end',
            '23 d2 app.production look start',
            '24 d2 app.production look end',
          ),
        ],
        ['web2', journal('18 d2 app.production look start', '19 d2 app.production look end')],
      ]),
    ],
    [
      'a turn begins in the very moment when the last one ended',
      on(
        ...journal(
          '1 d1 left.production host-lock start',
          '2 d1 left.production host-lock end',
          '2 d2 right.production host-lock start',
          '3 d2 right.production host-lock end',
        ),
      ),
    ],
  ])('%s', (_, journals) => {
    expect(breaches(journals)).toEqual([])
  })
})

describe('breaches', () => {
  it.each<[string, ReadonlyMap<string, readonly string[]>, readonly string[]]>([
    [
      'two turns on one host overlap, though only by a millisecond',
      on(
        ...journal(
          '1 d1 left.production host-lock start',
          '2.999 d2 right.production host-lock start',
          '3 d1 left.production host-lock end',
          '4 d2 right.production host-lock end',
        ),
      ),
      ['web1: host-lock of d1 (07:00:01.000) overlaps web1: host-lock of d2 (07:00:02.999)'],
    ],
    [
      'a short turn inside a long one',
      on(
        ...journal(
          '1 d1 left.production host-lock start',
          '2 d2 right.production host-lock start',
          '3 d2 right.production host-lock end',
          '9 d1 left.production host-lock end',
        ),
      ),
      ['web1: host-lock of d1 (07:00:01.000) overlaps web1: host-lock of d2 (07:00:02.000)'],
    ],
    [
      'a turn that overlaps the longest before it, not the last',
      on(
        ...journal(
          '1 d1 one.production host-lock start',
          '2 d2 two.production host-lock start',
          '3 d2 two.production host-lock end',
          '4 d3 three.production host-lock start',
          '5 d3 three.production host-lock end',
          '9 d1 one.production host-lock end',
        ),
      ),
      [
        'web1: host-lock of d1 (07:00:01.000) overlaps web1: host-lock of d2 (07:00:02.000)',
        'web1: host-lock of d1 (07:00:01.000) overlaps web1: host-lock of d3 (07:00:04.000)',
      ],
    ],
    [
      'a reset that outlives its turn',
      on(
        ...journal(
          '1 d1 app.production host-lock start',
          '2 d1 app.production reset start',
          '3 d1 app.production host-lock end',
          '4 d1 app.production reset end',
        ),
      ),
      ["web1: reset of d1 (07:00:02.000) is outside the host's turn"],
    ],
    [
      "a touch in somebody else's turn",
      on(
        ...journal(
          '1 d1 left.production host-lock start',
          '2 d2 right.production touch start',
          '3 d2 right.production touch end',
          '4 d1 left.production host-lock end',
        ),
      ),
      ["web1: touch of d2 (07:00:02.000) is outside the host's turn"],
    ],
    [
      'a container started without any turn',
      on(...journal('2 d2 right.production start start', '3 d2 right.production start end')),
      ["web1: start of d2 (07:00:02.000) is outside the host's turn"],
    ],
    [
      'two deployments of one target at once on one host',
      on(
        ...journal(
          '1 d1 app.production fetch start',
          '2 d2 app.production look start',
          '3 d1 app.production fetch end',
          '4 d2 app.production look end',
        ),
      ),
      ['app.production: d1 and d2 ran at the same time'],
    ],
    [
      'two deployments of one target at once on two hosts',
      new Map([
        ['web1', journal('1 d1 app.production fetch start', '5 d1 app.production fetch end')],
        ['web2', journal('2 d2 app.production fetch start', '3 d2 app.production fetch end')],
      ]),
      ['app.production: d1 and d2 ran at the same time'],
    ],
    [
      'a turn whose fence is lower than one before, though another target was in between',
      on(
        ...journal(
          '1 d2 app.production host-lock start 8',
          '2 d2 app.production host-lock end',
          '3 d3 other.production host-lock start 2',
          '4 d3 other.production host-lock end',
          '5 d1 app.production host-lock start 7',
          '6 d1 app.production host-lock end',
        ),
      ),
      ['web1: host-lock of d1 (07:00:05.000) has the fence 7, and 8 came before'],
    ],
    [
      'a turn that never ended',
      on(...journal('1 d1 app.production host-lock start')),
      ['web1: host-lock of d1 (07:00:01.000) never ended'],
    ],
    [
      'a step that began twice and ended once',
      on(
        ...journal(
          '1 d1 app.production look start',
          '2 d1 app.production look start',
          '3 d1 app.production look end',
        ),
      ),
      ['web1: look of d1 (07:00:01.000) never ended'],
    ],
    [
      'an end without a start',
      on(...journal('1 d1 app.production look end')),
      ['web1: look of d1 ended without a start'],
    ],
    ['half a line', on('2025-11-21T07:00'), ['web1: nobody can read the line "2025-11-21T07:00"']],
  ])('%s', (_, journals, expected) => {
    expect(breaches(journals)).toEqual(expected)
  })

  it('of a turn that a killed shell left open are told for every turn after it', () => {
    const journals = on(
      ...journal('1 d1 left.production host-lock start'),
      ...deploy(2, 'd2', 'right.production'),
    )
    expect(breaches(journals)).toEqual([
      'web1: host-lock of d1 (07:00:01.000) never ended',
      'web1: host-lock of d1 (07:00:01.000) overlaps web1: host-lock of d2 (07:00:02.200)',
    ])
  })
})

describe('turns', () => {
  it('are counted over all hosts', () => {
    expect(turnsIn(on())).toBe(0)
    expect(
      turnsIn(
        new Map([
          ['web1', [...deploy(1, 'd1', 'app.production'), ...deploy(2, 'd2', 'app.production')]],
          ['web2', deploy(3, 'd2', 'app.production')],
        ]),
      ),
    ).toBe(3)
  })
})

describe('what changed before somebody said yes', () => {
  const ran = on(...deploy(2, 'd1', 'app.production'))
  it.each<[string, ReadonlyMap<string, string | undefined>, readonly string[]]>([
    ['nothing of an order that nobody has to approve', new Map(), []],
    ['nothing after the approval', new Map([['d1', '2025-11-21T07:00:01Z']]), []],
    ['looking and fetching before it is no change', new Map([['d1', '2025-11-21T07:00:02.250Z']]), []],
    [
      'a reset before it',
      new Map([['d1', '2025-11-21T07:00:02.350Z']]),
      ['web1: reset of d1 (07:00:02.300) came before its approval'],
    ],
    [
      'everything of an order that nobody approved',
      new Map([['d1', undefined]]),
      [
        'web1: reset of d1 (07:00:02.300) came before its approval',
        'web1: touch of d1 (07:00:02.400) came before its approval',
      ],
    ],
  ])('%s', (_, approvedAt, expected) => {
    expect(unapproved(ran, approvedAt)).toEqual(expected)
  })
})
