import { describe, expect, it } from 'vitest'
import type { DeploymentEvent } from '../../src/event.ts'
import { headlineText } from '../../src/sentences/headline.ts'
import { eventLines, finalText } from '../../src/sentences/thread.ts'
import { after, firstView } from '../../src/sentences/view.ts'
import {
  aDeployment,
  anOrder,
  endedWith,
  FULL_DISK,
  failed,
  NEW,
  OLD,
  took,
  UNTOUCHED,
  viewAfter,
} from './deployments.ts'

const back = { isRollback: true, order: anOrder({ revision: OLD }) }

describe('a rollback', () => {
  it('is told as one while it waits and runs', () => {
    expect(headlineText(firstView(aDeployment(back)))).toBe(
      'creator: rollback to 1a2b3c4 waiting for its turn',
    )
    const running = viewAfter([], back)
    expect(headlineText(running)).toBe('creator: rolling back to 1a2b3c4 on 2 hosts')
    expect(eventLines(running, { kind: 'started', fence: 1 })).toEqual([
      'started: rollback to 1a2b3c4 on web1 and web2; web1 switches first, alone',
    ])
    const approval = { hash: 'x', askedAt: 0, expiresAt: 1, decision: undefined }
    expect(headlineText(firstView(aDeployment({ ...back, approval })))).toBe(
      'creator: waiting for an approval of the rollback to 1a2b3c4 on 2 hosts',
    )
  })

  it('says that it brings a new container, where it does', () => {
    const order = { ...anOrder({ revision: OLD }), kind: 'full', image: 'x@sha256:aa', mirrors: [] } as const
    const about = { isRollback: true, order }
    expect(headlineText(viewAfter([], about))).toBe(
      'creator: rolling back to 1a2b3c4 in a new container on 2 hosts',
    )
    expect(eventLines(viewAfter([], about), { kind: 'started', fence: 1 })).toEqual([
      'started: rollback to 1a2b3c4 in a new container on web1 and web2; web1 switches first, alone',
    ])
    const approval = { hash: 'x', askedAt: 0, expiresAt: 1, decision: undefined }
    expect(headlineText(firstView(aDeployment({ ...about, approval })))).toBe(
      'creator: waiting for an approval of the rollback to 1a2b3c4 in a new container on 2 hosts',
    )
    const hosts = { web1: took('served'), web2: took('served') }
    expect(headlineText(endedWith(hosts, 'succeeded', 1_900, about))).toBe(
      'creator rolled back: serving 1a2b3c4 in a new container on 2/2 hosts, proved, 1.9 s',
    )
  })

  it('that went well says what is served and how to keep it', () => {
    const target = { service: 'creator', environment: 'staging' }
    const about = { isRollback: true, order: anOrder({ revision: OLD, target }) }
    const results = { web1: took('served'), web2: took('served') }
    const view = endedWith(results, 'succeeded', 1_900, {
      ...about,
      origin: { kind: 'slack', channel: 'C01GEN' },
    })
    const headline = 'creator to staging rolled back: serving 1a2b3c4 on 2/2 hosts, proved, 1.9 s'
    expect(finalText(view)).toBe(headline)
    const offers = [{ kind: 'lock', from: NEW }] as const
    const told = (...events: readonly DeploymentEvent[]) => events.reduce(after, view)
    const end = { kind: 'ended', ending: 'succeeded', durationMs: 1_900 } as const
    expect(finalText(told({ ...end, offers }))).toBe(
      `${headline}\nTo keep others from deploying it again meanwhile, press Lock on its message in Slack, or give a reason of your ` +
        'own: `/deploy lock creator to staging <reason>`',
    )
    expect(finalText(told({ ...end, offers }, { kind: 'withdrawn' }))).toBe(headline)
    // No channel is known for a message of it, so nobody has a button.
    const typed = endedWith(results, 'succeeded', 1_900, about)
    expect(finalText(after(typed, { ...end, offers }))).toBe(
      `${headline}\nTo keep others from deploying it again meanwhile: \`touchdown lock creator to staging <reason>\``,
    )
  })

  it('that did not says so, and offers no lock', () => {
    const hosts = { web1: failed('reset', FULL_DISK), web2: UNTOUCHED }
    const text = finalText(endedWith(hosts, 'failed', 1_900, back))
    expect(text).toMatch(/^creator: the rollback failed at reset on web1: .*; 0\/2 hosts serve 1a2b3c4\n/)
    expect(text).not.toContain('lock')
    expect(finalText(endedWith({}, 'cancelled', 0, { ...back, cancelledBy: 'U02BOB' }))).toBe(
      'creator: the rollback was cancelled by U02BOB before any host took 1a2b3c4',
    )
  })
})
