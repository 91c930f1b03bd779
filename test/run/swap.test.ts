import { describe, expect, it } from 'vitest'
import type { SwapOrder } from '../../src/order.ts'
import type { HostSession } from '../../src/ports/hosts.ts'
import { activate } from '../../src/run/activate.ts'
import type { StepOutcome } from '../../src/step.ts'
import { IMAGE, NEW, OLD, swapOrder } from '../plan/orders.ts'
import { sessionOfFake, workOn } from './work.ts'

type Answers = Readonly<Record<string, string | StepOutcome>>

const FAILED: StepOutcome = { status: 'failed', exit: { code: 1 }, output: 'no', durationMs: 1 }
const NO_SPACE: StepOutcome = { ...FAILED, exit: { code: 128 }, output: 'no space' }
const LOST: StepOutcome = {
  status: 'unknown',
  why: 'link-lost',
  sequence: '1-a-9',
  output: '',
  durationMs: 1,
}

/** A swap on a fake host, where some steps end otherwise; the names of the steps that ran, and what was noted. */
async function swapping(about: SwapOrder, answers: Answers = {}, serves: string = about.revision) {
  const fake = await sessionOfFake()
  const ran: string[] = []
  const session: HostSession = {
    ...fake,
    async run(step) {
      ran.push(step.name)
      const answer = answers[step.name]
      const outcome = await fake.run(step)
      if (typeof answer === 'object') return answer
      const output = typeof answer === 'string' ? answer : outcome.output
      if (step.name === 'look') return { ...outcome, output: output.replace(OLD, headOf(about)) }
      if (step.name === 'inspect') return { ...outcome, output: inspected }
      if (step.name === 'digest') return { ...outcome, output: answer ? output : `"${IMAGE}"` }
      return { ...outcome, output }
    },
    ask: async () => ({ status: 'answered', code: 200, headers: { 'x-revision': serves }, body: '' }),
  }
  let now = 0
  const work = { ...workOn(session), order: about, clock: { now: () => 0, monotonic: () => (now += 1_000) } }
  const end = await activate(work)
  const steps = ran.filter(
    name => !['hold', 'look', 'release', 'inspect', 'digest', 'reloads'].includes(name),
  )
  return { end, steps, notes: work.notes }
}

const headOf = ({ kind }: SwapOrder) => (kind === 'container' ? NEW : OLD)
const inspected = JSON.stringify([
  {
    Id: 'c2',
    Name: '/creator',
    Image: 'sha256:2',
    RestartCount: 0,
    State: { Status: 'running', StartedAt: '2026-11-21T00:00:00Z' },
    HostConfig: { NetworkMode: 'host' },
    NetworkSettings: { Ports: {} },
  },
])

describe('a swap that is proved', () => {
  it('tidies up after, and whatever that comes to the deployment succeeded', async () => {
    const answers = { swap: '::td swapped 850', prune: FAILED }
    const { end, steps, notes } = await swapping(swapOrder('container'), answers)
    expect(end).toMatchObject({ kind: 'activated', proof: 'served' })
    expect(steps).toEqual(['create', 'swap', 'prune'])
    expect(notes).toEqual([{ kind: 'swapped', container: 'creator', gapMs: 850 }])
  })

  it('stays so when the link is lost while it tidies up', async () => {
    const { end } = await swapping(swapOrder('container'), { prune: LOST })
    expect(end).toMatchObject({ kind: 'activated', proof: 'served' })
  })
})

describe('the old container is put back', () => {
  it('when the new one does not serve what was ordered', async () => {
    const answers = { 'swap-back': '::td put-back creator running' }
    const { end, steps, notes } = await swapping(swapOrder('container'), answers, 'other')
    expect(end).toMatchObject({ kind: 'stopped', step: 'verify', because: { kind: 'not-served' } })
    expect(steps).toEqual(['create', 'swap', 'swap-back'])
    expect(notes).toEqual([{ kind: 'container-put-back', container: 'creator', old: 'running' }])
  })

  it('when it serves from another image than was ordered (G2)', async () => {
    const other = `registry.example.com/creator@sha256:${'e'.repeat(64)}`
    const { end, steps } = await swapping(swapOrder('container'), { digest: `"${other}"` })
    expect(end).toMatchObject({ because: { kind: 'wrong-image', wanted: IMAGE, found: other } })
    expect(steps).toEqual(['create', 'swap', 'swap-back'])
  })

  it.each(['reset', 'preflight', 'touch'])(
    'with the old code when %s fails in a full deploy',
    async failing => {
      const about = swapOrder('full', { preflight: ['true'] })
      const { end, steps, notes } = await swapping(about, { [failing]: FAILED }, OLD)
      expect(end).toMatchObject({ kind: 'stopped', step: failing })
      expect(steps.slice(-2)).toEqual(['put-back', 'swap-back'])
      expect(notes).toContainEqual({ kind: 'put-back', revision: OLD, loadedBy: 'replaced' })
    },
  )

  it('when the preflight fails in a container deploy, before any proof is asked', async () => {
    const { end, steps } = await swapping(swapOrder('container', { preflight: ['true'] }), {
      preflight: FAILED,
    })
    expect(end).toMatchObject({ kind: 'stopped', step: 'preflight' })
    expect(steps).toEqual(['create', 'swap', 'preflight', 'swap-back'])
  })

  it('although the old code cannot be: the thread says that, and why it was to be put back', async () => {
    const answers = { touch: FAILED, 'put-back': NO_SPACE }
    const { end, steps, notes } = await swapping(swapOrder('full'), answers, OLD)
    expect(end).toMatchObject({ kind: 'stopped', step: 'touch', because: { code: 1 } })
    expect(steps.slice(-2)).toEqual(['put-back', 'swap-back'])
    expect(notes).toEqual([
      { kind: 'also-stopped', step: 'put-back', because: { kind: 'exit', code: 128, output: 'no space' } },
    ])
  })

  it('or its end is not known when the link is lost meanwhile; why the new one was not proved is told all the same', async () => {
    const { end, notes } = await swapping(swapOrder('container'), { 'swap-back': LOST }, 'other')
    expect(end).toMatchObject({ kind: 'stopped', step: 'swap-back', sequence: '1-a-9' })
    expect(notes).toMatchObject([{ kind: 'also-stopped', step: 'verify', because: { kind: 'not-served' } }])
  })

  it('by the swap itself when it fails, which says so', async () => {
    const swap = { ...FAILED, output: 'the new container ended\n::td put-back creator running' }
    const { end, steps, notes } = await swapping(swapOrder('container'), { swap })
    expect(end).toMatchObject({ kind: 'stopped', step: 'swap' })
    expect(steps).toEqual(['create', 'swap'])
    expect(notes).toEqual([{ kind: 'container-put-back', container: 'creator', old: 'running' }])
  })

  it('and of its last words only what a swap may say is believed', async () => {
    const swap = { ...FAILED, output: '::td origin-corrected x\n::td put-back creator running' }
    const { notes } = await swapping(swapOrder('container'), { swap })
    expect(notes).toEqual([{ kind: 'container-put-back', container: 'creator', old: 'running' }])
  })
})

it.each(['create', 'swap', 'touch'])('nothing more is done over a link that was lost at %s', async lost => {
  const { end, steps } = await swapping(swapOrder('full'), { [lost]: LOST }, OLD)
  expect(end).toMatchObject({
    kind: 'stopped',
    step: lost,
    because: { kind: 'link-lost' },
    sequence: '1-a-9',
  })
  expect(steps.at(-1)).toBe(lost)
})
