import { describe, expect, it } from 'vitest'
import { type Condition, healthOf } from '../../src/sentences/health.ts'

const NOW = Date.UTC(2026, 10, 21, 16, 40, 0)
const WELL: Condition = { deafMs: 0, silentMs: 0, behindMs: 0 }

const [SLACK, RECORDS, MESSAGES] = [
  'ok       Slack is connected.\n',
  'ok       The records answer.\n',
  'ok       Slack shows all that happened.\n',
]

describe('the health page', () => {
  it.each<[string, Partial<Condition>, boolean, string]>([
    ['all is well', {}, true, SLACK + RECORDS + MESSAGES],
    [
      'Slack is not connected',
      { deafMs: 185_000 },
      false,
      `problem  Slack is not connected since 2026-11-21T16:36:55Z (3 min 5 s): no command is heard.\n${RECORDS}${MESSAGES}`,
    ],
    [
      'the records are silent',
      { silentMs: 12_000 },
      false,
      `${SLACK}problem  The records do not answer since 2026-11-21T16:39:48Z (12 s): no command is accepted.\n${MESSAGES}`,
    ],
    [
      'messages wait, as they do on good days',
      { behindMs: 120_000 },
      true,
      `${SLACK}${RECORDS}ok       Slack does not show what happened since 2026-11-21T16:38:00Z (2 min): up to 2 min are usual.\n`,
    ],
    [
      'messages wait for too long',
      { behindMs: 121_000 },
      false,
      `${SLACK}${RECORDS}problem  Slack does not show what happened since 2026-11-21T16:37:59Z (2 min 1 s): deployments go on, people do not see it.\n`,
    ],
  ])('when %s', (_, changes, isWell, text) => {
    expect(healthOf({ ...WELL, ...changes }, NOW)).toEqual({ isWell, text })
  })

  it('tells everything that is wrong, not only the first', () => {
    const { isWell, text } = healthOf({ deafMs: 1, silentMs: 1, behindMs: 3_600_000 }, NOW)
    expect(isWell).toBe(false)
    expect(text.match(/^problem {2}/gm)).toHaveLength(3)
  })
})
