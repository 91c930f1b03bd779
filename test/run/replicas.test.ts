import { describe, expect, it } from 'vitest'
import type { Group, SwapOrder } from '../../src/order.ts'
import { planBack } from '../../src/plan/back.ts'
import type { HostSession } from '../../src/ports/hosts.ts'
import { activate } from '../../src/run/activate.ts'
import { digestOf } from '../../src/run/image.ts'
import { sight } from '../../src/run/sight.ts'
import type { Step, StepOutcome } from '../../src/step.ts'
import { container, HOST, IMAGE, NEW, OLD, order, swapOrder } from '../plan/orders.ts'
import { sessionOfFake, workOn } from './work.ts'

const [alone] = order().groups
if (!alone) throw new Error('the order has no container')
const groups: readonly Group[] = [
  { ...alone, replicas: 2, beforeReplace: ['drain', '{replica}'], afterReplace: ['undrain', '{replica}'] },
]
const URL = 'http://127.0.0.1:800{replica}/'
const verify = { url: URL, in: { header: 'X-Revision' }, timeoutMs: 5_000, hits: 1 } as const

const FAILED: StepOutcome = { status: 'failed', exit: { code: 1 }, output: 'no', durationMs: 1 }
const NEITHER: StepOutcome = { ...FAILED, exit: { code: 72 } }
const LOST: StepOutcome = { status: 'unknown', why: 'link-lost', sequence: '1', output: '', durationMs: 1 }
const ASKED = ['hold', 'look', 'release', 'inspect', 'digest', 'reloads']

/** A fake host whose replicas serve what is ordered, but where said otherwise. */
async function hostWith(
  ends: Readonly<Record<string, StepOutcome>>,
  serves: (url: string) => string = () => NEW,
  absent?: string,
) {
  const fake = await sessionOfFake()
  const ran: string[] = []
  const session: HostSession = {
    ...fake,
    async run(step: Step) {
      if (!ASKED.includes(step.name)) ran.push(step.name)
      const outcome = await fake.run(step)
      const end = ends[step.name]
      if (end) return end
      if (step.name === 'look')
        return { ...outcome, output: without(absent, outcome.output.replace(OLD, NEW)) }
      if (step.name === 'digest') return { ...outcome, output: `"${IMAGE}"` }
      if (step.name === 'inspect') return { ...outcome, output: inspected(String(step.call[1])) }
      return outcome
    },
    ask: async url => ({ status: 'answered', code: 200, headers: { 'x-revision': serves(url) }, body: '' }),
  }
  return { session, ran }
}

/** As it is seen where that container is not there. */
function without(absent: string | undefined, look: string): string {
  const [facts, list = '[]'] = look.split('::td docker\n')
  const there = JSON.parse(list).filter(({ Name }: { readonly Name: string }) => Name !== `/${absent}`)
  return `${facts}::td docker\n${JSON.stringify(there)}`
}

const inspected = (name: string) =>
  JSON.stringify([
    {
      ...{ Id: name, Name: `/${name}`, Image: 'sha256:2', RestartCount: 0 },
      State: { Status: 'running', StartedAt: '2026-11-21T00:00:00Z' },
      HostConfig: { NetworkMode: 'host' },
      NetworkSettings: { Ports: {} },
    },
  ])

async function swapping(
  ends: Readonly<Record<string, StepOutcome>>,
  serves?: (url: string) => string,
  absent?: string,
) {
  const about: SwapOrder = swapOrder('container', { groups, verify })
  const { session, ran } = await hostWith(ends, serves, absent)
  let now = 0
  const work = { ...workOn(session), order: about, clock: { now: () => 0, monotonic: () => (now += 1_000) } }
  return { end: await activate(work), ran, notes: work.notes }
}

const REPLACED = (name: string) => [
  ...[`create ${name}`, `before_replace ${name}`, `swap ${name}`, `after_replace ${name}`],
]
const TAKEN_BACK = (name: string) => [`before_replace ${name}`, `swap-back ${name}`, `after_replace ${name}`]

