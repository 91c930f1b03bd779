import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Deployment } from '../../src/deployment.ts'
import { handClock, host, newDeployment } from '../contract/orders.ts'
import { freshDirectory, openAt } from './files.ts'

/** The start rule written down once more, as simply as can be: a list, and every pair compared. */
interface Modelled {
  readonly id: string
  readonly service: string
  readonly hosts: readonly string[]
  status: 'queued' | 'running' | 'over'
  isCancelled: boolean
}

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      service: fc.constantFrom('a', 'b', 'c'),
      hosts: fc.uniqueArray(fc.constantFrom('h1', 'h2', 'h3', 'h4'), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('claim' as const), which: fc.nat(), by: fc.constantFrom(0, 1) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cancel' as const), service: fc.constantFrom('a', 'b', 'c') }),
  },
)

test('G1: whatever is asked in whatever order, no two that share a host or target run, and each host serves in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async acts => {
      const { file, remove } = await freshDirectory()
      const clock = handClock()
      const stores = [await openAt(file, clock), await openAt(file, clock)] as const
      const [store] = stores
      const model: Modelled[] = []
      const running: Modelled[] = []
      let count = 0
      try {
        for (const each of acts) {
          switch (each.kind) {
            case 'create': {
              const { service, hosts } = each
              const id = `d${model.length}`
              model.push({ id, service, hosts, status: 'queued', isCancelled: false })
              await store.create(newDeployment(id, { service, hosts: hosts.map(name => host(name)) }))
              break
            }
            case 'claim': {
              const chosen = model[each.which % Math.max(1, model.length)]
              if (chosen === undefined) break
              const claimed = await stores[each.by === 0 ? 0 : 1].claim(chosen.id, `bot${each.by}`)
              expect(claimed !== undefined).toBe(mayStart(model, chosen))
              if (claimed === undefined) break
              for (const other of running) expect(isShared(other, chosen)).toBe(false)
              chosen.status = 'running'
              running.push(chosen)
              break
            }
            case 'end': {
              const [ended] = running.splice(each.which % Math.max(1, running.length), 1)
              if (ended === undefined) break
              ended.status = 'over'
              await store.append(ended.id, { kind: 'ended', ending: 'succeeded', durationMs: 0 })
              break
            }
            case 'cancel': {
              const { service } = each
              const under = model.filter(one => one.service === service && one.status !== 'over')
              const next = under.find(one => !one.isCancelled) ?? under[0]
              const target = { service, environment: 'production' }
              const cancelled = await store.cancel(target, 'U02BOB', `cancel ${count++}`)
              expect(cancelled?.deployment.id).toBe(next?.id)
              if (next) next.isCancelled = true
              if (next?.status === 'queued') next.status = 'over'
              break
            }
          }
          expect(idsOf(await store.startable())).toEqual(idsOf(model.filter(one => mayStart(model, one))))
          expect(idsOf(await store.unfinished())).toEqual(idsOf(model.filter(one => one.status !== 'over')))
        }
        for (const one of model) {
          const waitsFor = one.status === 'over' ? [] : earlierThan(model, one)
          expect(idsOf(await store.ahead(one.id))).toEqual(idsOf(waitsFor))
        }
      } finally {
        for (const each of stores) await each.close()
        await remove()
      }
    }),
    { numRuns: 60 },
  )
}, 60_000)

function mayStart(model: readonly Modelled[], one: Modelled): boolean {
  return one.status === 'queued' && earlierThan(model, one).length === 0
}

function earlierThan(model: readonly Modelled[], one: Modelled): readonly Modelled[] {
  return model.slice(0, model.indexOf(one)).filter(other => other.status !== 'over' && isShared(other, one))
}

function isShared(one: Modelled, other: Modelled): boolean {
  return one.service === other.service || one.hosts.some(name => other.hosts.includes(name))
}

function idsOf(all: readonly (Modelled | Deployment)[]): readonly string[] {
  return all.map(({ id }) => id)
}
