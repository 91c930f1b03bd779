import type { Note } from '../../src/event.ts'
import type { CodeOrder } from '../../src/order.ts'
import type { HostSession } from '../../src/ports/hosts.ts'
import type { HostWork } from '../../src/run/host-work.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { HOST, OLD, order } from '../plan/orders.ts'

/** A session of a fake host that serves OLD. */
export async function sessionOfFake(): Promise<HostSession> {
  const opening = await fakeHosts(OLD).open(HOST, { kind: 'look' })
  if (opening.kind === 'closed') throw new Error('the fake host is closed')
  return opening.session
}

/** One host's work where no time passes; its notes are kept. */
export function workOn(
  session: HostSession,
  changes: Partial<CodeOrder> = {},
): HostWork & { readonly notes: readonly Note[] } {
  const notes: Note[] = []
  return {
    order: order(changes),
    host: HOST,
    session,
    maker: { deployment: 'd1', by: 'U01ALICE' },
    digest: undefined,
    clock: { now: () => 0, monotonic: () => 0 },
    secretOf: () => undefined,
    secrets: [],
    pause: async () => {},
    told: () => {},
    note: note => void notes.push(note),
    notes,
  }
}
