import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../demo/slack/server.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import { type Pace, realPace } from '../../src/slack/pace.ts'
import { type Publisher, startPublisher } from '../../src/slack/publisher.ts'
import { type OpenStore, openSharedStore } from '../../src/store/store.ts'
import { handClock, newDeployment } from '../contract/orders.ts'
import { quickPace } from '../fakes/pace.ts'
import { ended, quiet, settingsFor, started, step, team } from '../slack/telling-world.ts'
import { cabled } from './cable.ts'
import { type Database, freshDatabase } from './databases.ts'

const CHANNEL = 'C01GEN'
const LEASE_MS = 15_000

let database: Database
let clock: ReturnType<typeof handClock>
let slack: LocalSlack
/** Of somebody who runs the deployments. */
let store: OpenStore
beforeEach(async () => {
  database = await freshDatabase()
  onTestFinished(() => database.remove())
  clock = handClock()
  slack = await startLocalSlack(team)
  onTestFinished(() => slack.close())
  store = await opened()
})

describe('of two publishers on one database', () => {
  it.each(['cut off', 'stopped'] as const)(
    'the other one goes on when the first is %s, before each thing that there is to tell, and nothing is told twice',
    async how => {
      // One deployment for each moment; the first publisher tells so many of its events and then no more.
      const moments = [0, 1, 2, 3, 4]
      const events: readonly DeploymentEvent[] = [
        started,
        step('web1', 's1'),
        step('web1', 's2'),
        step('web1', 's3'),
      ]
      const first = await farPublisher()
      for (const n of moments) {
        await store.create(newDeployment(`d${n}`))
        for (const event of [...events.slice(0, n), ...(n === 4 ? [ended] : [])])
          await store.append(`d${n}`, event)
      }
      await first.publisher.resume()
      for (const n of moments)
        if (n > 0) await recorded(`d${n}`, n === 4 ? 'done = 1' : `lines = ${n} AND parent <> ''`)
      first.cable[how === 'cut off' ? 'cut' : 'hush']()
      clock.forward(LEASE_MS + 1)
      const second = publisherOn(await opened())
      for (const n of moments)
        for (const event of n === 4 ? [] : [...events.slice(n), ended]) await store.append(`d${n}`, event)
      await until(() => second.isTelling())
      await second.resume()
      for (const n of moments) await recorded(`d${n}`, 'done = 1')
      first.cable.mend()
      await until(() => !first.publisher.isTelling())
      await first.publisher.resume()
      expect(told()).toEqual(moments.map(() => ({ steps: ['s1', 's2', 's3'], ends: 1 })))
    },
    60_000,
  )

  it('one that has something to send and could not renew its lease does not send it', async () => {
    const first = await farPublisher(realPace)
    await store.create(newDeployment('d1'))
    await store.append('d1', started)
    await first.publisher.resume()
    await recorded('d1', 'lines = 1')
    await store.append('d1', step('web1', 's1'))
    await first.publisher.resume()
    await until(() => first.publisher.behindMs() > 0)
    const before = slack.calls.length
    first.cable.cut()
    clock.forward(LEASE_MS + 1)
    const second = publisherOn(await opened(), realPace)
    await until(() => second.isTelling())
    await recorded('d1', 'lines = 2')
    // By now it was behind for long enough to send it.
    await until(() => first.publisher.behindMs() > 3_000)
    expect(told()).toEqual([{ steps: ['s1'], ends: 0 }])
    const methods = slack.calls.slice(before).map(({ method }) => method)
    expect(methods.toSorted()).toEqual(['chat.postMessage', 'chat.update'])
    expect(second.behindMs()).toBeLessThan(first.publisher.behindMs())
  }, 40_000)

  it('each goes on where the other one was closed, while several processes record', async () => {
    const ids = ['d1', 'd2', 'd3']
    const others = [store, await opened(), await opened()]
    for (const id of ids) await store.create(newDeployment(id, { service: id, hosts: [] }))
    const steps = Array.from({ length: 40 }, (_, n) => `s${n}`)
    const recording = Promise.all(
      ids.map(async id => {
        for (const [n, name] of steps.entries()) await others[n % 3]?.append(id, step('web1', name))
        await store.append(id, ended)
      }),
    )
    for (let round = 0; round < 4; round += 1) {
      const publisher = publisherOn(await opened())
      await until(() => publisher.isTelling())
      for (let look = 0; look < 3; look += 1) await publisher.resume()
      await publisher.close(0)
    }
    await recording
    const last = publisherOn(await opened())
    await until(() => last.isTelling())
    for (const id of ids) await recorded(id, 'done = 1')
    expect(told()).toEqual(ids.map(() => ({ steps, ends: 1 })))
  }, 40_000)

  it('the other one posts nothing again where the first is closed while Slack takes its time', async () => {
    const first = publisherOn(store, realPace)
    await until(() => first.isTelling())
    const second = publisherOn(await opened())
    await postHeld(first, async release => {
      const closing = first.close(0)
      await Promise.race([closing, realPace.wait(200, new AbortController().signal)])
      release()
      await closing
    })
    second.hear({ deployments: ['d1'], isTurn: true })
    await until(() => second.isTelling())
    await second.resume()
    await recorded('d1', 'done = 1')
    expect(told()).toEqual([{ steps: ['s1'], ends: 1 }])
  }, 40_000)

  it('the other one waits for the lease where the first is closed and Slack does not answer it at all', async () => {
    const first = publisherOn(store)
    await until(() => first.isTelling())
    await postHeld(first, async () => first.close(0, 50))
    const [row] = await database.query('SELECT held_until FROM leases')
    expect(Number(row?.['held_until'])).toBeGreaterThan(clock.now())
    clock.forward(LEASE_MS + 1)
    const second = publisherOn(await opened())
    await until(() => second.isTelling())
  }, 40_000)

  it('the one that does not tell says where the other one has told it, or that it is told nowhere, when it hears of it or looks', async () => {
    const first = publisherOn(store)
    const second = publisherOn(await opened())
    for (const id of ['d1', 'd2']) await store.create(newDeployment(id))
    await store.append('d1', started)
    const place = second.place('d1')
    const nowhere = second.place('d2')
    await first.resume()
    await recorded('d1', "parent <> ''")
    second.hear({ deployments: ['d1'], isTurn: false })
    expect(await place).toEqual({ channel: CHANNEL, ts: slack.messages(CHANNEL)[0]?.ts })
    slack.faults.refuse('chat.postMessage', 'not_in_channel', Number.POSITIVE_INFINITY)
    await store.append('d2', started)
    await store.append('d2', ended)
    await first.resume()
    await recorded('d2', 'done = 1')
    await second.resume()
    expect(await nowhere).toBeUndefined()
  })
})

