import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silenceOf } from '../../src/cli/silence.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const clock = { monotonic: () => performance.now() }

describe('how long the records are silent', () => {
  it('is asked once a second at most, however often one wants to know', async () => {
    const ask = vi.fn(async () => {})
    const silentMs = silenceOf(ask, clock)
    expect(await Promise.all(Array.from({ length: 100 }, silentMs))).toEqual(Array(100).fill(0))
    vi.advanceTimersByTime(999)
    expect(await silentMs()).toBe(0)
    expect(ask).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1)
    expect(await silentMs()).toBe(0)
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('begins with the question that failed, and ends with the one that is answered', async () => {
    let isDown = true
    const silentMs = silenceOf(() => {
      if (!isDown) return Promise.resolve()
      throw new Error('disk I/O error')
    }, clock)
    expect(await silentMs()).toBeGreaterThan(0)
    vi.advanceTimersByTime(30_000)
    expect(await silentMs()).toBe(30_000)
    isDown = false
    vi.advanceTimersByTime(1_000)
    expect(await silentMs()).toBe(0)
  })

  it('is told after 2 s when no answer comes, and no second question joins the first', async () => {
    let answer = () => {}
    const answers = new Promise<void>(resolve => (answer = resolve))
    const ask = vi.fn(() => answers)
    const silentMs = silenceOf(ask, clock)
    const first = silentMs()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await first).toBe(2_000)
    await vi.advanceTimersByTimeAsync(60_000)
    const later = silentMs()
    await vi.advanceTimersByTimeAsync(0)
    expect(await later).toBeGreaterThanOrEqual(62_000)
    expect(ask).toHaveBeenCalledTimes(1)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(await silentMs()).toBe(0)
    expect(ask).toHaveBeenCalledTimes(2)
  })
})
