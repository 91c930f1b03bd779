import { describe, expect, it } from 'vitest'
import { startRollout } from '../../src/run/rollout.ts'

const may = async () => true

describe('the order of hosts', () => {
  it('nobody switches before everybody has prepared', async () => {
    const rollout = startRollout(['a', 'b'], may)
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
    const rollout = startRollout(['a', 'b', 'c'], may)
    rollout.prepared('a', true)
    rollout.prepared('c', false)
    expect(await Promise.all(['a', 'b', 'c'].map(rollout.turn))).toEqual([false, false, false])
  })

  it('the canary goes alone; the rest go together when it is good', async () => {
    const rollout = startRollout(['a', 'b', 'c'], may)
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
    const rollout = startRollout(['a', 'b'], may)
    for (const host of ['a', 'b']) rollout.prepared(host, true)
    await rollout.turn('a')
    rollout.switched('a', false)
    expect(await rollout.turn('b')).toBe(false)
  })

  it('records that cannot be asked give no turn, and nobody waits for ever', async () => {
    const rollout = startRollout(['a', 'b'], () => Promise.reject(new Error('disk full')))
    for (const host of ['a', 'b']) rollout.prepared(host, true)
    expect(await Promise.all(['a', 'b'].map(rollout.turn))).toEqual([false, false])
  })

  it('after a cancel nobody gets a turn, not even those who wait for the canary', async () => {
    const rollout = startRollout(['a', 'b'], async () => false)
    for (const host of ['a', 'b']) rollout.prepared(host, true)
    expect(await Promise.all(['a', 'b'].map(rollout.turn))).toEqual([false, false])
  })

  it('the first host pulls alone, then the others together; one that never pulls keeps nobody waiting', async () => {
    const rollout = startRollout(['a', 'b', 'c'], may)
    const order: string[] = []
    const pull = (host: string) => rollout.seeded(host, async () => void order.push(host))
    const others = [pull('b'), pull('c')]
    await Promise.resolve()
    expect(order).toEqual([])
    await pull('a')
    await Promise.all(others)
    expect(order).toEqual(['a', 'b', 'c'])

    const failing = startRollout(['a', 'b'], may)
    const waiting = failing.seeded('b', async () => 'pulled')
    failing.prepared('a', false)
    expect(await waiting).toBe('pulled')
    const refused = startRollout(['a', 'b'], may)
    await expect(refused.seeded('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await refused.seeded('b', async () => 'pulled')).toBe('pulled')
  })
})
