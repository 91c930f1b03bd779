import { describe, expect, it } from 'vitest'
import {
  type HostCheck,
  type Machine,
  type Place,
  type PlaceCheck,
  readMachine,
  readNoRepository,
  readPlace,
} from '../../src/plan/check.ts'
import { checkLines, checkSummary, clashText, hostCheckText } from '../../src/sentences/check.ts'
import { aHost } from '../policy/configs.ts'

const host = aHost('web1')
const machine: Machine = {
  missingTools: [],
  git: '2.47.3',
  docker: { version: '26.1.5' },
  disk: { freeKiB: 2_000_000, usedPercent: 20, mountedAt: '/' },
}
const found: Place = {
  denied: undefined,
  checkout: 'repo',
  exists: '/srv/creator',
  unseen: undefined,
  closed: [],
  makeRule: undefined,
  unknownGroup: undefined,
  gitError: undefined,
  disk: { freeKiB: 20_000_000, usedPercent: 20, mountedAt: '/' },
}
const place: PlaceCheck = {
  target: { service: 'creator', environment: 'production' },
  path: '/srv/creator',
  repo: 'git@git.example.com:team/creator.git',
  runAs: undefined,
  owner: undefined,
  found,
  repository: 'answers',
}
const open = (about: Partial<Machine>, ...places: readonly PlaceCheck[]): HostCheck => ({
  host,
  status: 'open',
  machine: { ...machine, ...about },
  beyond: undefined,
  places,
})
const told = (check: HostCheck) => hostCheckText(host, checkLines(check))
const atPlace = (about: Partial<PlaceCheck>) => told(open({}, { ...place, ...about }))
const withPlace = (about: Partial<Place>, more: Partial<PlaceCheck> = {}) =>
  atPlace({ ...more, found: { ...found, ...about } })
const refused = (output: string, more: Partial<PlaceCheck> = {}, code = 128) =>
  atPlace({ ...more, repository: readNoRepository(code, output) })

it('a host where all is well says what it has, a line each', () => {
  expect(told(open({}, place))).toBe(`web1 (deploy@web1.example.com, port 22)
  ok       Reachable; its key is the pinned one.
  ok       Has git 2.47.3, Docker 26.1.5, flock and timeout.
  ok       creator: /srv/creator is a git checkout and can be written. 19 GiB are free there.
  ok       creator: git on the host can read the repository.`)
})

it('F11: a host that has seen more than the records says that they went back in time, and what to do', () => {
  expect(told({ host, status: 'open', machine, beyond: { seen: 57, given: 41 }, places: [] })).toContain(
    'problem  Attempt 57 of this installation was there before, and the records had given no number above 41: the database ' +
      'went back in time, as when an older copy of it is restored. See that no bot runs on a newer copy of it, then run on ' +
      "the bot's machine: touchdown catch-up",
  )
})

describe('a host that cannot be entered', () => {
  const closed = (because: (HostCheck & { status: 'closed' })['because']) =>
    told({ host, status: 'closed', because })
  it.each<[string, string, string]>([
    [
      'is unreachable',
      closed({ kind: 'unreachable', address: 'a', port: 22, detail: 'connect ECONNREFUSED' }),
      'its sshd runs',
    ],
    [
      'is unknown',
      closed({ kind: 'host-key-unknown', offered: 'SHA256:new' }),
      "SHA256:new) is not pinned, so nothing was sent to it. If this is the host's own key, run: touchdown trust web1",
    ],
    [
      'has another key',
      closed({ kind: 'host-key-changed', offered: 'SHA256:new', pinned: ['SHA256:old'] }),
      'The key it offers (SHA256:new) is not the pinned one (SHA256:old). If the host was rebuilt, run: touchdown trust web1',
    ],
    ['refuses our key', closed({ kind: 'key-rejected', user: 'deploy' }), 'authorized_keys of deploy'],
    [
      'has no timeout',
      closed({ kind: 'no-session', detail: 'the program timeout is missing' }),
      '(the program timeout is missing)',
    ],
  ])('%s', (_what, text, part) => {
    expect(text).toContain('  problem  ')
    expect(text).toContain(part)
    expect(text).not.toContain('deploy again')
    expect(text).not.toContain('web1: ')
  })
})