describe('replicas that are replaced', () => {
  it('come one after another, each drained before and let in after', async () => {
    const { end, ran } = await swapping({})
    expect(end).toMatchObject({ kind: 'activated', proof: 'served' })
    expect(ran).toEqual([...REPLACED('creator-1'), ...REPLACED('creator-2'), 'prune'])
  })

  it.each([
    ['create creator-2', ['create creator-2']],
    ['before_replace creator-2', ['create creator-2', 'before_replace creator-2', 'after_replace creator-2']],
    [
      'swap creator-2',
      ['create creator-2', 'before_replace creator-2', 'swap creator-2', 'after_replace creator-2'],
    ],
    ['after_replace creator-2', [...REPLACED('creator-2'), ...TAKEN_BACK('creator-2')]],
  ])(
    'are all taken back when %s fails, so that the host does not stay mixed; what was drained is let in',
    async (failing, since) => {
      const { end, ran } = await swapping({ [failing]: FAILED })
      expect(end).toMatchObject({ kind: 'stopped', step: failing })
      expect(ran).toEqual([...REPLACED('creator-1'), ...since, ...TAKEN_BACK('creator-1')])
    },
  )

  it('are asked at the address of each; the one that does not serve is named', async () => {
    const { end, ran } = await swapping({}, url => (url === 'http://127.0.0.1:8002/' ? OLD : NEW))
    expect(end).toMatchObject({
      step: 'verify creator-2',
      because: { kind: 'not-served', url: 'http://127.0.0.1:8002/' },
    })
    const since = ['create creator-2', 'before_replace creator-2', 'swap creator-2']
    const back = ['swap-back creator-2', 'after_replace creator-2']
    expect(ran).toEqual([...REPLACED('creator-1'), ...since, ...back, ...TAKEN_BACK('creator-1')])
  })

  it.each([
    ['swap creator-2', NEITHER, []],
    ['verify creator-2', FAILED, ['swap-back creator-2', 'after_replace creator-2']],
  ])('are left where another could not be brought back, here after %s', async (failing, end, back) => {
    const ends = { [failing]: end, 'swap-back creator-2': NEITHER }
    const stale = (url: string) => (failing.startsWith('verify') && url.includes('8002') ? OLD : NEW)
    const { end: stop, ran, notes } = await swapping(ends, stale)
    expect(stop).toMatchObject({ kind: 'stopped', step: failing })
    const since = ['create creator-2', 'before_replace creator-2', 'swap creator-2']
    const letIn = failing.startsWith('swap') ? ['after_replace creator-2'] : []
    expect(ran).toEqual([...REPLACED('creator-1'), ...since, ...back, ...letIn])
    expect(notes).toContainEqual({ kind: 'left-replaced', containers: ['creator-1'] })
  })

  it('are left as they are over a link that is lost', async () => {
    const { end, ran } = await swapping({ 'swap creator-2': LOST })
    expect(end).toMatchObject({ kind: 'stopped', step: 'swap creator-2', because: { kind: 'link-lost' } })
    expect(ran.at(-1)).toBe('swap creator-2')
  })
})

describe('replicas of a host that had switched, and goes back because another failed', () => {
  async function goingBack(ends: Readonly<Record<string, StepOutcome>>) {
    const { end } = await swapping({})
    if (end.kind === 'stopped') throw new Error(end.step)
    const { session, ran } = await hostWith(ends)
    const work = { ...workOn(session, { groups, verify }), clock: ticking() }
    return { end: await activate(work, planBack(end.undo)), ran, notes: work.notes }
  }
  const [first, second] = [TAKEN_BACK('creator-1'), TAKEN_BACK('creator-2')]

  it('are drained, put back, let in and proved, the last first', async () => {
    const { end, ran } = await goingBack({})
    expect(end).toMatchObject({ kind: 'activated' })
    expect(ran).toEqual([...second, ...first])
  })

  it.each(['before_replace creator-2', 'after_replace creator-2'])(
    'are all taken back also when %s fails, which is the end',
    async failing => {
      const { end, ran, notes } = await goingBack({ [failing]: FAILED, 'after_replace creator-1': FAILED })
      expect(end).toMatchObject({ kind: 'stopped', step: failing })
      expect(ran).toEqual([...second, ...first])
      expect(notes).toMatchObject([{ kind: 'also-stopped', step: 'after_replace creator-1' }])
    },
  )

  it('are left where one could not be brought back', async () => {
    const { end, ran, notes } = await goingBack({ 'swap-back creator-2': NEITHER })
    expect(end).toMatchObject({ kind: 'stopped', step: 'swap-back creator-2' })
    expect(ran).toEqual(second)
    expect(notes).toEqual([{ kind: 'left-replaced', containers: ['creator-1'] }])
  })

  it('are as they were also where one of them was not there before: that one is taken away, and the others are proved', async () => {
    const swapped = await swapping({}, undefined, 'creator-2')
    if (swapped.end.kind === 'stopped') throw new Error(swapped.end.step)
    const gone = (url: string) => (url.includes('8002') ? 'nobody' : NEW)
    const { session, ran } = await hostWith({}, gone)
    const work = { ...workOn(session, { groups, verify }), clock: ticking() }
    expect(await activate(work, planBack(swapped.end.undo))).toMatchObject({
      kind: 'activated',
      proof: 'served',
    })
    expect(ran).toEqual(['before_replace creator-2', 'take-away creator-2', ...first])
  })

  it('are left over a link that is lost', async () => {
    const { end, ran } = await goingBack({ 'swap-back creator-2': LOST })
    expect(end).toMatchObject({ step: 'swap-back creator-2', because: { kind: 'link-lost' } })
    expect(ran.at(-1)).toBe('swap-back creator-2')
  })
})

