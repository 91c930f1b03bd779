import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { talk, tellerTo } from '../../src/cli/words.ts'
import type { Target } from '../../src/config/config.ts'
import type { Mirrors } from '../../src/ports/mirrors.ts'
import { yes } from '../../src/refusal.ts'
import { openLanes } from '../../src/run/lanes.ts'
import { NEVER } from '../../src/run/stop.ts'
import { fetchQueue, type World } from '../../src/run/world.ts'
import { openStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { fakeHosts, type OnStep } from '../fakes/hosts.ts'
import { testFolder } from '../folder.ts'
import { NEW, OLD, order } from '../plan/orders.ts'
import { aHost, aTarget, configOf } from '../policy/configs.ts'

const me = `cli:${userInfo().username}`
const ORPHAN = 'd-old'
/** What the records say when a test lets them fail. */
const FAULT = new Error('disk I/O error')

/** A terminal on records of its own, with hosts that say what real ones say, and a clock that can be put forward. */
async function aTerminal(about: Partial<Target> = {}, onStep?: OnStep, mirrors: Partial<Mirrors> = {}) {
  let ahead = 0
  let hurry = 0
  const passed = () => {
    ahead += hurry
    return ahead
  }
  const clock = { now: () => Date.now() + passed(), monotonic: () => performance.now() + passed() }
  const file = join(testFolder('words'), 'touchdown.db')
  const store = await openStore({ file, clock, newId: () => 'i1' })
  onTestFinished(() => store.close())

  const verify = { url: 'http://127.0.0.1/', in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 1 }
  const target = aTarget({ groups: order().groups, verify, deployers: [me], ...about })
  const printed: string[] = []
  const awaited: (() => void)[] = []
  const print = (text: string) => {
    printed.push(text)
    for (const look of awaited) look()
  }
  let stoppedLate = () => {}
  const isStoppedLate = new Promise<void>(resolve => {
    stoppedLate = resolve
  })
  const stop = new AbortController()
  const leave = new AbortController()
  const world: World = {
    store,
    hosts: fakeHosts(OLD, onStep),
    teller: tellerTo(print),
    clock,
    secretOf: () => undefined,
    secrets: [],
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop: { asked: NEVER.asked, over: leave.signal },
    problem: (what, error) => {
      if (error === FAULT || what.endsWith('is left to whoever has it now')) return
      if (!leave.signal.aborted) throw new Error(what, { cause: error })
      stoppedLate()
    },
  }
  const own: Mirrors = {
    resolve: async () => yes({ revision: NEW, branch: 'main', shown: 'main' }),
    changes: () => new Promise(() => {}),
    changedFiles: async () => [],
    close: async () => {},
    ...mirrors,
  }
  const interrupts = { stop: stop.signal, leave }
  return {
    store,
    target,
    stop: () => stop.abort(),
    leave: () => leave.abort(),
    /** Time that passes for leases and for whoever waits. */
    pass(ms: number) {
      ahead += ms
    },
    /** Until `done`, each look at the clock finds it a second further. */
    async inHurry(done: Promise<void>) {
      hurry = 1_000
      await done
      hurry = 0
    },
    text: () => printed.join('\n'),
    /** Resolves when something was kept from happening after its person has left. */
    isStoppedLate,
    type: (text: string) => talk({ world, config: configOf(target), mirrors: own, text, print, interrupts }),
    /** Resolves when it has printed this. */
    says: (words: string) =>
      new Promise<void>(resolve => {
        const look = () => printed.some(text => text.includes(words)) && resolve()
        awaited.push(look)
        look()
      }),
    /** What another process ordered before; `owner` claims it. */
    async earlier(owner?: string, { id = ORPHAN, service = target.service, hosts = target.hosts } = {}) {
      const where = { target: { service, environment: 'production' }, hosts }
      await store.create({ ...newDeployment(id), order: order(where) })
      if (owner) await store.claim(id, owner)
    },
    states: async () =>
      (await store.history({ service: undefined, limit: 5 })).map(({ status }) => status).reverse(),
  }
}

it.each(['cli:dead:1', 'bot:dead'])(
  'what %s left is taken over when its lease is over, and holds up nobody',
  async owner => {
    const terminal = await aTerminal()
    await terminal.earlier(owner)
    const exit = terminal.type('creator')
    await terminal.says(`waiting for its turn, number 1, behind creator (${ORPHAN})`)
    expect(await terminal.states()).toEqual(['running', 'queued'])
    terminal.pass(15_001)
    expect(await exit).toBe(0)
    expect(terminal.text()).toContain(`creator (${ORPHAN}) was left by a process that died`)
    expect(terminal.text()).toContain('creator succeeded')
    // A later one of the same target waits: then that one is the truth.
    expect(await terminal.states()).toEqual(['interrupted', 'succeeded'])
  },
)

it('what waits in the line and nobody begins is told with what to do, once', async () => {
  const terminal = await aTerminal()
  await terminal.earlier()
  const exit = terminal.type('creator')
  await terminal.inHurry(terminal.says(`creator (${ORPHAN}) comes first, and nobody begins it`))
  expect(terminal.text()).toContain('`touchdown start`')
  expect(await terminal.type('cancel creator')).toBe(0)
  expect(await exit).toBe(0)
  expect(terminal.text().match(/nobody begins it/g)).toHaveLength(1)
  expect(await terminal.states()).toEqual(['cancelled', 'succeeded'])
})

it('of what nobody begins, only what it waits behind is told, also when that is further ahead', async () => {
  const terminal = await aTerminal()
  await terminal.earlier(undefined, { id: 'd-aside', service: 'aside', hosts: [aHost('web9')] })
  await terminal.earlier(undefined, { id: 'd-head', service: 'head', hosts: [aHost('web3')] })
  await terminal.earlier(undefined, { id: 'd-next', service: 'next', hosts: [aHost('web3'), aHost('web1')] })
  const exit = terminal.type('creator')
  await terminal.says('waiting for its turn, number 1, behind next (d-next)')
  await terminal.inHurry(terminal.says('nobody begins it'))
  expect(terminal.text()).toContain('head (d-head) comes first')
  expect(terminal.text()).not.toContain('d-aside')
  terminal.stop()
  expect(await exit).toBe(1)
})

it('Ctrl-C stops a deployment that waits at once, and not the one before it', async () => {
  const terminal = await aTerminal()
  await terminal.earlier('bot:alive')
  const exit = terminal.type('creator')
  await terminal.says('waiting for its turn')
  terminal.stop()
  expect(await exit).toBe(1)
  expect(terminal.text()).toContain('Press Ctrl-C again to leave')
  expect(terminal.text()).toContain('creator was cancelled')
  expect(await terminal.states()).toEqual(['running', 'cancelled'])
  expect((await terminal.store.find(ORPHAN))?.cancelledBy).toBeUndefined()
})

it('Ctrl-C stops a running deployment before its next host; the host that switches is brought to its end', async () => {
  const terminal = await aTerminal({ hosts: [aHost('web1'), aHost('web2')] }, async (host, step) => {
    if (host.name !== 'web1' || step.name !== 'touch') return undefined
    terminal.stop()
    await terminal.says('cancelled it')
    return undefined
  })
  expect(await terminal.type('creator')).toBe(1)
  expect(terminal.text()).toContain(`Stopping, as \`touchdown cancel\` does.`)
  expect(terminal.text()).toMatch(/creator ended partly: 1\/2 hosts serve .*cancelled by cli:/)
  expect(terminal.text()).toContain('web2: its turn did not come')
  expect(await terminal.states()).toEqual(['partial'])
})

it('a second Ctrl-C leaves, says where to see the end, and records nothing more', async () => {
  const terminal = await aTerminal({ hosts: [aHost('web1')] }, async (_, step) => {
    if (step.name !== 'touch') return undefined
    terminal.stop()
    await terminal.says('cancelled it')
    terminal.leave()
    // The step never ends here: its host finishes it.
    return new Promise(() => {})
  })
  expect(await terminal.type('creator')).toBe(130)
  expect(terminal.text()).toContain('Left creator before its end: the hosts finish the step that runs there.')
  expect(terminal.text()).toContain('`touchdown status creator`')
  expect(terminal.text()).toContain('`touchdown history creator`')
  expect(await terminal.states()).toEqual(['running'])
})

it('who was suspended in the middle of a deployment takes it up anew where no bot does, and nothing else', async () => {
  let isFirst = true
  const terminal = await aTerminal({ hosts: [aHost('web1')] }, async (_, step) => {
    if (step.name !== 'touch' || !isFirst) return undefined
    isFirst = false
    await terminal.says('started')
    await terminal.earlier('bot:busy', { id: 'd-other', service: 'other', hosts: [aHost('web9')] })
    terminal.pass(60_000)
    return 'lost'
  })
  expect(await terminal.type('creator')).toBe(0)
  expect(terminal.text()).toContain('taken up again')
  expect(terminal.text()).toContain('creator succeeded')
  expect(await terminal.states()).toEqual(['succeeded', 'running'])
})

/** It has taken over what two dead processes left; its own has succeeded, and the other's host has a step under way. */
async function afterItsOwnEnd() {
  let release = (_: undefined) => {}
  const held = new Promise<undefined>(resolve => {
    release = resolve
  })
  const terminal = await aTerminal({}, (host, step) =>
    host.name === 'web9' && step.name === 'touch' ? held : undefined,
  )
  await terminal.earlier('cli:dead:1')
  await terminal.earlier('cli:dead:2', { id: 'd-aside', service: 'aside', hosts: [aHost('web9')] })
  terminal.pass(15_001)
  const exit = terminal.type('creator')
  await terminal.says('creator succeeded')
  return { ...terminal, exit, release }
}

it('says after the end of its own what else it brings to an end, and does so', async () => {
  const terminal = await afterItsOwnEnd()
  await terminal.says('Not over yet: aside (d-aside).')
  terminal.release(undefined)
  expect(await terminal.exit).toBe(0)
  expect(terminal.text()).not.toContain(`Not over yet: creator`)
  expect(await terminal.states()).toEqual(['interrupted', 'succeeded', 'succeeded'])
})

it('one Ctrl-C leaves what else it brings to an end, with the exit code of its own', async () => {
  const terminal = await afterItsOwnEnd()
  await terminal.says('Not over yet: aside (d-aside).')
  terminal.stop()
  expect(await terminal.exit).toBe(0)
  expect(terminal.text()).toContain('Left aside before its end: the hosts finish the step that runs there.')
  expect(terminal.text()).not.toContain('Left creator')
  expect(await terminal.states()).toEqual(['interrupted', 'running', 'succeeded'])
})

it('whose records cannot be read says so at once, and still brings its own to an end', async () => {
  let release = (_: undefined) => {}
  const held = new Promise<undefined>(resolve => {
    release = resolve
  })
  const terminal = await aTerminal({ hosts: [aHost('web1')] }, (_, step) => {
    if (step.name !== 'touch') return undefined
    terminal.store.events = () => Promise.reject(FAULT)
    return held
  })
  const exit = terminal.type('creator')
  await terminal.says('What creator does cannot be shown any more (disk I/O error)')
  await terminal.says('Not over yet: creator (')
  release(undefined)
  expect(await exit).toBe(1)
  expect(await terminal.states()).toEqual(['succeeded'])
})

it('a second Ctrl-C while its order is being recorded leaves, and says where to see whether it was', async () => {
  const terminal = await aTerminal()
  terminal.store.create = () => {
    terminal.stop()
    terminal.leave()
    return new Promise(() => {})
  }
  expect(await terminal.type('creator')).toBe(130)
  expect(terminal.text()).toMatch(/^Left while it was being ordered: .*`touchdown history`/)
})

it('Ctrl-C before anything is recorded leaves at once, and nothing starts afterwards', async () => {
  let answer = () => {}
  const answered = new Promise<void>(resolve => {
    answer = resolve
  })
  const terminal = await aTerminal({}, undefined, {
    async resolve() {
      terminal.stop()
      await answered
      return yes({ revision: NEW, branch: 'main', shown: 'main' })
    },
  })
  expect(await terminal.type('creator')).toBe(130)
  expect(terminal.text()).toBe('Left before anything was started.')
  answer()
  await terminal.isStoppedLate
  expect(await terminal.states()).toEqual([])
})

it('whoever is listed through a user group alone is refused with the id to list, for groups are of Slack', async () => {
  const terminal = await aTerminal({ deployers: ['S0BACKEND'] })
  expect(await terminal.type('creator')).toBe(2)
  expect(terminal.text()).toBe(
    `You may not do this with creator. Ask one of those who may (S0BACKEND), or have \`${me}\` added to its \`deployers\` in touchdown.yml.`,
  )
})