describe('a machine', () => {
  it.each<[string, Partial<Machine>, string]>([
    [
      'without flock and xargs',
      { missingTools: ['flock', 'xargs'] },
      'problem  flock and xargs are missing. On web1, as root (Debian): apt install util-linux findutils',
    ],
    [
      'whose Docker is stopped',
      {
        docker: {
          error:
            'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
        },
      },
      'problem  Docker does not run. On web1, as root: systemctl start docker',
    ],
    [
      'whose Docker is not for this user',
      {
        docker: {
          error:
            'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
        },
      },
      'problem  deploy may not use Docker. On web1, as root: usermod -aG docker deploy',
    ],
    ['whose Docker hangs', { docker: { error: '' } }, 'problem  Docker did not answer within 10 s.'],
    [
      'whose home is full',
      { disk: { freeKiB: 12, usedPercent: 100, mountedAt: '/home' } },
      'problem  The home of deploy lies on a disk (/home) that is full.',
    ],
    [
      'whose home is nearly full',
      { disk: { freeKiB: 3_000_000, usedPercent: 97, mountedAt: '/home' } },
      'warning  The home of deploy lies on a disk (/home) that has 2.9 GiB free and is 97 % full.',
    ],
  ])('%s', (_what, about, part) => {
    expect(told(open(about))).toContain(part)
  })

  it('without Docker is told that it is missing, not that it does not answer', () => {
    const text = told(open({ missingTools: ['docker'], docker: { error: 'sh: docker: not found' } }))
    expect(text).toContain('docker is missing')
    expect(text).not.toContain('could not be asked')
  })

  it('that said nothing is no machine where all is well', () => {
    const lines = checkLines({
      host,
      status: 'open',
      machine: { unanswered: 'the connection was lost' },
      beyond: undefined,
      places: [],
    })
    expect(lines.at(-1)).toEqual({
      grade: 'problem',
      text: 'Its tools could not be looked at: the connection was lost. Run touchdown check again.',
    })
  })
})

describe('a path', () => {
  it.each<[string, string, string]>([
    ['that is empty', withPlace({ checkout: 'empty' }), 'ok       creator: /srv/creator is empty'],
    [
      'that can be made',
      withPlace({ checkout: 'none', exists: '/srv' }),
      'ok       creator: /srv/creator is not there yet',
    ],
    [
      'that cannot be made',
      withPlace({ checkout: 'none', exists: '/srv', closed: ['/srv'] }),
      'problem  creator: /srv/creator is not there, and deploy may not make it in /srv. On web1, as root: install -d -o deploy /srv/creator',
    ],
    [
      'that is something else',
      withPlace({ checkout: 'other' }),
      'problem  creator: /srv/creator holds something that is no git checkout.',
    ],
    [
      'that only others write',
      withPlace({ closed: ['/srv/creator'], gitError: 'fatal: detected dubious ownership' }),
      'problem  creator: deploy may not write in /srv/creator. On web1, as root: chown -R deploy /srv/creator',
    ],
    [
      'of another owner',
      withPlace({ gitError: "fatal: detected dubious ownership in repository at '/srv/creator'" }),
      'problem  creator: git refuses /srv/creator, because another user than deploy owns it.',
    ],
    [
      'whose git data is damaged',
      withPlace({ gitError: 'fatal: not a git repository: /srv/creator/.git' }),
      'Move it away: the next deploy clones it anew.',
    ],
    [
      'with little room',
      withPlace({ disk: { freeKiB: 1_000_000, usedPercent: 50, mountedAt: '/srv' } }),
      'warning  creator: /srv/creator lies on a disk (/srv) that has 1.0 GiB free and is 50 % full.',
    ],
    [
      'that sudo does not open',
      withPlace(
        { denied: { programs: ['test', 'stat'], says: 'sudo: a password is required' } },
        { runAs: 'creator' },
      ),
      'into /etc/sudoers.d/touchdown: deploy ALL=(creator) NOPASSWD: ALL',
    ],
    [
      'of a user who does not exist',
      withPlace({ denied: { programs: ['test'], says: 'sudo: unknown user creator' } }, { runAs: 'creator' }),
      'run_as names creator, a user that web1 does not have.',
    ],
    [
      'that cannot be seen',
      withPlace({ checkout: 'none', exists: '/srv', unseen: '/srv', closed: ['/srv'] }),
      'problem  creator: deploy may not enter /srv, so whether /srv/creator is there cannot be seen. On web1, as root: chmod a+x /srv; or correct path',
    ],
    [
      'that sudo does not let it make for its owner',
      withPlace(
        { checkout: 'none', exists: '/srv', makeRule: 'deploy ALL=(root) NOPASSWD: /usr/bin/install -d …' },
        { owner: { user: 'deploy', group: 'web' } },
      ),
      'problem  creator: /srv/creator is not there, and sudo does not let deploy make it for deploy and the group web. On web1, as root, write into /etc/sudoers.d/touchdown: deploy ALL=(root) NOPASSWD: /usr/bin/install -d …',
    ],
    [
      'for a group that is not there',
      withPlace(
        { checkout: 'none', exists: '/srv', unknownGroup: 'web' },
        { owner: { user: undefined, group: 'web' } },
      ),
      'web1 has no group web, to which /srv/creator is to belong. Make it there (groupadd)',
    ],
    [
      'that can be made for its owner',
      withPlace({ checkout: 'none', exists: '/srv' }, { owner: { user: 'deploy', group: undefined } }),
      'ok       creator: /srv/creator is not there yet and can be made for deploy: the first deploy clones into it.',
    ],
    [
      'that was not seen',
      atPlace({ found: { unanswered: 'the connection was lost' } }),
      'problem  creator: /srv/creator could not be looked at: the connection was lost.',
    ],
  ])('%s', (_what, text, part) => {
    expect(text).toContain(part)
  })
})

