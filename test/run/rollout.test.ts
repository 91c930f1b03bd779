import { describe, expect, it } from 'vitest'
import { startRollout } from '../../src/run/rollout.ts'

const may = async () => true
const STOP = { batch: undefined, onFailure: 'stop' } as const

/** Everybody prepares, whoever has a turn switches: who went together, in what order. `bad` fails, `unfit` cannot take part. */
async function rolledOut(
  rule: Parameters<typeof startRollout>[1],
  { bad = '', unfit = '' }: { readonly bad?: string; readonly unfit?: string } = {},
): Promise<readonly string[]> {
  const hosts = ['a', 'b', 'c', 'd', 'e']
  const rollout = startRollout(hosts, rule, may)
  for (const host of hosts) rollout.prepared(host, !unfit.includes(host))
  const had = new Set<string>()
  const turns = hosts
    .filter(host => !unfit.includes(host))
    .map(host => rollout.turn(host).then(turn => turn && had.add(host)))
  const waves: string[] = []
  for (;;) {
    // Whoever has a turn takes it within a few promises: nothing here waits for time.
    await new Promise(resolve => setImmediate(resolve))
    const together = [...had]
    if (together.length === 0) break
    waves.push(together.join(''))
    had.clear()
    for (const host of together) rollout.switched(host, !bad.includes(host))
  }
  await Promise.all(turns)
  return waves
}

describe('batches', () => {
  it.each([
    [undefined, 'stop', {}, ['a', 'bcde']],
    [1, 'stop', {}, ['a', 'b', 'c', 'd', 'e']],
    [2, 'stop', {}, ['a', 'bc', 'de']],
    [3, 'stop', {}, ['a', 'bcd', 'e']],
    [9, 'stop', {}, ['a', 'bcde']],
    [2, 'stop', { bad: 'b' }, ['a', 'bc']],
    [2, 'rollback', { bad: 'c' }, ['a', 'bc']],
    [2, 'stop', { unfit: 'e' }, []],
    [2, 'rollback', { unfit: 'e' }, []],
    [2, 'continue', { bad: 'b' }, ['a', 'bc', 'de']],
    [2, 'continue', { bad: 'a' }, ['a', 'bc', 'de']],
    [2, 'continue', { unfit: 'c' }, ['a', 'bd', 'e']],
    [2, 'continue', { unfit: 'a' }, ['b', 'cd', 'e']],
    [2, 'continue', { unfit: 'abcde' }, []],
  ] as const)('of %s, on failure %s, with %j: %j', async (batch, onFailure, trouble, waves) => {
    expect(await rolledOut({ batch, onFailure }, trouble)).toEqual(waves)
  })

  it('nobody of the next one begins before everybody of this one has switched', async () => {
    const rollout = startRollout(['a', 'b', 'c', 'd'], { batch: 2, onFailure: 'stop' }, may)
    for (const host of ['a', 'b', 'c', 'd']) rollout.prepared(host, true)
    let hadTurn = false
    const last = rollout.turn('d').then(() => {
      hadTurn = true
    })
    for (const host of ['a', 'b']) {
      expect(await rollout.turn(host)).toBe(true)
      rollout.switched(host, true)
      rollout.switched(host, true)
    }
    await new Promise(resolve => setImmediate(resolve))
    expect(hadTurn).toBe(false)
    rollout.switched('c', true)
    await last
  })

  it('a cancel between two of them ends the row', async () => {
    let goesOn = true
    const rollout = startRollout(['a', 'b', 'c'], { batch: 1, onFailure: 'continue' }, async () => goesOn)
    for (const host of ['a', 'b', 'c']) rollout.prepared(host, true)
    expect(await rollout.turn('a')).toBe(true)
    goesOn = false
    rollout.switched('a', true)
    expect(await Promise.all(['b', 'c'].map(rollout.turn))).toEqual([false, false])
  })
})

describe('the order of hosts', () => {
  it('nobody switches before everybody has prepared', async () => {
    const rollout = startRollout(['a', 'b'], STOP, may)
    const order: string[] = []
    const first = rollout.turn('a').then(() => order.push('turn'))
    rollout.prepared('a', true)
    await Promise.resolve()
    order.push('b prepared')
    rollout.prepared('b', true)
    await first
    expect(order).toEqual(['b prepared', 'turn'])
  })

  it('one that cannot take part keeps all from switching', async () => {
    const rollout = startRollout(['a', 'b', 'c'], STOP, may)
    rollout.prepared('a', true)
    rollout.prepared('c', false)
    expect(await Promise.all(['a', 'b', 'c'].map(rollout.turn))).toEqual([false, false, false])
  })

  it('the canary goes alone; the rest go together when it is good', async () => {
    const rollout = startRollout(['a', 'b', 'c'], STOP, may)
    const had: string[] = []
    for (const host of ['a', 'b', 'c']) rollout.prepared(host, true)
    const others = ['b', 'c'].map(host => rollout.turn(host).then(turn => turn && had.push(host)))
    expect(await rollout.turn('a')).toBe(true)
    expect(had).toEqual([])
    rollout.switched('a', true)
    await Promise.all(others)
    expect(had.sort()).toEqual(['b', 'c'])
  })

  it('a bad canary stops the rest', async () => {
    const rollout = startRollout(['a', 'b'], STOP, may)
    for (const host of ['a', 'b']) rollout.prepared(host, true)
    await rollout.turn('a')
    rollout.switched('a', false)
    expect(await rollout.turn('b')).toBe(false)
  })

  it('records that cannot be asked give no turn, and nobody waits for ever', async () => {
    const rollout = startRollout(['a', 'b'], STOP, () => Promise.reject(new Error('disk full')))
    for (const host of ['a', 'b']) rollout.prepared(host, true)
    expect(await Promise.all(['a', 'b'].map(rollout.turn))).toEqual([false, false])
  })

  it('after a cancel nobody gets a turn, not even those who wait for the canary', async () => {
    const rollout = startRollout(['a', 'b'], STOP, async () => false)
    for (const host of ['a', 'b']) rollout.prepared(host, true)
    expect(await Promise.all(['a', 'b'].map(rollout.turn))).toEqual([false, false])
  })

  it('the first host pulls alone, then the others together; one that never pulls keeps nobody waiting', async () => {
    const rollout = startRollout(['a', 'b', 'c'], STOP, may)
    const order: string[] = []
    const pull = (host: string) => rollout.seeded(host, async () => void order.push(host))
    const others = [pull('b'), pull('c')]
    await Promise.resolve()
    expect(order).toEqual([])
    await pull('a')
    await Promise.all(others)
    expect(order).toEqual(['a', 'b', 'c'])

    const failing = startRollout(['a', 'b'], STOP, may)
    const waiting = failing.seeded('b', async () => 'pulled')
    failing.prepared('a', false)
    expect(await waiting).toBe('pulled')
    const refused = startRollout(['a', 'b'], STOP, may)
    await expect(refused.seeded('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await refused.seeded('b', async () => 'pulled')).toBe('pulled')
  })
})
