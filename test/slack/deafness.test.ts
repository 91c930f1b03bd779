import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchDeafness } from '../../src/slack/deafness.ts'

const MINUTE = 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** A bot whose clock we move; it is asleep while `slept` ms pass, so no timer of its own runs. */
function bot(limitMs?: number) {
  let now = 1_000_000
  let isConnected = false
  const onLimit = vi.fn()
  const deafness = watchDeafness({
    isConnected: () => isConnected,
    clock: { monotonic: () => now },
    limitMs,
    onLimit,
  })
  return {
    deafness,
    onLimit,
    connect: () => (isConnected = true),
    cut: () => (isConnected = false),
    lives(ms: number) {
      for (let passed = 0; passed < ms; passed += 1_000) {
        now += 1_000
        vi.advanceTimersByTime(1_000)
      }
    },
    sleeps(ms: number) {
      now += ms
    },
  }
}

describe('a bot that Slack cannot be heard by', () => {
  it('has reached the limit when it was so from the start, once', () => {
    const { onLimit, lives, deafness } = bot(5 * MINUTE)
    lives(5 * MINUTE - 1_000)
    expect(onLimit).not.toHaveBeenCalled()
    expect(deafness.deafMs()).toBe(5 * MINUTE - 1_000)
    lives(5 * MINUTE)
    expect(onLimit).toHaveBeenCalledTimes(1)
  })

  it('counts from when the connection was lost, and anew after each connection', () => {
    const { onLimit, lives, connect, cut, deafness } = bot(5 * MINUTE)
    lives(4 * MINUTE)
    connect()
    lives(60 * MINUTE)
    expect(deafness.deafMs()).toBe(0)
    cut()
    lives(4 * MINUTE)
    expect(deafness.deafMs()).toBe(4 * MINUTE)
    connect()
    lives(1_000)
    cut()
    lives(4 * MINUTE)
    expect(onLimit).not.toHaveBeenCalled()
    lives(MINUTE)
    expect(onLimit).toHaveBeenCalledTimes(1)
  })

  it('gets the whole time to connect after its machine slept, or it was stopped itself', () => {
    const { onLimit, lives, sleeps } = bot(5 * MINUTE)
    lives(4 * MINUTE)
    sleeps(8 * 60 * MINUTE)
    lives(5 * MINUTE)
    expect(onLimit).not.toHaveBeenCalled()
    lives(1_000)
    expect(onLimit).toHaveBeenCalledTimes(1)
  })

  it('goes on trying for ever where the limit is off', () => {
    const { onLimit, lives, deafness } = bot()
    lives(600 * MINUTE)
    expect(onLimit).not.toHaveBeenCalled()
    expect(deafness.deafMs()).toBe(600 * MINUTE)
  })

  it('is not told once nobody watches', () => {
    const { onLimit, lives, deafness } = bot(5 * MINUTE)
    deafness.close()
    lives(6 * MINUTE)
    expect(onLimit).not.toHaveBeenCalled()
  })
})
