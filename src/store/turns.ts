import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'
import type { MessageStore, Turn } from '../ports/messages.ts'
import { LEASE_MS } from '../ports/store.ts'
import type { Records } from './database.ts'
import { type LeaseRow, PUBLISHER, setHeld, take } from './leases.ts'
import { saveTold } from './messages.ts'

const RENEW_EVERY_MS = 4_000
const LOOK_EVERY_MS = 2_000
const WITHIN_MS = 3_000
const RELEASE_WITHIN_MS = 2_000
/** Before it is tried again what the records did not answer. */
const PAUSE_MS = 500

const OWN_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/**
 * The right to tell is a row that its holder renews, by the server's clock. When that clock is set forward, somebody else may
 * take it from one that lives: that one makes the call it is at and no other, for it cannot record it.
 */
export function leasedTurns(records: Records, clock: Clock = OWN_CLOCK): MessageStore['takeTurns'] {
  return (owner, begin) => {
    let isReleased = false
    let alarm = new AbortController()
    let number = 1
    let mine: LeasedTurn | undefined
    let seen: { readonly row: LeaseRow; readonly since: number } | undefined

    async function run(): Promise<void> {
      for (;;) {
        // While the records cannot be asked nobody else can take it either.
        const isDone = await (mine ? renew(mine) : look()).then(
          () => true,
          () => false,
        )
        if (isReleased) return
        alarm = new AbortController()
        const pauseMs = isDone ? (mine ? RENEW_EVERY_MS : LOOK_EVERY_MS) : PAUSE_MS
        await sleep(pauseMs, undefined, { signal: alarm.signal, ref: false }).catch(() => {})
        if (isReleased) return
      }
    }

    async function look(): Promise<void> {
      // Another name each time: what was under way in an earlier turn is none of this one's.
      const lease = { name: PUBLISHER, owner: `${owner}#${number}` }
      const began = instant(clock)
      // The server's clock may have been set back; what did not change for so long by ours is nobody's, whatever it says.
      const lapsed = seen && began.monotonic - seen.since > LEASE_MS ? seen.row : undefined
      const row = await records.writeWithin(WITHIN_MS, async trx =>
        take(trx, await records.now(trx), lease, lapsed),
      )
      if (row) {
        const isSame = seen?.row.owner === row.owner && seen.row.held_until === row.held_until
        if (!isSame) seen = { row, since: clock.monotonic() }
        return
      }
      seen = undefined
      number += 1
      mine = leasedTurn(records, lease.owner, clock, began)
      void mine.over.then(() => {
        mine = undefined
      })
      if (!isReleased) begin(mine)
    }

    async function renew(turn: LeasedTurn): Promise<void> {
      const began = instant(clock)
      const isOurs = await records.writeWithin(WITHIN_MS, async trx =>
        setHeld(trx, turn, (await records.now(trx)) + LEASE_MS),
      )
      if (isOurs) turn.renewed(began)
      else turn.end()
    }

    async function end(): Promise<LeasedTurn | undefined> {
      isReleased = true
      alarm.abort()
      await running
      const last = mine
      last?.end()
      return last
    }

    const running = run()
    return {
      look: () => {
        if (!mine) alarm.abort()
      },
      async release() {
        const last = await end()
        if (last) await records.writeWithin(RELEASE_WITHIN_MS, trx => setHeld(trx, last, 0)).catch(() => {})
      },
      lapse: async () => void (await end()),
    }
  }
}

interface LeasedTurn extends Turn {
  readonly name: typeof PUBLISHER
  readonly owner: string
  /** It was renewed by what began then. */
  renewed(began: Instant): void
  end(): void
}

/** By both clocks: a machine that slept knows it by the first, one whose time was set back goes by the second. */
interface Instant {
  readonly now: number
  readonly monotonic: number
}

function instant(clock: Clock): Instant {
  return { now: clock.now(), monotonic: clock.monotonic() }
}

function leasedTurn(records: Records, owner: string, clock: Clock, began: Instant): LeasedTurn {
  let last = began
  let isOver = false
  let waiting: (() => void)[] = []
  let end = (): void => {}
  const over = new Promise<void>(resolve => {
    end = () => {
      isOver = true
      resolve()
      goOn()
    }
  })

  /** Less than the server counts: from before it was asked. */
  function leftMs(): number {
    const { now, monotonic } = instant(clock)
    return LEASE_MS - Math.max(monotonic - last.monotonic, now - last.now)
  }

  function goOn(): void {
    const all = waiting
    waiting = []
    for (const resolve of all) resolve()
  }

  return {
    name: PUBLISHER,
    owner,
    over,
    end,
    renewed(renewal) {
      last = renewal
      goOn()
    },
    async mayCall(ms) {
      while (!isOver && leftMs() < ms) await new Promise<void>(resolve => waiting.push(resolve))
      return !isOver
    },
    save: told =>
      records.write(async trx => {
        // Held until the transaction ends: whoever takes over in between waits for what is being written.
        const row = await trx
          .selectFrom('leases')
          .select('owner')
          .where('name', '=', PUBLISHER)
          .forShare()
          .executeTakeFirst()
        if (row?.owner !== owner) {
          end()
          throw new Error('another touchdown tells Slack now')
        }
        await saveTold(trx, told)
      }),
  }
}
