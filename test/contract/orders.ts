import type { Host, Order } from '../../src/order.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { NewDeployment } from '../../src/ports/records/creation.ts'
import { type Revision, revisionFrom } from '../../src/revision.ts'
import type { TargetId } from '../../src/target.ts'

/** The smallest true orders, for tests that are not about what is in them. */
export function orderOf(target: TargetId, hosts: readonly Host[]): Order {
  return {
    kind: 'code',
    target,
    revision: revision('4f2c1ab'),
    branch: 'main',
    repo: 'git@git.example.com:team/app.git',
    path: '/srv/app',
    hosts,
    groups: [],
    touch: 'uwsgi.ini',
    preflight: undefined,
    verify: undefined,
    registries: [],
    runAs: undefined,
    owner: undefined,
    batch: undefined,
    onFailure: 'stop',
  }
}

export function host(name: string, address = `${name}.example.com`, port = 22): Host {
  return { name, address, port, user: 'deploy', hostKeys: [] }
}

export function revision(start: string): Revision {
  const full = revisionFrom(start.padEnd(40, '0'))
  if (full === undefined) throw new Error(`${start} does not start a revision`)
  return full
}

/** `id` is the trigger too, unless another is given. */
export function newDeployment(
  id: string,
  {
    service = 'app',
    environment = 'production',
    hosts = [host('web1')],
    trigger = `trigger-${id}`,
  }: {
    readonly service?: string
    readonly environment?: string
    readonly hosts?: readonly Host[]
    readonly trigger?: string
  } = {},
): NewDeployment {
  return {
    id,
    trigger,
    approval: undefined,
    order: orderOf({ service, environment }, hosts),
    ref: 'main',
    isRollback: false,
    changes: undefined,
    requestedBy: 'U01ALICE',
    origin: { kind: 'slack', channel: 'C01GEN' },
  }
}

/** A clock that stands until it is told to go on. */
export interface HandClock extends Clock {
  forward(ms: number): void
}

export function handClock(startMs = 1_700_000_000_000): HandClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    forward: ms => {
      nowMs += ms
    },
  }
}
