import { describe, expect, it } from 'vitest'
import { startScheduler } from '../../src/run/scheduler.ts'
import type { World } from '../../src/run/world.ts'
import { behind, fullDisk, gate, type Running, running } from './running.ts'

const kinds = ({ told }: Running, id: string) =>
  told.filter(each => each.id === id).map(({ event }) => event.kind)

describe('a deployment always ends, is recorded and told (G5)', () => {
  it('when no host can be reached', async () => {
    const scene = await running(['a'])
    const { world } = scene
    await ranOut(world, scene)
    expect(kinds(scene, 'd1')).toEqual(['started', 'host-ended', 'host-ended', 'ended'])
    expect(await world.store.find('d1')).toMatchObject({ status: 'failed' })
    expect((await world.store.events('d1')).map(({ event }) => event)).toEqual(
      scene.told.map(({ event }) => event),
    )
  })

  it('as interrupted when our own code meets a fault on a host: unknown is never success', async () => {
    const scene = await running(['a'])
    const { world, told, problems } = scene
    const hosts = { ...world.hosts, open: () => Promise.reject(new Error('a fault of ours')) }
    await ranOut({ ...world, hosts }, scene)
    expect((await world.store.find('d1'))?.status).toBe('interrupted')
    expect(told.filter(({ event }) => event.kind === 'host-ended')).toHaveLength(2)
    expect(problems).toEqual(['a-1 met a fault', 'a-2 met a fault'])
  })

  it('as interrupted when a fault keeps all hosts from being begun', async () => {
    const scene = await running(['a'])
    const { world, told, problems } = scene
    const hostResults = () => Promise.reject(new Error('disk I/O error'))
    await ranOut({ ...world, store: { ...world.store, hostResults } }, scene)
    expect((await world.store.find('d1'))?.status).toBe('interrupted')
    expect(told.at(-1)?.event).toMatchObject({ kind: 'ended', ending: 'interrupted' })
    expect(problems).toEqual(['deployment d1 met a fault'])
  })
})

it('what the hosts ended with stands, although nobody can read any more who cancelled the rest', async () => {
  const scene = await running(['a'])
  const { world } = scene
  let asked = 0
  // Both hosts have failed by then: nobody had a turn, so it is asked for the ending alone.
  const find = () => {
    asked += 1
    return Promise.reject(new Error('disk I/O error'))
  }
  await ranOut({ ...world, store: { ...world.store, find } }, scene)
  expect(asked).toBe(1)
  expect((await world.store.find('d1'))?.status).toBe('failed')
})

describe('on a full disk', () => {
  it('an end waits for its record; it is tried again until it is there, told then, and lets the next one start', async () => {
    const scene = await running(['a', 'b'], () => ['web1'])
    const { world, until } = scene
    const disk = fullDisk(world.store, event => event.kind === 'ended')
    const scheduler = startScheduler({ ...world, store: disk.store }, 'bot:one')
    scheduler.wake()
    // Once when it ended, and again in the sweep that follows.
    await disk.refused(2)
    expect(kinds(scene, 'd1')).toEqual(['started', 'host-ended'])
    expect((await world.store.find('d1'))?.status).toBe('running')
    expect((await world.store.find('d2'))?.status).toBe('queued')

    disk.clear()
    await until('d2', 'ended')
    await scheduler.drain()
    for (const id of ['d1', 'd2']) {
      expect(kinds(scene, id).filter(kind => kind !== 'queued')).toEqual(['started', 'host-ended', 'ended'])
      expect((await world.store.find(id))?.status).toBe('failed')
    }
    expect(scene.problems).toContain('what deployment d1 did cannot be recorded now')
  })

  it('nothing that happened is lost, and its order is kept', async () => {
    const scene = await running(['a'])
    const { world, until } = scene
    const disk = fullDisk(world.store, event => event.kind !== 'ended')
    const scheduler = startScheduler({ ...world, store: disk.store }, 'bot:one')
    scheduler.wake()
    // The start, the end of each host, the deployment's: each is a try, and each stops at the first.
    await disk.refused(4)
    expect(scene.told).toEqual([])
    disk.clear()
    await until('d1', 'ended')
    await scheduler.drain()
    expect(kinds(scene, 'd1')).toEqual(['started', 'host-ended', 'host-ended', 'ended'])
    expect((await world.store.hostResults('d1')).size).toBe(2)
  })

  it('a process that stops tries a last time', async () => {
    const { world } = await running(['a'])
    const disk = fullDisk(world.store, event => event.kind === 'ended')
    const scheduler = startScheduler({ ...world, store: disk.store }, 'bot:one')
    scheduler.wake()
    // Once when it ended, and again in the sweep that follows, the last one for two seconds.
    await disk.refused(2)
    disk.clear()
    await scheduler.drain()
    expect((await world.store.find('d1'))?.status).toBe('failed')
  })
})

it('a process that wakes after another has taken its deployment over says nothing more of it', async () => {
  const scene = await running(['a'])
  const { world } = scene
  const asleep = gate()
  const scheduler = startScheduler({ ...world, hosts: behind(asleep, world.hosts) }, 'bot:asleep')
  scheduler.wake()
  await scene.until('d1', 'started')
  const taken = await world.store.resume('d1', 'bot:awake')
  expect(taken?.fence).toBe(2)
  asleep.open()
  await scheduler.drain()
  expect(kinds(scene, 'd1')).toEqual(['started'])
  expect(await world.store.find('d1')).toMatchObject({ status: 'running', resumes: 1 })
  expect((await world.store.hostResults('d1')).size).toBe(0)
})

describe('the place in the line', () => {
  const places = ({ told }: Running, id: string) =>
    told.flatMap(each => (each.id === id && each.event.kind === 'queued' ? [each.event] : []))

  it('is said again when it has changed, and only then', async () => {
    const scene = await running(['a', 'b', 'c'], () => ['web1'])
    const { world, until } = scene
    const claimed = await world.store.claim('d1', 'bot:other')
    const host = gate()
    const scheduler = startScheduler({ ...world, hosts: behind(host, world.hosts) }, 'bot:one')
    scheduler.wake()
    await until('d3', 'queued')
    await world.store.append('d1', { kind: 'ended', ending: 'failed', durationMs: 1 }, claimed?.fence)
    scheduler.wake()
    await until('d3', 'queued', 2)
    host.open()
    await until('d3', 'ended')
    await scheduler.drain()
    expect(places(scene, 'd2')).toEqual([{ kind: 'queued', position: 1, behind: ['a (d1)'] }])
    expect(places(scene, 'd3')).toEqual([
      { kind: 'queued', position: 2, behind: ['a (d1)', 'b (d2)'] },
      { kind: 'queued', position: 1, behind: ['b (d2)'] },
    ])
  })

  it('is not said again after a restart', async () => {
    const scene = await running(['a', 'b'], () => ['web1'])
    const { world, until } = scene
    await world.store.claim('d1', 'bot:other')
    const first = startScheduler(world, 'bot:one')
    first.wake()
    await until('d2', 'queued')
    await first.drain()
    const second = startScheduler(world, 'bot:two')
    second.wake()
    await second.drain()
    expect(places(scene, 'd2')).toHaveLength(1)
  })
})

/** Wakes a scheduler and stops it when the first deployment has ended. */
async function ranOut(world: World, { until }: Running): Promise<void> {
  const scheduler = startScheduler(world, 'bot:one')
  scheduler.wake()
  await until('d1', 'ended')
  await scheduler.drain()
}
