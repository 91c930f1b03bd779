import { describe, expect, it } from 'vitest'
import type { Verify } from '../../src/order.ts'
import { answerText, carries, type Next, next, type Watch } from '../../src/plan/proof.ts'
import type { Answer } from '../../src/ports/hosts.ts'
import { NEW, OLD, order } from './orders.ts'

const { verify } = order()
if (!verify) throw new Error('the order has no verify')
const start: Watch = {
  rung: 'served',
  elapsedMs: 100,
  sinceTouchMs: 100,
  touches: 1,
  inARow: 0,
  last: 'other',
  isMixed: false,
  count: 'not-asked',
  mustCount: false,
}
const wait: Next = { kind: 'wait' }
const again: Next = { kind: 'touch-again' }
const giveUp: Next = { kind: 'give-up' }

describe('what proves a deploy', () => {
  it.each<[string, Partial<Watch>, Next]>([
    ['the old answer: wait', {}, wait],
    ['one right answer: wait for more', { last: 'wanted', inARow: 1 }, wait],
    ['five right answers in a row', { last: 'wanted', inARow: 5 }, { kind: 'proved', proof: 'served' }],
    [
      'right answers that old ones came between: wait for four times as many',
      { last: 'wanted', inARow: 19, isMixed: true },
      wait,
    ],
    ['… and they come', { last: 'wanted', inARow: 20, isMixed: true }, { kind: 'proved', proof: 'served' }],
    [
      'right answers, but a reload by the reset must be told from ours',
      { last: 'wanted', inARow: 9, mustCount: true, count: 'still' },
      wait,
    ],
    [
      '… and it is',
      { last: 'wanted', inARow: 9, mustCount: true, count: 'moved' },
      { kind: 'proved', proof: 'served' },
    ],
    ['the old answer for 6 s: the touch was lost', { sinceTouchMs: 6_000, elapsedMs: 6_000 }, again],
    ['no answer for 6 s: it boots', { sinceTouchMs: 6_000, elapsedMs: 6_000, last: 'none' }, wait],
    ['a container we started needs no touch', { sinceTouchMs: 9_000, touches: 0 }, wait],
    ['time is over', { elapsedMs: 30_000 }, giveUp],
    ['time is over, and no answer', { elapsedMs: 30_000, last: 'none' }, giveUp],
  ])('served: %s', (_, changes, expected) => {
    expect(next({ ...start, ...changes }, verify, verify.timeoutMs)).toEqual(expected)
  })

  it.each<[string, Partial<Watch>, Next]>([
    [
      'the count moved and the answer is right',
      { count: 'moved', last: 'wanted' },
      { kind: 'proved', proof: 'reloaded' },
    ],
    ['the count moved, the answer is wrong', { count: 'moved', last: 'other' }, wait],
    ['no count for 6 s', { count: 'still', sinceTouchMs: 6_000 }, again],
    [
      'no count for 6 s after two touches',
      { count: 'still', sinceTouchMs: 6_000, touches: 2 },
      { kind: 'settle-for-running' },
    ],
    ['time is over', { count: 'still', elapsedMs: 30_000 }, giveUp],
  ])('reloaded: %s', (_, changes, expected) => {
    expect(next({ ...start, rung: 'reloaded', ...changes }, verify, verify.timeoutMs)).toEqual(expected)
  })

  it.each<[string, Partial<Watch>, Next]>([
    ['not yet 5 s', { sinceTouchMs: 4_900, last: 'wanted' }, wait],
    [
      '5 s and the right answer',
      { sinceTouchMs: 5_000, last: 'wanted' },
      { kind: 'proved', proof: 'running' },
    ],
    ['5 s and the wrong answer', { sinceTouchMs: 5_000, last: 'other' }, wait],
    ['time is over', { elapsedMs: 30_000, sinceTouchMs: 30_000, last: 'none' }, giveUp],
  ])('running: %s', (_, changes, expected) => {
    expect(next({ ...start, rung: 'running', ...changes }, verify, verify.timeoutMs)).toEqual(expected)
  })

  it('without verify, 5 s without a restart are all that can be had', () => {
    const watch = { ...start, rung: 'running', sinceTouchMs: 5_000, last: 'none' } as const
    expect(next(watch, undefined, 30_000)).toEqual({ kind: 'proved', proof: 'running' })
  })
})

describe('an answer', () => {
  const answer = (changes: Partial<Answer & { status: 'answered' }>): Answer => ({
    status: 'answered',
    code: 200,
    headers: {},
    body: '',
    ...changes,
  })

  it('carries the revision in the header named, whatever its case', () => {
    expect(carries(answer({ headers: { 'x-revision': ` ${NEW}` } }), verify, NEW)).toBe(true)
    expect(carries(answer({ headers: { 'x-revision': OLD } }), verify, NEW)).toBe(false)
    expect(carries(answer({ body: NEW }), verify, NEW)).toBe(false)
  })
  it('carries nothing on an error page', () => {
    expect(carries(answer({ code: 500, headers: { 'x-revision': NEW } }), verify, NEW)).toBe(false)
  })
  it('carries a short revision never: seven digits prove nothing', () => {
    expect(carries(answer({ headers: { 'x-revision': NEW.slice(0, 7) } }), verify, NEW)).toBe(false)
  })
  it('carries it anywhere in the body when the configuration says so', () => {
    expect(carries(answer({ body: `{"rev":"${NEW}"}` }), { ...verify, in: 'body' }, NEW)).toBe(true)
  })
  it('that has the revision in its body is told as that revision', () => {
    const inBody: Verify = { ...verify, in: 'body' }
    expect(answerText(answer({ body: `rev ${NEW}` }), inBody, NEW)).toBe(NEW)
    expect(answerText(answer({ body: `rev ${OLD}` }), inBody, NEW)).toBe('HTTP 200 without the revision')
  })
  it.each<[Answer, string]>([
    [answer({ headers: { 'x-revision': OLD } }), OLD],
    [answer({ code: 500 }), 'HTTP 500'],
    [answer({}), 'HTTP 200 without X-Revision'],
    [{ status: 'unanswered', detail: 'connection refused', linkLost: false }, 'connection refused'],
  ])('is told in words of the wire', (given, expected) => {
    expect(answerText(given, verify, NEW)).toBe(expected)
  })
})
