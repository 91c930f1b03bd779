import { describe, expect, it } from 'vitest'
import { CUT_SHORT, readContainers, readFacts } from '../../src/plan/facts.ts'
import { OLD } from './orders.ts'

const inspected = (changes: object = {}) => ({
  Id: 'c1',
  Name: '/creator',
  Image: 'sha256:1',
  RestartCount: 0,
  State: { Status: 'running', StartedAt: '2026-11-21T00:00:00Z' },
  HostConfig: { NetworkMode: 'bridge' },
  NetworkSettings: { Ports: { '8000/tcp': [{ HostIp: '0.0.0.0', HostPort: '49153' }], '9000/udp': null } },
  ...changes,
})

const said = `::td missing
::td checkout repo
::td inode 1:2
::td head ${OLD}
::td origin git@example.com:creator.git
::td has yes
::td docker-error
::td docker
`

describe('what a look says', () => {
  it('becomes facts', () => {
    const facts = readFacts(`${said}${JSON.stringify([inspected()])}`)
    expect(facts).toMatchObject({
      missingTools: [],
      checkout: 'repo',
      head: OLD,
      hasRevision: true,
      wouldLose: false,
    })
    expect(facts.dockerError).toBeUndefined()
    expect(facts.containers.get('creator')?.ports).toEqual(new Map([[8000, 49153]]))
  })

  it.each([['changed yes'], ['in-the-way yes'], [`unmerged ${OLD}`]])(
    '%s is something that a reset would lose',
    line => {
      expect(readFacts(`::td ${line}\n${said}[]`).wouldLose).toBe(true)
    },
  )

  it('names every missing tool', () => {
    expect(readFacts('::td missing docker flock\n').missingTools).toEqual(['docker', 'flock'])
  })

  it('takes no head that is not a full revision', () => {
    expect(readFacts('::td head main\n').head).toBeUndefined()
  })

  it.each([
    ['before Docker answered', '::td checkout repo\n'],
    ['in the middle of an answer', `${said}${JSON.stringify([inspected()]).slice(0, -9)}`],
    ['just before an answer', said],
  ])('cut short %s is none: what is missing was not seen to be absent', (_where, output) => {
    expect(readFacts(output).dockerError).toBe(CUT_SHORT)
  })
})

describe('docker inspect', () => {
  it('on the host’s network has every port as its own', () => {
    const [found] = readContainers(
      JSON.stringify([inspected({ HostConfig: { NetworkMode: 'host' } })]),
    ).values()
    expect(found?.ports).toBe('host-network')
  })
  it.each(['', '[]', 'Error: no such object'])('%j is no container', text => {
    expect(readContainers(text).size).toBe(0)
  })
})
