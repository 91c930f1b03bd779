import { describe, expect, it } from 'vitest'
import { statusText } from '../../src/sentences/status.ts'
import type { HostStatus, TargetStatus } from '../../src/status-report.ts'
import { NEW, OLD } from './deployments.ts'

const NOW = 10 * 60_000
const DIGEST = `registry.example.com/creator@sha256:${'ab'.repeat(32)}`

function seen(about: Partial<HostStatus & { status: 'seen' }> = {}): HostStatus {
  return {
    host: 'web1',
    status: 'seen',
    now: { head: NEW, served: NEW, container: 'running' },
    checkout: 'repo',
    gitError: undefined,
    dockerError: undefined,
    digest: DIGEST,
    missingTools: [],
    hasEdits: false,
    holder: undefined,
    ...about,
  }
}

const LAST = {
  revision: NEW,
  ref: 'master',
  isRollback: false,
  requestedBy: 'U01ALICE',
  endedAt: NOW - 5 * 60_000,
}

function told(hosts: readonly HostStatus[], about: Partial<TargetStatus> = {}): readonly string[] {
  const target: TargetStatus = {
    target: { service: 'creator', environment: 'production' },
    last: LAST,
    underway: undefined,
    hold: undefined,
    hosts,
    ...about,
  }
  return statusText({ askedAt: NOW, targets: [target] }).split('\n')
}

const FIRST = 'creator: 4f2c1ab (master) was deployed 5 min ago by U01ALICE'
const GOOD = 'serves 4f2c1ab, HEAD 4f2c1ab, container running, image sha256:abababababab'

