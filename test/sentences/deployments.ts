import type { Because } from '../../src/because.ts'
import type { Deployment } from '../../src/deployment.ts'
import type { DeploymentEvent } from '../../src/event.ts'
import type { HostResult, Sighting } from '../../src/host-result.ts'
import type { CodeOrder } from '../../src/order.ts'
import { type Revision, revisionFrom } from '../../src/revision.ts'
import { after, firstView, type View } from '../../src/sentences/view.ts'
import { ALONE } from '../plan/orders.ts'

export const NEW = revision('4f2c1ab')
export const OLD = revision('1a2b3c4')

export function revision(start: string): Revision {
  const found = revisionFrom(start.padEnd(40, '0'))
  if (!found) throw new Error(`${start} does not begin a revision`)
  return found
}

export function anOrder(
  about: Partial<CodeOrder> = {},
  hosts: readonly string[] = ['web1', 'web2'],
): CodeOrder {
  return {
    kind: 'code',
    target: { service: 'creator', environment: 'production' },
    revision: NEW,
    branch: 'master',
    repo: 'git@git.example.com:team/creator.git',
    path: '/srv/creator',
    hosts: hosts.map((name, index) => ({
      name,
      address: `10.0.0.1${index + 1}`,
      port: 22,
      user: 'deploy',
      hostKeys: [],
    })),
    groups: [
      {
        name: 'creator',
        image: 'registry.example.com/creator:latest',
        mirrors: [],
        mount: '/app',
        run: [],
        env: {},
        stop: { signal: 'SIGTERM', graceMs: 10_000 },
        healthyMs: 60_000,
        ...ALONE,
      },
    ],
    touch: 'uwsgi.ini',
    preflight: undefined,
    verify: {
      url: 'http://127.0.0.1:{port:8000}/',
      in: { header: 'X-Revision' },
      timeoutMs: 30_000,
      hits: 3,
    },
    registries: [],
    runAs: undefined,
    owner: undefined,
    batch: undefined,
    onFailure: 'stop',
    ...about,
  }
}

export function aDeployment(about: Partial<Deployment> = {}): Deployment {
  return {
    id: 'd1',
    sequence: 1,
    order: anOrder(),
    ref: 'master',
    isRollback: false,
    changes: undefined,
    requestedBy: 'U01ALICE',
    approval: undefined,
    origin: { kind: 'cli' },
    status: 'running',
    createdAt: 0,
    startedAt: 0,
    endedAt: undefined,
    cancelledBy: undefined,
    resumes: 0,
    ...about,
  }
}

/** The view after a started deployment had these events. */
export function viewAfter(events: readonly DeploymentEvent[], about: Partial<Deployment> = {}): View {
  return events.reduce(after, after(firstView(aDeployment(about)), { kind: 'started', fence: 1 }))
}

/** How each host ended, and the whole. */
export function endedWith(
  results: Readonly<Record<string, HostResult>>,
  ending: (DeploymentEvent & { kind: 'ended' })['ending'],
  durationMs: number,
  about: Partial<Deployment> = {},
): View {
  const ends = Object.entries(results).map(
    ([host, result]) => ({ kind: 'host-ended', host, result, durationMs: 1_700 }) as const,
  )
  return viewAfter([...ends, { kind: 'ended', ending, durationMs }], {
    order: anOrder({}, Object.keys(results)),
    ...about,
  })
}

export function took(proof: (HostResult & { status: 'succeeded' })['proof']): HostResult {
  return { status: 'succeeded', proof, previous: OLD, digest: undefined }
}

export function failed(step: string, because: Because, now?: Sighting): HostResult {
  return { status: 'failed', step, because, now }
}

export function unknown(step: string, because: Because, now?: Sighting): HostResult {
  return { status: 'unknown', step, because, now }
}

export const UNTOUCHED: HostResult = { status: 'untouched' }

export const FULL_DISK: Because = {
  kind: 'exit',
  code: 128,
  output: 'error: unable to create file a: No space left on device\nfatal: Could not reset index file',
}
