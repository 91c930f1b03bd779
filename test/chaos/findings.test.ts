import { describe, expect, it } from 'vitest'
import { allOf, type Evidence, findings, type Said, type Told, twice } from './findings.ts'
import type { Pressed } from './presses.ts'

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)
const OTHER = 'c'.repeat(40)

const ordered: Said = {
  by: 'U1',
  order: { service: 'app', revision: NEW, hosts: ['web1'], isFull: false },
  was: 'accepted',
  answers: [],
}
const asked: Said = { by: 'U9', order: undefined, was: 'accepted', answers: ['nothing to cancel'] }
const told: Told = {
  deployment: 'd1',
  by: 'U1',
  parent: 'app succeeded: serving bbbbbbb on 1/1 hosts, proved, 2 s',
  ends: ['app succeeded: serving bbbbbbb on 1/1 hosts, proved, 2 s\nweb1: serves bbbbbbb.'],
  text: 'app succeeded by <@U1>',
}
const interrupted: Told = {
  ...told,
  parent: 'app was interrupted at preflight on web1: the connection was lost',
  ends: ['app was interrupted at preflight on web1: the connection was lost\nweb1 now: HEAD bbbbbbb'],
}
const untouched: Told = {
  ...told,
  parent: 'app was cancelled by U2 before any host took bbbbbbb',
  ends: ['app was cancelled by U2 before any host took bbbbbbb'],
}

/** A turn with a reset in it, in that second. */
function turn(second: number, deployment: string, fence: number): readonly string[] {
  const line = (fraction: number, what: string) =>
    `2025-11-21T07:00:${String(second).padStart(2, '0')}.${fraction}00000000Z ${deployment} app.production ${what}`
  return [
    line(1, `host-lock start ${fence}`),
    line(2, 'reset start -'),
    line(3, 'reset end 0'),
    line(4, 'host-lock end 0'),
  ]
}

const well: Evidence = {
  commands: [ordered, asked],
  told: [told],
  presses: [],
  journals: new Map([['web1', turn(1, 'd1', 1)]]),
  checkouts: [{ host: 'web1', service: 'app', revisions: [OLD, NEW] }],
}
const full: Said = {
  ...ordered,
  order: { service: 'app', revision: NEW, hosts: ['web1'], isFull: true },
}
const approval: Pressed = {
  by: 'U2',
  action: 'approve',
  deployment: 'd1',
  at: '2025-11-21T07:00:00.900Z',
  was: 'accepted',
  answers: [],
}
/** Approved by somebody else, in the second before its turn. */
const approved: Evidence = {
  ...well,
  commands: [full],
  told: [{ ...told, text: 'app succeeded by <@U1>, approved by <@U2>' }],
  presses: [approval],
}
const resume: Pressed = { ...approval, action: 'resume', at: '2025-11-21T07:00:01.900Z' }
const again = new Map([['web1', [...turn(1, 'd1', 1), ...turn(2, 'd1', 2)]]])
const idle = {
  journals: new Map([['web1', []]]),
  checkouts: [{ host: 'web1', service: 'app', revisions: [OLD] }],
}

describe('nothing is found', () => {
  it.each<[string, Evidence]>([
    ['where everything went as ordered', well],
    ['of a deployment that was cut off and says so', { ...well, told: [interrupted] }],
    ['of one that was cancelled before its turn', { ...well, ...idle, told: [untouched] }],
    ['of one that was taken up again with a higher fence', { ...well, journals: again }],
    ['of new containers that somebody else has approved', approved],
    [
      'of new containers that somebody has resumed',
      { ...approved, presses: [approval, resume], journals: again },
    ],
    [
      'of a press that its asker was told no to',
      { ...approved, presses: [approval, { ...approval, by: 'U1', answers: ['You asked for it.'] }] },
    ],
    [
      'of an order that was rejected',
      {
        ...approved,
        ...idle,
        presses: [{ ...approval, action: 'reject' }],
        told: [
          {
            ...told,
            parent: 'app was rejected by U2: nothing was changed',
            ends: ['app was rejected by U2: nothing was changed'],
            text: 'app was rejected by U2: nothing was changed',
          },
        ],
      },
    ],
    [
      'of a command that was not answered, was acted on all the same, and is told',
      { ...well, commands: [{ ...ordered, was: 'unknown' }] },
    ],
    [
      'of a command that was not answered and left no trace',
      { ...well, ...idle, told: [], commands: [{ ...ordered, was: 'unknown' }] },
    ],
    [
      'of an accepted order that was refused to the asker later',
      { ...well, ...idle, told: [], commands: [{ ...ordered, answers: ['it is locked'] }] },
    ],
    ['of a message that stands twice with one and the same end', { ...well, told: [told, told] }],
  ])('%s', (_, evidence) => {
    expect(allOf(findings(evidence))).toEqual([])
  })
})

