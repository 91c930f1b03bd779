import { describe, expect, it } from 'vitest'
import type { Hosts, SessionPurpose } from '../../src/ports/hosts.ts'
import { resumeUnfinished } from '../../src/run/recovery.ts'
import { startScheduler } from '../../src/run/scheduler.ts'
import { host, newDeployment } from '../contract/orders.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { OLD } from '../plan/orders.ts'
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
    found: [{ host: 'a-1', because: { kind: 'unreachable' } }, { host: 'a-2' }],
  })
  expect(await world.store.find('d1')).toMatchObject({ status: 'failed', resumes: 1 })
})

it.each([
  ['failed', { kind: 'exit', code: 1 }],
  ['lost', { kind: 'link-lost' }],
  ['unheard', { kind: 'exit', output: 'the look was cut short' }],
] as const)('a look that %s is told with why', async (how, because) => {
  const { world, told, until } = await orphaned(['a'])
  const hosts = fakeHosts(OLD, async (_, step) => (step.name === 'look' ? how : undefined))
  const scheduler = startScheduler({ ...world, hosts }, 'bot:new')
  await resumeUnfinished({ ...world, hosts }, scheduler)
  await until('d1', 'ended')
  await scheduler.drain()
  expect(told[0]?.event).toMatchObject({ kind: 'resumed', found: [{ because }, { because }] })
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
  let isBroken = true
  store.resume = (id, owner) =>
    id === 'd1' && isBroken ? Promise.reject(new Error('disk I/O error')) : world.store.resume(id, owner)
  const scheduler = startScheduler({ ...world, store }, 'bot:new')
  await resumeUnfinished(world, scheduler)
  await until('d2', 'ended')
  expect(problems).toEqual(['deployment d1 could not be taken up'])
  isBroken = false
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
  expect(told[0]?.event).toMatchObject({ found: [{ because: { kind: 'fault' } }, {}] })
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

it('one that ended the bot each time it was taken up is not taken up for ever', async () => {
  const { world, told, until } = await orphaned(['a'])
  for (const bot of ['bot:1', 'bot:2', 'bot:3']) await world.store.resume('d1', bot)
  const scheduler = startScheduler(world, 'bot:new')
  await resumeUnfinished(world, scheduler)
  await until('d1', 'ended')
  await scheduler.drain()
  expect(told.map(({ event }) => event.kind)).toEqual(['resumed', 'ended'])
  expect(told[0]?.event).toMatchObject({ isLast: true })
  expect(await world.store.find('d1')).toMatchObject({ status: 'interrupted', resumes: 4 })
})

it('one that a bot without Slack left again and again goes on, as long as its hosts come to their ends', async () => {
  const { world, told, until } = await orphaned(['a'])
  for (const bot of ['bot:1', 'bot:2', 'bot:3']) await world.store.resume('d1', bot)
  const result = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined } as const
  const { fence } = (await world.store.resume('d1', 'bot:4')) ?? {}
  await world.store.append('d1', { kind: 'host-ended', host: 'a-1', result, durationMs: 1 }, fence ?? 0)
  const scheduler = startScheduler(world, 'bot:new')
  await resumeUnfinished(world, scheduler)
  await until('d1', 'ended')
  await scheduler.drain()
  expect(told[0]?.event).not.toHaveProperty('isLast')
  expect(await world.store.find('d1')).toMatchObject({ status: 'partial', resumes: 5 })
})

describe('one that swaps containers', () => {
  const image = `r.example/app@sha256:${'a'.repeat(64)}`

  async function swapping(kind: 'container' | 'full' = 'container') {
    const scene = await running([])
    const made = newDeployment('d1', { hosts: [host('web1'), host('web2')] })
    const order = { ...made.order, kind, image, mirrors: [], registries: [] }
    await scene.world.store.create({ ...made, order })
    await scene.world.store.claim('d1', 'bot:dead')
    const opened: { readonly host: string; readonly purpose: SessionPurpose }[] = []
    const hosts: Hosts = {
      ...scene.world.hosts,
      open: (host, purpose) => {
        opened.push({ host: host.name, purpose })
        return scene.world.hosts.open(host, purpose)
      },
    }
    const world = { ...scene.world, hosts }
    const kinds = () => scene.told.map(({ event }) => event.kind)
    return { ...scene, world, opened, kinds, scheduler: startScheduler(world, 'bot:new') }
  }

  it.each(['container', 'full'] as const)(
    'is told with what was found once its swap is over, and waits for somebody (%s)',
    async kind => {
      const { world, told, until, opened, kinds, scheduler } = await swapping(kind)
      await resumeUnfinished(world, scheduler)
      await until('d1', 'stalled')
      await scheduler.drain()
      expect(kinds()).toEqual(['resumed', 'stalled'])
      expect(told[1]?.event).toMatchObject({ forMs: 15 * 60_000 })
      expect((await world.store.find('d1'))?.status).toBe('stalled')
      // Whoever holds the target's lock is the host's own step.
      const purpose = expect.objectContaining({ kind: 'deploy', deployment: 'd1', lockWaitMs: 45_000 })
      expect(opened).toEqual(['web1', 'web2'].map(name => ({ host: name, purpose })))
    },
  )

  it('goes on when somebody says so, on the hosts that had not ended as ordered', async () => {
    const { world, until, opened, kinds, scheduler } = await swapping()
    const result = { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined } as const
    await world.store.append('d1', { kind: 'host-ended', host: 'web1', result, durationMs: 1 }, 1)
    await resumeUnfinished(world, scheduler)
    await until('d1', 'stalled')
    opened.length = 0
    const resume = { kind: 'answered', answer: 'resume', by: 'U02BOB' } as const
    await world.store.answer('d1', resume, 'click', [])
    scheduler.wake()
    await until('d1', 'ended')
    await scheduler.drain()
    expect(kinds()).toEqual(['resumed', 'stalled', 'started', 'host-ended', 'ended'])
    expect(opened.map(({ host }) => host)).toEqual(['web2'])
    expect((await world.store.find('d1'))?.status).toBe('partial')
  })

  it('waits for nobody when it was cancelled before', async () => {
    const { world, until, kinds, scheduler } = await swapping()
    await world.store.cancel('d1', 'U02BOB', 'cancel')
    await resumeUnfinished(world, scheduler)
    await until('d1', 'ended')
    await scheduler.drain()
    expect(kinds()).toEqual(['resumed', 'ended'])
  })

  it('waits for nobody when it was cancelled while its hosts kept the bot waiting', async () => {
    const { world, until, kinds } = await swapping()
    const silent = gate()
    const slow = { ...world, hosts: behind(silent, world.hosts) }
    const scheduler = startScheduler(slow, 'bot:new')
    await resumeUnfinished(slow, scheduler)
    await world.store.cancel('d1', 'U02BOB', 'cancel')
    silent.open()
    await until('d1', 'ended')
    await scheduler.drain()
    expect(kinds()).toEqual(['resumed', 'ended'])
  })

  it('whose waiting cannot be recorded waits when it can', async () => {
    const { world, until, kinds } = await swapping()
    const disk = fullDisk(world.store, event => event.kind === 'stalled')
    const full = { ...world, store: disk.store }
    const scheduler = startScheduler(full, 'bot:new')
    await resumeUnfinished(full, scheduler)
    await disk.refused(2)
    disk.clear()
    await until('d1', 'stalled')
    await scheduler.drain()
    expect(kinds()).toEqual(['resumed', 'stalled'])
  })

  it('is left as it is, with what may be done then, when nobody says anything in time', async () => {
    const { world, until, told } = await swapping()
    const offersAfter = async () => [{ kind: 'retry', hosts: ['web1'] }] as const
    let now = 0
    const store = { ...world.store, overdue: async () => (now > 0 ? world.store.unfinished() : []) }
    store.answer = (id, answer, trigger, offers) =>
      world.store.answer(id, { ...answer, by: 'U0THETEST' }, trigger, offers)
    const scheduler = startScheduler({ ...world, store }, 'bot:new', undefined, { offersAfter })
    await resumeUnfinished(world, scheduler)
    await until('d1', 'stalled')
    now = 1
    scheduler.wake()
    await until('d1', 'ended')
    await scheduler.drain()
    expect(told.at(-1)?.event).toMatchObject({ ending: 'interrupted', offers: [{ kind: 'retry' }] })
  })
})
