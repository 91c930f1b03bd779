import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../src/store/store.ts'
import { host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app, ended, failed, hostEnded, succeeded } from './samples.ts'

/** What has been deployed. */
export function historyContract(empty: () => Promise<EmptyRecords>): void {
  describe('looking back', () => {
    let store: OpenStore
    onEmptyRecords(empty, async (_, open) => {
      store = await open()
    })

    test('history is newest first, of one service or of all, and no longer than asked', async () => {
      for (const [id, service] of [
        ['1', 'a'],
        ['2', 'b'],
        ['3', 'a'],
        ['4', 'a'],
      ] as const) {
        await store.create(newDeployment(id, { service }))
      }
      const ids = async (service: string | undefined, limit: number) =>
        (await store.history({ service, limit })).map(({ id }) => id)
      expect(await ids(undefined, 10)).toEqual(['4', '3', '2', '1'])
      expect(await ids('a', 2)).toEqual(['4', '3'])
      expect(await ids('nothing', 10)).toEqual([])
    })

    test('the newest of a target by status, and what is unfinished', async () => {
      for (const id of ['1', '2', '3']) await store.create(newDeployment(id))
      await store.create(newDeployment('4', { environment: 'staging' }))
      for (const id of ['1', '2']) {
        await store.claim(id, 'bot')
        await store.append(id, ended('succeeded'))
      }
      expect((await store.latest(app, 'succeeded'))?.id).toBe('2')
      expect(await store.latest(app, 'failed')).toBeUndefined()
      expect((await store.unfinished()).map(({ id }) => id)).toEqual(['3', '4'])
    })

    test('the attempts of a target are its newest deployments, with how each host ended', async () => {
      expect(await store.attempts(app, 10)).toEqual([])
      for (const id of ['1', '2', '3']) {
        await store.create({
          ...newDeployment(id, { hosts: [host('web1'), host('web2')] }),
          isRollback: id === '2',
        })
      }
      await store.create(newDeployment('4', { environment: 'staging' }))
      await store.append('1', hostEnded('web1', succeeded('repo@sha256:aa')))
      await store.append('2', hostEnded('web1', failed))
      await store.append('2', hostEnded('web2', { status: 'untouched' }))
      await store.append('2', ended('failed'))
      const attempts = await store.attempts(app, 10)
      expect(attempts.map(({ deployment }) => deployment)).toEqual([
        await store.find('3'),
        await store.find('2'),
        await store.find('1'),
      ])
      expect(attempts.map(({ deployment }) => deployment.isRollback)).toEqual([false, true, false])
      expect(attempts.map(({ results }) => Object.fromEntries(results))).toEqual([
        {},
        { web1: failed, web2: { status: 'untouched' } },
        { web1: succeeded('repo@sha256:aa') },
      ])
      expect((await store.attempts(app, 1)).map(({ deployment }) => deployment.id)).toEqual(['3'])
    })

    test('the recorded digest is that of the last host that succeeded with one', async () => {
      expect(await store.recordedDigest(app)).toBeUndefined()
      for (const id of ['1', '2', '3', '4']) await store.create(newDeployment(id))
      await store.create(newDeployment('5', { environment: 'staging' }))
      await store.append('1', hostEnded('web1', succeeded('repo@sha256:aa')))
      await store.append('2', hostEnded('web1', succeeded('repo@sha256:bb')))
      await store.append('3', hostEnded('web1', succeeded(undefined)))
      await store.append('4', hostEnded('web1', failed))
      await store.append('5', hostEnded('web1', succeeded('repo@sha256:cc')))
      expect(await store.recordedDigest(app)).toBe('repo@sha256:bb')
    })
  })
}