describe('it is found', () => {
  it.each<[string, Evidence, readonly string[]]>([
    [
      'that an accepted order is lost',
      { ...well, ...idle, told: [] },
      ["U1's app bbbbbbb was accepted, and nothing is told of it"],
    ],
    [
      'that an accepted order is lost although somebody was told where to read of it',
      {
        ...well,
        ...idle,
        told: [],
        commands: [{ ...ordered, answers: ['The deployment of app is told in <#C1>.'] }],
      },
      ["U1's app bbbbbbb was accepted, and nothing is told of it"],
    ],
    [
      'that an accepted question is never answered',
      { ...well, commands: [ordered, { ...asked, answers: [] }] },
      ["U9's command was accepted, and nothing is told of it"],
    ],
    [
      'that one order became two deployments',
      { ...well, told: [told, { ...told, deployment: 'd2' }] },
      [
        "U1's app bbbbbbb has 2 deployments: d1, d2",
        `U1's app bbbbbbb: web1 is said to have ${NEW} without a turn`,
      ],
    ],
    [
      'that an end is not told',
      { ...well, told: [{ ...told, ends: [] }] },
      ["U1's app bbbbbbb: the end of d1 is not told"],
    ],
    [
      'that two ends are told',
      { ...well, told: [{ ...told, ends: ['app succeeded: …', 'app was interrupted …'] }] },
      ["U1's app bbbbbbb: d1 has 2 ends: app succeeded: … | app was interrupted …"],
    ],
    [
      'that a message says for ever that it runs',
      { ...well, told: [{ ...told, parent: 'app: deploying bbbbbbb to 1 host' }] },
      ["U1's app bbbbbbb: the message of d1 does not show its end"],
    ],
    [
      'that a refused order was acted on',
      { ...well, commands: [{ ...ordered, was: 'refused' }] },
      ["U1's app bbbbbbb was refused, and d1 is told of", `web1: app had ${NEW}, which nobody ordered`],
    ],
    [
      'that a success never came to its host',
      { ...well, ...idle },
      [
        `U1's app bbbbbbb: web1 is said to have ${NEW}, and never had it`,
        `U1's app bbbbbbb: web1 is said to have ${NEW} without a turn`,
      ],
    ],
    [
      'that a host is said to be as before, and is not',
      { ...well, told: [untouched] },
      [`U1's app bbbbbbb: web1 is said to be as before, and had ${NEW}`],
    ],
    [
      'that a host has what nobody ordered',
      { ...well, checkouts: [{ host: 'web1', service: 'app', revisions: [OLD, OTHER, NEW] }] },
      [`web1: app had ${OTHER}, which nobody ordered`],
    ],
    [
      'that a deployment acts of which nothing is told',
      { ...well, journals: new Map([['web1', [...turn(1, 'd1', 1), ...turn(2, 'd2', 2)]]]) },
      ['d2 acted on hosts, and nothing is told of it'],
    ],
    [
      'that an order was carried out twice by one attempt',
      { ...well, journals: new Map([['web1', [...turn(1, 'd1', 1), ...turn(2, 'd1', 1)]]]) },
      ['web1: reset of d1 ran twice with the fence 1'],
    ],
    [
      'that new containers came without an approval',
      { ...approved, presses: [], told: [told] },
      ['web1: reset of d1 (07:00:01.200) came before its approval'],
    ],
    [
      'that new containers came before their approval',
      { ...approved, presses: [{ ...approval, at: '2025-11-21T07:00:01.300Z' }] },
      ['web1: reset of d1 (07:00:01.200) came before its approval'],
    ],
    [
      'that whoever asked for new containers was let approve them',
      { ...approved, presses: [{ ...approval, by: 'U1', answers: ['done'] }] },
      ['web1: reset of d1 (07:00:01.200) came before its approval'],
    ],
    [
      'that an approval counted that never came to the bot',
      { ...approved, presses: [{ ...approval, was: 'refused' }] },
      ['web1: reset of d1 (07:00:01.200) came before its approval'],
    ],
    [
      'that an order was rejected and carried out',
      { ...approved, presses: [{ ...approval, action: 'reject' }] },
      ['web1: reset of d1 (07:00:01.200) came before its approval'],
    ],
    [
      'that interrupted containers went on by themselves',
      { ...approved, journals: again },
      ['d1 was begun again with the fence 2, and nobody had resumed it'],
    ],
    [
      'that interrupted containers went on before somebody said so',
      { ...approved, presses: [approval, { ...resume, at: '2025-11-21T07:00:02.900Z' }], journals: again },
      ['d1 was begun again with the fence 2, and nobody had resumed it'],
    ],
    [
      'that one Resume counted twice',
      {
        ...approved,
        presses: [approval, resume],
        journals: new Map([['web1', [1, 2, 3].flatMap(n => turn(n, 'd1', n))]]),
      },
      ['d1 was begun again with the fence 3, and nobody had resumed it'],
    ],
    [
      'that a press came to nothing',
      { ...approved, presses: [approval, { ...resume, by: 'U3' }] },
      ["U3's resume of d1 was accepted, and nothing is told of it"],
    ],
    [
      'that somebody who asked is not told that they may not approve it',
      { ...approved, presses: [approval, { ...approval, by: 'U1' }] },
      ["U1's approve of d1 was accepted, and nothing is told of it"],
    ],
    [
      'that a fence fell',
      { ...well, journals: new Map([['web1', [...turn(1, 'd1', 2), ...turn(2, 'd1', 1)]]]) },
      ['web1: host-lock of d1 (07:00:02.100) has the fence 1, and 2 came before'],
    ],
  ])('%s', (_, evidence, expected) => {
    expect(allOf(findings(evidence))).toEqual(expected)
  })
})

it('what stands twice is counted: messages, and ends of one deployment', () => {
  expect(twice(well)).toBe(0)
  expect(twice({ ...well, told: [told, { ...told, ends: [] }] })).toBe(1)
  expect(twice({ ...well, told: [{ ...told, ends: [...told.ends, ...told.ends] }] })).toBe(1)
})