describe('a code deploy', () => {
  /** Each replica serves what was there when its file was touched last. */
  async function deploying(touch: string) {
    let head: string = OLD
    const served = new Map<string, string>()
    const ran: string[] = []
    const fake = await sessionOfFake()
    const session: HostSession = {
      ...fake,
      async run(step) {
        if (!ASKED.includes(step.name)) ran.push(step.name)
        if (step.name === 'reset') head = NEW
        for (const replica of ['1', '2']) {
          const file = String(step.call.at(-1))
          if (step.call[0] === 'touch' && (file === '.reload' || file === `.reload-${replica}`))
            served.set(`http://127.0.0.1:800${replica}/`, head)
        }
        return fake.run(step)
      },
      async ask(url) {
        ran.push(`ask ${url.at(-2)}`)
        const revision = served.get(url) ?? OLD
        return { status: 'answered', code: 200, headers: { 'x-revision': revision }, body: '' }
      },
    }
    const work = workOn(session, { groups, verify, touch })
    return { done: await activate(work), ran }
  }

  it('touches the file that all watch once, and proves each', async () => {
    const { done, ran } = await deploying('.reload')
    expect(done).toMatchObject({ kind: 'activated', proof: 'served' })
    expect(ran).toEqual(['reset', 'ask 1', 'ask 2', 'touch', 'ask 1', 'ask 2'])
  })

  it('proves one before the next is touched, when each has a file of its own', async () => {
    const { done, ran } = await deploying('.reload-{replica}')
    expect(done).toMatchObject({ kind: 'activated', proof: 'served' })
    const each = (replica: number) => [`ask ${replica}`, `touch creator-${replica}`, `ask ${replica}`]
    expect(ran).toEqual(['reset', ...each(1), ...each(2)])
  })

  it('records a digest only when all have the same image', async () => {
    const { session } = await hostWith({})
    const work = workOn(session, { groups })
    const of = (...ids: readonly string[]) =>
      digestOf(work, new Map(ids.map(imageId => [imageId, container({ imageId })])))
    expect(await of('sha256:1')).toBe(IMAGE)
    expect(await of('sha256:1', 'sha256:2')).toBeUndefined()
  })

  it('says which containers run on that are not wanted any more', async () => {
    const fake = await sessionOfFake()
    const session: HostSession = {
      ...fake,
      async run(step) {
        const outcome = await fake.run(step)
        const output = outcome.output.replace('::td docker', '::td running creator\n::td docker')
        return step.name === 'look' ? { ...outcome, output } : outcome
      },
      ask: async () => ({ status: 'answered', code: 200, headers: { 'x-revision': NEW }, body: '' }),
    }
    const work = workOn(session, { groups, verify: undefined, touch: '.reload-{replica}' })
    await activate({ ...work, clock: ticking() })
    expect(work.notes).toContainEqual({ kind: 'containers-left', containers: ['creator'] })
  })
})

function ticking() {
  let now = 0
  return { now: () => 0, monotonic: () => (now += 1_000) }
}

it('what is on a host is said of each replica, and of the host only what all say', async () => {
  const { session } = await hostWith({}, url => (url.includes('8002') ? OLD : NEW))
  const now = await sight({ order: swapOrder('container', { groups, verify }), host: HOST }, session)
  expect(now).toMatchObject({
    served: undefined,
    replicas: [
      { name: 'creator-1', served: NEW, container: 'running' },
      { name: 'creator-2', served: OLD, container: 'running' },
    ],
  })
})