describe('the status', () => {
  it('tells per host what is served, checked out and run', () => {
    expect(told([seen(), seen({ host: 'web2' })])).toEqual([FIRST, `  web1: ${GOOD}`, `  web2: ${GOOD}`])
  })

  it('says that a deployment waits for somebody to say whether it goes on', () => {
    const underway = {
      revision: NEW,
      status: 'stalled',
      requestedBy: 'U01ALICE',
      since: NOW - 60_000,
    } as const
    expect(told([], { underway })[1]).toBe(
      '  4f2c1ab was interrupted, and waits for Resume or Leave, asked for by U01ALICE 1 min ago',
    )
  })

  it('says which replica is drained and how it is let in, unless a deployment is at it', () => {
    const now = { head: NEW, served: NEW, container: 'running', drained: '2026-11-21T16:40:03Z' }
    const text = 'the container gets no requests: before_replace drained it at 2026-11-21T16:40:03Z'
    expect(told([seen({ now })]).join()).toContain(text)
    const underway = { revision: NEW, status: 'running', requestedBy: 'U01ALICE', since: NOW } as const
    expect(told([seen({ now })], { underway }).join()).not.toContain('drained')
  })

  it('says of a rollback that it has brought the revision back', () => {
    const last = { ...LAST, ref: '4f2c1ab', isRollback: true }
    expect(told([], { last })).toEqual(['creator: 4f2c1ab was brought back 5 min ago by U01ALICE'])
  })

  it('tells of several targets with a line between them', () => {
    const staging = { service: 'creator', environment: 'staging' }
    const none = { last: undefined, underway: undefined, hold: undefined, hosts: [] }
    const text = statusText({
      askedAt: NOW,
      targets: [
        { target: { service: 'api', environment: 'production' }, ...none },
        { target: staging, ...none },
      ],
    })
    expect(text).toBe(
      'api: no deployment is recorded that went well\n\ncreator to staging: no deployment is recorded that went well',
    )
    expect(statusText({ askedAt: NOW, targets: [] })).toBe(
      'No service is configured: touchdown.yml names none.',
    )
  })

  it.each<[string, Partial<HostStatus & { status: 'seen' }>, readonly string[]]>([
    [
      'code that is not loaded',
      { now: { head: NEW, served: OLD, container: 'running' } },
      [
        '  web1: serves 1a2b3c4, HEAD 4f2c1ab, container running, image sha256:abababababab',
        '    The checkout has 4f2c1ab, but 1a2b3c4 is served: was it reloaded? If not, deploy it again: /deploy creator',
      ],
    ],
    [
      'a checkout that somebody moved',
      { now: { head: OLD, served: OLD, container: 'running' } },
      [
        '  web1: serves 1a2b3c4, HEAD 1a2b3c4, container running, image sha256:abababababab',
        '    4f2c1ab was deployed last, but the checkout has another commit: somebody changed it on web1. To have it back, deploy it again: /deploy creator',
      ],
    ],
    [
      'an app that fails, edits and a holder',
      {
        now: { head: NEW, served: 'HTTP 500', container: 'exited' },
        hasEdits: true,
        holder: 'd9 for api.production by U02BOB since 2026-01-01',
        digest: undefined,
      },
      [
        '  web1: answers: HTTP 500, HEAD 4f2c1ab, container exited',
        '    The container is exited: a deploy starts it if it can.',
        '    Files of the checkout were edited on the host: the next deploy keeps them aside and says where.',
        '    The host is held by: d9 for api.production by U02BOB since 2026-01-01',
      ],
    ],
    [
      'Docker that does not run',
      {
        now: { head: NEW, served: undefined, container: undefined },
        digest: undefined,
        dockerError: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the',
      },
      [
        '  web1: HEAD 4f2c1ab',
        '    Docker says: Docker does not run. Start it on web1 (systemctl start docker), look at journalctl -u docker, and ask again.',
      ],
    ],
    [
      'a new host',
      {
        now: { head: undefined, served: undefined, container: 'absent' },
        digest: undefined,
        checkout: 'none',
        missingTools: ['git', 'flock'],
        gitError: 'fatal: something new',
      },
      [
        '  web1: container absent',
        '    git and flock missing on web1: install what is missing.',
        '    There is no checkout yet: the first deploy clones it.',
        '    git says: fatal: something new',
        '    The container is absent: a deploy starts it if it can.',
      ],
    ],
    [
      'a path that holds something else',
      {
        now: { head: undefined, served: undefined, container: undefined },
        digest: undefined,
        checkout: 'other',
      },
      [
        '  web1: nothing could be seen',
        '    The path holds something that is no git checkout: move it away, or correct path in touchdown.yml.',
      ],
    ],
    [
      'a checkout without a commit',
      { now: { head: undefined, served: undefined, container: 'running' }, digest: undefined },
      ['  web1: container running', '    The checkout has no commit yet: the first deploy brings one.'],
    ],
  ])('tells of %s, and what to do', (_what, about, lines) => {
    expect(told([seen(about)])).toEqual([FIRST, ...lines])
  })

  it('says why a host could not be asked', () => {
    const because = { kind: 'host-key-changed', offered: 'SHA256:a', pinned: ['SHA256:b'] } as const
    expect(told([{ host: 'web2', status: 'unreachable', because }]).at(-1)).toBe(
      '  web2: the key it offers (SHA256:a) is not the pinned one (SHA256:b). If the host was rebuilt, run: touchdown trust web2',
    )
  })

  it('tells nobody who only asked to deploy again', () => {
    const because = { kind: 'link-lost', ended: 'not-known' } as const
    expect(told([{ host: 'web2', status: 'unreachable', because }]).at(-1)).toBe(
      '  web2: the connection was lost at look, which changes nothing. Ask again when web2 can be reached.',
    )
  })

  it('finds nothing odd in hosts that a deployment is changing', () => {
    const underway = { revision: OLD, status: 'running', requestedBy: 'U02BOB', since: NOW - 7_000 } as const
    const changing = seen({ now: { head: OLD, served: NEW, container: 'running' } })
    expect(told([changing], { underway })).toEqual([
      FIRST,
      '  1a2b3c4 is being deployed, asked for by U02BOB 7 s ago',
      '  web1: serves 4f2c1ab, HEAD 1a2b3c4, container running, image sha256:abababababab',
    ])
    expect(told([], { underway: { ...underway, status: 'queued' } })[1]).toContain('waits for its turn')
  })

  it('says who has locked it, why and for how long', () => {
    const target = { service: 'creator', environment: 'production' }
    const hold = { target, by: 'U02BOB', reason: 'release `freeze`', since: NOW - 120_000, until: undefined }
    expect(told([], { hold })[1]).toBe("  locked by U02BOB 2 min ago: “release 'freeze'”")
    expect(told([], { hold: { ...hold, until: NOW + 3_600_000 } })[1]).toBe(
      "  locked by U02BOB 2 min ago, for another 1 h: “release 'freeze'”",
    )
  })

  it('says when hosts run different images', () => {
    const other = `registry.example.com/creator@sha256:${'cd'.repeat(32)}`
    expect(told([seen(), seen({ host: 'web2', digest: other })]).at(-1)).toBe(
      '  The hosts run different images: only a container deploy makes them the same.',
    )
  })
})

describe('replicas', () => {
  const of = (name: string, about = {}) => ({
    ...{ name, served: NEW, container: 'running', image: DIGEST },
    ...about,
  })
  const lines = (...replicas: readonly ReturnType<typeof of>[]) =>
    told([seen({ now: { head: NEW, served: NEW, container: 'running', replicas } })]).slice(1)

  it('that are all the same are told once', () => {
    expect(lines(of('creator-1'), of('creator-2'))).toEqual([
      '  web1: HEAD 4f2c1ab, serves 4f2c1ab, 2 replicas running from registry.example.com/creator@sha256:abababababab',
    ])
  })

  it('that differ are told each, with what is odd about which', () => {
    const [line, ...odd] = lines(of('creator-1'), of('creator-2', { served: OLD }), of('creator-3', GONE))
    expect(line).toContain('creator-2: serves 1a2b3c4, container running from')
    expect(line).toContain('creator-3: container exited')
    expect(odd).toEqual([
      expect.stringContaining('but 1a2b3c4 is served by creator-2'),
      '    creator-3 is exited: a deploy starts it if it can.',
    ])
  })
})

const GONE = { served: undefined, container: 'exited', image: undefined }
