import { expect, it } from 'vitest'
import type { Hosts } from '../../src/ports.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { newDeployment } from '../contract/orders.ts'
import { behind, fullDisk, gate, running } from './running.ts'

/** What a bot that died had begun. */
async function orphaned(services: readonly string[]) {
  const scene = await running(services)
  for (const { id } of scene.queued) await scene.world.store.claim(id, 'bot:dead')
  return scene
}

it('what a dead bot left goes on, is told with what was found, and ends', async () => {
  const { world, told, until } = await orphaned(['a'])
  const scheduler = startScheduler(world, 'bot:new')
  await resumeUnfinished(world, scheduler)
  await until('d1', 'ended')
  await scheduler.drain()
  expect(told[0]?.event).toMatchObject({
    kind: 'resumed',
    fence: 2,
    found: [{ host: 'a-1', detail: 'it cannot be asked (unreachable)' }, { host: 'a-2' }],
  })
  expect(await world.store.find('d1')).toMatchObject({ status: 'failed', resumes: 1 })
})

it('hosts that answer nothing keep no other deployment from going on', async () => {
  const { world, told, until } = await orphaned(['a', 'b'])
  const silent = gate()
  const slow = behind(silent, world.hosts)
  const hosts = {
    ...world.hosts,
    open: (...about: Parameters<typeof slow.open>) =>
      (about[0].name.startsWith('a') ? slow : world.hosts).open(...about),
  }
  const scheduler = startScheduler({ ...world, hosts }, 'bot:new')
  await resumeUnfinished({ ...world, hosts }, scheduler)
  await until('d2', 'ended')
  expect(told.filter(({ id }) => id === 'd1')).toEqual([])
  silent.open()
  await until('d1', 'ended')
  await scheduler.drain()
})

it('one that cannot be taken up keeps no other from going on, and is taken up the next time', async () => {
  const { world, problems, until } = await orphaned(['a', 'b'])
  const store = { ...world.store }
  store.resume = (id, owner) =>
    id === 'd1' ? Promise.reject(new Error('disk I/O error')) : world.store.resume(id, owner)
  const scheduler = startScheduler(world, 'bot:new')
  await resumeUnfinished({ ...world, store }, scheduler)
  await until('d2', 'ended')
  expect(problems).toEqual(['deployment d1 could not be taken up'])
  await resumeUnfinished(world, scheduler)
  await until('d1', 'ended')
  await scheduler.drain()
})

it('one whose resumption cannot be recorded runs all the same, and everything is recorded later', async () => {
  const { world, until } = await orphaned(['a'])
  const disk = fullDisk(world.store, event => event.kind === 'resumed')
  const scheduler = startScheduler({ ...world, store: disk.store }, 'bot:new')
  await resumeUnfinished({ ...world, store: disk.store }, scheduler)
  // The resumption, the end of each host, the deployment's: each is a try.
  await disk.refused(4)
  disk.clear()
  await until('d1', 'ended')
  await scheduler.drain()
  expect((await world.store.events('d1')).map(({ event }) => event.kind)).toEqual([
    'resumed',
    'host-ended',
    'host-ended',
    'ended',
  ])
})

it('one whose hosts meet a fault of ours when they are looked at goes on to its end', async () => {
  const { world, told, until } = await orphaned(['a'])
  const hosts = { ...world.hosts, open: () => Promise.reject(new Error('a fault of ours')) }
  const scheduler = startScheduler({ ...world, hosts }, 'bot:new')
  await resumeUnfinished({ ...world, hosts }, scheduler)
  await until('d1', 'ended')
  await scheduler.drain()
  expect(told[0]?.event).toMatchObject({ found: [{ detail: 'it cannot be asked (fault)' }, {}] })
})

it('one whose hosts had all ended as ordered has succeeded, whatever comes later', async () => {
  const { world, until, say, queued } = await orphaned(['a'])
  for (const { name } of queued[0]?.order.hosts ?? []) {
    const result = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined } as const
    await world.store.append('d1', { kind: 'host-ended', host: name, result, durationMs: 1 }, 1)
  }
  await say('a')
  const scheduler = startScheduler(world, 'bot:new')
  await resumeUnfinished(world, scheduler)
  await until('d2', 'ended')
  await scheduler.drain()
  expect((await world.store.find('d1'))?.status).toBe('succeeded')
})

it('one that its target has a later one of ends as interrupted', async () => {
  const { world, until, say } = await orphaned(['a'])
  await say('a')
  const scheduler = startScheduler(world, 'bot:new')
  await resumeUnfinished(world, scheduler)
  await until('d2', 'ended')
  await scheduler.drain()
  expect((await world.store.find('d1'))?.status).toBe('interrupted')
})

it.each(['container', 'full'] as const)(
  'one that swaps containers is told with what was found once its swap is over, and goes on for nobody (%s)',
  async kind => {
    const { world, told, until } = await running([])
    const made = newDeployment('d1')
    const image = `r.example/app@sha256:${'a'.repeat(64)}`
    const order = { ...made.order, kind, image, mirrors: [], registries: [] }
    await world.store.create({ ...made, order })
    await world.store.claim('d1', 'bot:dead')
    const opened: unknown[] = []
    const hosts: Hosts = {
      ...world.hosts,
      open: (host, purpose) => {
        opened.push(purpose)
        return world.hosts.open(host, purpose)
      },
    }
    const scheduler = startScheduler(world, 'bot:new')
    await resumeUnfinished({ ...world, hosts }, scheduler)
    await until('d1', 'ended')
    await scheduler.drain()
    expect(told.map(({ event }) => event.kind)).toEqual(['resumed', 'ended'])
    expect((await world.store.find('d1'))?.status).toBe('interrupted')
    // Whoever holds the target's lock is the host's own step.
    expect(opened).toEqual([
      expect.objectContaining({ kind: 'deploy', deployment: 'd1', lockWaitMs: 45_000 }),
    ])
  },
)
