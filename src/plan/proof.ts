import type { Proof } from '../host-result.ts'
import type { Verify } from '../order.ts'
import type { Answer } from '../ports/hosts.ts'
import type { Revision } from '../revision.ts'
import { saidIn } from './facts.ts'

/** After this long without a sign of a reload the file is touched again: uWSGI forgets touches made while it boots. */
export const TOUCH_AGAIN_MS = 6_000
/** Without a way to count reloads, this long without a restart is all that can be said. */
const RUNNING_MS = 5_000
/** Touches without a counted reload before we settle for less: `touch-chain-reload` reloads without counting. */
const TOUCHES_COUNTED = 2
/** Where new and old answers come in turn, `hits` in a row may all be those of the first new worker. */
const TIMES_HITS_MIXED = 4

/** What a container says about its reloads. */
export interface Count {
  readonly isUwsgi: boolean
  /** -1 until the first reload: uWSGI sets its variable only then. */
  readonly reloads: number
}

/** Reads what `do_reloads` in container.sh prints. */
export function readCount(output: string): Count {
  const said = new Map(saidIn(output))
  const reloads = said.get('reloads')
  return { isUwsgi: said.get('uwsgi') === 'yes', reloads: reloads ? Number(reloads) : -1 }
}

/** What has been seen since the activation began to be proved. */
export interface Watch {
  /** The best proof that can be had here. */
  readonly rung: Proof
  /** Since the first touch, or since the container was started. */
  readonly elapsedMs: number
  readonly sinceTouchMs: number
  /** 0: a freshly started container needs none. */
  readonly touches: number
  /** Answers in a row with the ordered revision. */
  readonly inARow: number
  readonly last: 'wanted' | 'other' | 'none'
  /** The ordered revision was answered, and then another one: workers are renewed one by one. */
  readonly isMixed: boolean
  /** uWSGI's count of reloads against the one before the touch. */
  readonly count: 'moved' | 'still' | 'not-asked'
  /** A reload set off by the reset came first, so answers alone do not show the one that was asked for. */
  readonly mustCount: boolean
}

export type Next =
  | { readonly kind: 'wait' }
  | { readonly kind: 'touch-again' }
  | { readonly kind: 'settle-for-running' }
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'give-up' }

const WAIT: Next = { kind: 'wait' }

/** Rules in one place: what proves a deploy, when to touch again, when to stop waiting. */
export function next(watch: Watch, verify: Verify | undefined, timeoutMs: number): Next {
  const answers = !verify || watch.last === 'wanted'
  const hits = (verify?.hits ?? 1) * (watch.isMixed ? TIMES_HITS_MIXED : 1)
  const isOver = watch.elapsedMs >= timeoutMs
  switch (watch.rung) {
    case 'served':
      if (watch.inARow >= hits && (!watch.mustCount || watch.count === 'moved')) return proved('served')
      if (isOver) return { kind: 'give-up' }
      // Still the old answer: it is up and has not reloaded. No answer: it is booting, and would forget a touch.
      return watch.last !== 'none' && isTouchDue(watch) ? { kind: 'touch-again' } : WAIT
    case 'reloaded':
      if (watch.count === 'moved' && answers) return proved('reloaded')
      if (isOver) return { kind: 'give-up' }
      if (!isTouchDue(watch)) return WAIT
      return watch.touches < TOUCHES_COUNTED ? { kind: 'touch-again' } : { kind: 'settle-for-running' }
    case 'running':
      if (watch.sinceTouchMs >= RUNNING_MS && answers) return proved('running')
      return isOver ? { kind: 'give-up' } : WAIT
  }
}

function isTouchDue(watch: Watch): boolean {
  return watch.touches > 0 && watch.sinceTouchMs >= TOUCH_AGAIN_MS
}

function proved(proof: Proof): Next {
  return { kind: 'proved', proof }
}

/** Does the answer name the ordered revision? */
export function carries(answer: Answer, verify: Verify, revision: Revision): boolean {
  // An error page may carry the header, too: it proves that something answers, not that it serves.
  if (answer.status !== 'answered' || answer.code >= 500) return false
  if (verify.in === 'body') return answer.body.includes(revision)
  return answer.headers[verify.in.header.toLowerCase()]?.trim() === revision
}

/** The answer in a few words, for people: the `wanted` revision when it carries that, wherever `verify` looks. */
export function answerText(answer: Answer, verify: Verify, wanted: Revision | undefined): string {
  if (wanted && carries(answer, verify, wanted)) return wanted
  if (answer.status === 'unanswered') return answer.detail
  const named = verify.in === 'body' ? undefined : answer.headers[verify.in.header.toLowerCase()]?.trim()
  if (answer.code >= 400) return `HTTP ${answer.code}`
  if (named) return named
  return verify.in === 'body'
    ? `HTTP ${answer.code} without the revision`
    : `HTTP ${answer.code} without ${verify.in.header}`
}