/** While its first message is out, and Slack does not answer until it is let. */
async function postHeld(publisher: Publisher, during: (release: () => void) => Promise<void>): Promise<void> {
  const release = slack.faults.hold('chat.postMessage')
  onTestFinished(release)
  await store.create(newDeployment('d1'))
  for (const event of [started, step('web1', 's1'), ended]) await store.append('d1', event)
  await publisher.resume()
  await until(() => !slack.faults.isPlanned('chat.postMessage'))
  await during(release)
}

/** By parent, oldest first: the steps that its thread tells, in order, and how often the end was announced. */
function told(): readonly { readonly steps: readonly string[]; readonly ends: number }[] {
  const parents = slack.messages(CHANNEL).filter(message => message.thread_ts === undefined)
  return parents.map(({ ts }) => {
    const replies = slack.thread(CHANNEL, ts).filter(message => message.ts !== ts)
    const text = replies.map(message => message.text).join('\n')
    return {
      steps: [...text.matchAll(/web1: (s\d+)/g)].map(([, name]) => name ?? ''),
      ends: replies.filter(message => message.broadcast).length,
    }
  })
}

function publisherOn(records: OpenStore, pace: Pace = quickPace()): Publisher {
  const publisher = startPublisher({
    owner: `bot:${++publishers}`,
    slack: settingsFor(slack.apiUrl),
    store: records,
    messages: records.messages,
    config: { channel: CHANNEL, hosts: new Map(), services: new Map() },
    clock,
    log: quiet,
    pace,
  })
  onTestFinished(() => publisher.close(0))
  return publisher
}
let publishers = 0

/** At the end of a cable, and telling. */
async function farPublisher(pace?: Pace) {
  const { cable, place } = await cabled(database)
  const far = await openSharedStore({ place, clock, newId: () => 'i1' })
  onTestFinished(async () => {
    cable.mend()
    await far.close()
    cable.close()
  }, 60_000)
  const publisher = publisherOn(far, pace)
  await until(() => publisher.isTelling())
  return { cable, publisher }
}

async function opened(): Promise<OpenStore> {
  const records = await database.open(clock)
  onTestFinished(() => records.close())
  return records
}

function recorded(id: string, what: string): Promise<void> {
  return until(
    async () =>
      (await database.query(`SELECT 1 FROM told WHERE deployment_id = '${id}' AND ${what}`)).length > 0,
  )
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 50))
}