describe('a repository that the host cannot read', () => {
  it.each<[string, string, string]>([
    [
      'because the key is refused',
      refused('::td keys .ssh/id_ed25519 \ngit@git.example.com: Permission denied (publickey).'),
      'On web1, as deploy: ssh-keygen -y -f ~/.ssh/id_ed25519 prints the public key',
    ],
    [
      'because there is no key',
      refused('::td keys \ngit@git.example.com: Permission denied (publickey).', { runAs: 'creator' }),
      'On web1, as creator: ssh-keygen -t ed25519 -N "" -f ~/.ssh/id_ed25519',
    ],
    [
      'because the server is not known',
      refused('Host key verification failed.\nfatal: Could not read from remote repository.'),
      'publishes: ssh-keyscan -t ed25519 git.example.com >>~/.ssh/known_hosts',
    ],
    [
      'because the server is not known at a port of its own',
      refused('Host key verification failed.', { repo: 'ssh://git@git.example.com:2222/team/creator.git' }),
      'ssh-keyscan -p 2222 -t ed25519 git.example.com >>',
    ],
    [
      'because the server has a new key',
      refused('@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', {
        repo: 'ssh://git@git.example.com:2222/team/creator.git',
      }),
      "ssh-keygen -R '[git.example.com]:2222'",
    ],
    [
      'because it is not there',
      refused("fatal: '/home/git/creator.git' does not appear to be a git repository"),
      'The git server shows deploy no such repository',
    ],
    [
      'because a password is asked for',
      refused("fatal: could not read Username for 'https://git.example.com': terminal prompts disabled", {
        repo: 'https://git.example.com/team/creator.git',
      }),
      'Use its SSH address for repo (git@git.example.com:…)',
    ],
    ['because nothing answers', refused('', {}, 124), '(no answer within 15 s)'],
    [
      'because its name is unknown',
      refused('ssh: Could not resolve hostname git.example.com: Name or service not known'),
      'may connect to git.example.com (firewall, proxy, DNS)',
    ],
    [
      'for a reason that nobody told',
      atPlace({ repository: { code: undefined, output: '', keys: [] } }),
      'the step had no answer',
    ],
  ])('%s', (_what, text, part) => {
    expect(text).toContain('  problem  creator: ')
    expect(text).toContain(part)
  })

  it('has nothing in its words that moves a cursor', () => {
    expect(refused('ERROR: \u001b[2Jgone\u202e')).not.toMatch(/[\u001b\u202e]/)
  })
})

it('clashes are told with what to change', () => {
  const targets = [place.target, { service: 'creator', environment: 'staging' }]
  expect(clashText({ kind: 'path', what: '/srv/creator', targets, hosts: ['web1'] })).toBe(
    "creator and creator to staging share the path /srv/creator on web1, so each deploy of one replaces the other's code. Give each a path of its own in touchdown.yml.",
  )
  expect(clashText({ kind: 'container', what: 'app', targets, hosts: ['web1'] })).toContain(
    'share the container name app on web1',
  )
  expect(clashText({ kind: 'users', hosts: [host, { ...aHost('alias'), user: 'ops' }] })).toContain(
    'web1 as deploy and alias as ops lead to one machine',
  )
})

describe('the last line', () => {
  const lines = (grade: 'ok' | 'warning' | 'problem') => [{ grade, text: '' }]
  it.each([
    [[], 'names no host'],
    [[['web1', lines('ok')]], 'The host is ready for deploys.'],
    [
      [
        ['web1', lines('ok')],
        ['web2', lines('warning')],
      ],
      'All 2 hosts are ready for deploys. There are warnings',
    ],
    [
      [
        ['web1', lines('problem')],
        ['web2', lines('ok')],
        ['web3', lines('problem')],
      ],
      'web1 and web3 have problems',
    ],
  ] as const)('of %j', (checks, text) => {
    expect(checkSummary(checks, [])).toContain(text)
  })

  it('tells of clashes, too', () => {
    const clash = { kind: 'users', hosts: [] } as const
    expect(checkSummary([['web1', lines('ok')]], [clash])).toContain('There are warnings')
  })
})

describe('what a host says is read', () => {
  it('of its tools', () => {
    const output =
      '::td missing flock\n::td git git version 2.47.3\n::td docker 26.1.5+dfsg1\n::td disk 2000 97% /home dir\n'
    expect(readMachine(output)).toEqual({
      missingTools: ['flock'],
      git: '2.47.3',
      docker: { version: '26.1.5+dfsg1' },
      disk: { freeKiB: 2000, usedPercent: 97, mountedAt: '/home dir' },
    })
  })

  it('of nothing as no answer, never as well', () => {
    const answer = { unanswered: 'the answer made no sense' }
    expect(readMachine('')).toEqual(answer)
    expect(readPlace('::td exists /srv')).toEqual(answer)
  })
})
