import { describe, expect, it } from 'vitest'
import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { Order } from '../../src/order.ts'
import { finalText } from '../../src/sentences/thread.ts'
import { after } from '../../src/sentences/view.ts'
import { anOrder, endedWith, failed, took } from './deployments.ts'

const target = { service: 'creator', environment: 'staging' }
const order = anOrder({ target })
const swap = { ...order, image: 'registry.example.com/creator@sha256:aa', mirrors: [] }
const slack = { origin: { kind: 'slack', channel: 'C01GEN' } } as const
const press = 'To do it again on web2, press Retry failed hosts on its message in Slack, or type'

describe('the end of a deployment that fell short', () => {
  it.each<[string, Order, Partial<Deployment>, string]>([
    ['code', order, slack, `${press} \`/deploy creator 4f2c1ab to staging on web2\``],
    [
      'code and container',
      { ...swap, kind: 'full' },
      slack,
      `${press} \`/deploy creator 4f2c1ab to staging on web2 --full\``,
    ],
    [
      'a container',
      { ...swap, kind: 'container' },
      slack,
      `${press} \`/deploy creator to staging on web2 --container\``,
    ],
    [
      'a rollback',
      order,
      { ...slack, isRollback: true },
      `${press} \`/deploy rollback creator 4f2c1ab to staging\``,
    ],
    [
      'typed in a terminal',
      order,
      { origin: { kind: 'cli' } },
      'To do it again on web2: `touchdown creator 4f2c1ab to staging on web2`',
    ],
  ])('says how it is done again: %s', (_, ordered, about, text) => {
    const results = {
      web1: took('served'),
      web2: failed('reset', { kind: 'exit', code: 1, output: '' }),
    }
    const view = endedWith(results, 'partial', 900, { order: ordered, ...about })
    const offers = [{ kind: 'retry', hosts: ['web2'] }] as const
    const end = { kind: 'ended', ending: 'partial', durationMs: 900, offers } as const
    const told = (...events: readonly DeploymentEvent[]) => finalText(events.reduce(after, view)).split('\n')
    expect(told(end).at(-1)).toBe(text)
    expect(told(end, { kind: 'withdrawn' })).toEqual(told(end).slice(0, -1))
  })
})
