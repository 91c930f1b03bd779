import type { CodeOrder, Host, Order, SwapOrder } from '../../src/order.ts'
import type { Circumstances } from '../../src/plan/circumstances.ts'
import type { ContainerFacts, Facts } from '../../src/plan/facts.ts'
import { type Replica, replicasOf } from '../../src/plan/replica.ts'
import { type Revision, revisionFrom } from '../../src/revision.ts'

/** A revision of one repeated digit. */
export function revision(digit: string): Revision {
  const made = revisionFrom(digit.repeat(40))
  if (!made) throw new Error(`${digit} is no hex digit`)
  return made
}

export const OLD = revision('a')
export const NEW = revision('b')

export const HOST: Host = { name: 'web1', address: '10.0.0.11', port: 22, user: 'deploy', hostKeys: [] }

/** A group of one container, which nothing has to be told about. */
export const ALONE = {
  replicas: undefined,
  startupMs: 0,
  beforeReplace: undefined,
  afterReplace: undefined,
} as const

export function order(changes: Partial<CodeOrder> = {}): CodeOrder {
  return {
    kind: 'code',
    target: { service: 'creator', environment: 'production' },
    revision: NEW,
    branch: 'main',
    repo: 'git@example.com:creator.git',
    path: '/srv/creator',
    hosts: [HOST],
    groups: [
      {
        name: 'creator',
        image: 'registry.example.com/creator:latest',
        mirrors: [],
        mount: '/app',
        run: ['-P'],
        env: {},
        stop: { signal: 'SIGTERM', graceMs: 30_000 },
        healthyMs: 60_000,
        ...ALONE,
      },
    ],
    registries: [],
    touch: '.reload',
    preflight: undefined,
    verify: {
      url: 'http://127.0.0.1:{port:8000}/',
      in: { header: 'X-Revision' },
      timeoutMs: 30_000,
      hits: 5,
    },
    runAs: undefined,
    owner: undefined,
    batch: undefined,
    onFailure: 'stop',
    ...changes,
  }
}

export const IMAGE = `registry.example.com/creator@sha256:${'d'.repeat(64)}`

export function swapOrder(kind: SwapOrder['kind'], changes: Partial<SwapOrder> = {}): SwapOrder {
  return { ...order(), kind, image: IMAGE, mirrors: [], ...changes }
}

/** The only container of an order's first group, or one of several. */
export function replica(about: Pick<Order, 'groups'> = order(), index = 0): Replica {
  const found = replicasOf(about)[index]
  if (!found) throw new Error('the order has no such container')
  return found
}

export function container(changes: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    id: 'c1',
    state: 'running',
    startedAt: '2026-11-21T00:00:00Z',
    restarts: 0,
    imageId: 'sha256:1',
    image: undefined,
    deployment: undefined,
    ports: new Map([[8000, 49153]]),
    ...changes,
  }
}

/** A host on which everything is as a deploy hopes: the old revision runs, the new one is fetched. */
export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    missingTools: [],
    checkout: 'repo',
    gitError: undefined,
    head: OLD,
    origin: 'git@example.com:creator.git',
    hasRevision: true,
    hasEdits: false,
    holder: undefined,
    wouldLose: false,
    touchInDiff: [],
    inode: '1:2',
    mountsKnown: ['c1 2026-11-21T00:00:00Z 1:2'],
    dockerError: undefined,
    containers: new Map([['creator', container()]]),
    running: ['creator'],
    drained: new Map(),
    ...changes,
  }
}

export function circumstances(
  changes: Partial<Facts> = {},
  more: Partial<Circumstances> = {},
): Circumstances {
  return {
    host: HOST,
    facts: facts(changes),
    maker: { deployment: 'd1', by: 'U01ALICE' },
    digest: undefined,
    secretOf: () => undefined,
    ...more,
  }
}
