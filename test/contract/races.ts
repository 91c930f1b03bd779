import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import { host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app, command, ended } from './samples.ts'

/** G1, G4: whatever two processes do at once is done once. */
export function raceContract(empty: () => Promise<EmptyRecords>): void {
  describe('two stores at once', () => {
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (_, opened) => {
      open = opened
      store = await open()
    })

    const hundred = Array.from({ length: 100 }, (_, n) => n)

    test('G4: of a hundred commands, each given to both, each is accepted by one', async () => {
      const other = await open()
      const answers: boolean[] = []
      // Ten at a time: whoever cannot be accepted within 2 s is refused, which a busy machine may need for all at once.
      for (let first = 0; first < 100; first += 10)
        answers.push(
          ...(await Promise.all(
            hundred
              .slice(first, first + 10)
              .flatMap(n => [store, other].map(each => each.accept(command(`t${n}`), 'bot:1'))),
          )),
        )
      expect(answers.filter(isNew => isNew)).toHaveLength(100)
      for (const n of hundred) expect(answers[2 * n]).not.toBe(answers[2 * n + 1])
      expect(await store.unsettled()).toHaveLength(100)
    })

    test('G4: of fifty cancels, each given to both, each stops one of a hundred', async () => {
      const other = await open()
      for (const n of hundred) await store.create(newDeployment(`d${n}`))
      const fifty = hundred.slice(0, 50)
      const answers = await Promise.all(
        fifty.flatMap(n => [store.cancel(app, 'U02BOB', `c${n}`), other.cancel(app, 'U02BOB', `c${n}`)]),
      )
      expect(await store.unfinished()).toHaveLength(50)
      for (const n of fifty) {
        const both = [answers[2 * n], answers[2 * n + 1]]
        expect(new Set(both.map(answer => answer?.deployment.id)).size).toBe(1)
        expect(both.flatMap(answer => answer?.events ?? [])).toHaveLength(2)
      }
    })

    test('of fifty cancels at once, behind a deployment that runs, each stops another one', async () => {
      const other = await open()
      const fifty = hundred.slice(0, 50)
      for (const n of fifty) await store.create(newDeployment(`d${n}`))
      await store.claim('d0', 'bot')
      const stopped = await Promise.all(
        fifty.map(n => (n % 2 ? store : other).cancel(app, 'U02BOB', `c${n}`)),
      )
      expect(new Set(stopped.map(each => each?.deployment.id)).size).toBe(50)
      expect((await store.unfinished()).map(({ id, cancelledBy }) => [id, cancelledBy])).toEqual([
        ['d0', 'U02BOB'],
      ])
    })

    test('a cancel at the moment of the claim is either in time or known to the run', async () => {
      const other = await open()
      for (const n of hundred.slice(0, 30)) {
        const id = `d${n}`
        await store.create(newDeployment(id))
        const claiming = store.claim(id, 'bot')
        const [claimed, cancelled] = await Promise.all([claiming, other.cancel(id, 'U02BOB', `c${n}`)])
        expect(cancelled?.deployment.id).toBe(id)
        const now = await store.find(id)
        expect(now).toMatchObject({ status: claimed ? 'running' : 'cancelled', cancelledBy: 'U02BOB' })
        await store.append(id, ended('cancelled'), claimed?.fence)
      }
    })

    test('a cancel at the moment of an end stops that one or the next, and never nothing', async () => {
      const other = await open()
      for (const n of hundred.slice(0, 30)) {
        await store.create(newDeployment(`d${n}`))
        await store.create(newDeployment(`e${n}`))
        const [, cancelled] = await Promise.all([
          store.append(`d${n}`, ended('succeeded')),
          other.cancel(app, 'U02BOB', `c${n}`),
        ])
        expect([`d${n}`, `e${n}`]).toContain(cancelled?.deployment.id)
        await store.append(`e${n}`, ended('succeeded'))
      }
    })

    test('G4: of a hundred deployments, each made by both, each is there once, in one sequence', async () => {
      const other = await open()
      const made = await Promise.all(
        hundred.flatMap(n =>
          [store, other].map((each, which) =>
            each.create(newDeployment(`d${n}-${which}`, { trigger: `t${n}`, service: `s${n}` })),
          ),
        ),
      )
      for (const n of hundred) {
        const [one, another] = made.slice(2 * n, 2 * n + 2)
        expect(one?.deployment).toEqual(another?.deployment)
        expect([one?.kind, another?.kind].toSorted()).toEqual(['known', 'made'])
      }
      const sequences = (await store.unfinished()).map(({ sequence }) => sequence)
      expect(new Set(sequences).size).toBe(100)
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
    })

    test('G1: a hundred deployments, each claimed by both, start once each, with a number of their own', async () => {
      const other = await open()
      for (const n of hundred) {
        await store.create(newDeployment(`d${n}`, { service: `s${n}`, hosts: [host(`h${n}`)] }))
      }
      const claims = await Promise.all(
        hundred.flatMap(n => [store.claim(`d${n}`, 'one'), other.claim(`d${n}`, 'two')]),
      )
      const won = claims.filter(claimed => claimed !== undefined)
      expect(won).toHaveLength(100)
      expect(new Set(won.map(({ deployment }) => deployment.id)).size).toBe(100)
      expect(new Set(won.map(({ fence }) => fence)).size).toBe(100)
    })

    test('G1: of a hundred deployments of one host, claimed by both at once, only the first starts', async () => {
      const other = await open()
      for (const n of hundred) await store.create(newDeployment(`d${n}`, { service: `s${n}` }))
      const claims = await Promise.all(
        hundred.flatMap(n => [other.claim(`d${99 - n}`, 'two'), store.claim(`d${99 - n}`, 'one')]),
      )
      expect(claims.flatMap(claimed => (claimed ? [claimed.deployment.id] : []))).toEqual(['d0'])
    })
  })
}
