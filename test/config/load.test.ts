import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Config, Problem } from '../../src/config/config.ts'
import { loadConfig, loadHost } from '../../src/config/load.ts'
import { ALONE } from '../plan/orders.ts'

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIMBcYcD6wnAZPUpOmrYrqBlzscnI3y/8gUQCEVwystHy'

/** One host, one service; `keys` replaces the service's (undefined leaves one out). */
function file(keys: Record<string, unknown> = {}, hosts: Record<string, unknown> = {}): string {
  const service = {
    repo: 'git@github.com:driftyco/creator.git',
    ref: 'main',
    hosts: ['web1'],
    path: '/srv/creator',
    container: { image: 'creator:latest', mount: '/app' },
    touch: '.reload',
    ...keys,
  }
  const web1 = { address: '10.0.0.11', user: 'deploy' }
  return JSON.stringify({ hosts: { web1, ...hosts }, services: { creator: service } })
}

function container(keys: Record<string, unknown>): Record<string, unknown> {
  return { container: { image: 'creator:latest', mount: '/app', ...keys } }
}

function configOf(text: string): Config {
  const loaded = loadConfig(text, 'touchdown.yml')
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}

function problemsOf(text: string): readonly Problem[] {
  const loaded = loadConfig(text, 'touchdown.yml')
  return 'problems' in loaded ? loaded.problems : []
}

/** `path message` of each problem. */
function told(text: string): readonly string[] {
  return problemsOf(text).map(({ path, message }) => `${path} ${message}`.trim())
}

function target(text: string, environment = 'production') {
  return configOf(text).services.get('creator')?.targets.get(environment)
}

describe('the example', () => {
  const example = readFileSync('touchdown.example.yml', 'utf8')

  it('loads, and uses every key there is', () => {
    const config = configOf(example)
    expect([...config.hosts.keys()]).toEqual(['web1', 'web2', 'stage1'])
    expect(config.services.get('creator')?.targets.get('production')).toMatchObject({
      channel: 'C02CREATOR',
      refs: ['master', 'release/*'],
      hosts: [{ name: 'web1' }, { name: 'web2', hostKeys: [`ssh-ed25519 ${KEY}`] }],
      groups: [
        {
          name: 'creator',
          run: ['-P', '--memory', '512m'],
          env: { WORKERS: '4', STAGE: '{environment}', DB_PASSWORD: { secret: 'CREATOR_DB' } },
          stop: { signal: 'SIGTERM', graceMs: 30_000 },
          mirrors: ['registry2.example.com/driftyco/creator'],
          healthyMs: 60_000,
          replicas: 2,
          startupMs: 5_000,
          beforeReplace: ['/usr/local/bin/drain', '{service}/{replica}'],
          afterReplace: ['/usr/local/bin/undrain', '{service}/{replica}'],
        },
      ],
      verify: {
        url: 'http://127.0.0.1:{port:8000}/',
        in: { header: 'X-Revision' },
        timeoutMs: 30_000,
        hits: 5,
      },
      preflight: ['python3', '-c', 'import wsgi'],
      runAs: 'creator',
      owner: { user: 'creator', group: 'www-data' },
      batch: { percent: 25 },
      onFailure: 'stop',
      approval: 'container',
      approvalTimeoutMs: 900_000,
      rebuildOn: ['Dockerfile*', 'requirements*.txt'],
      registries: [
        {
          name: 'registry.example.com',
          username: 'touchdown',
          password: { secret: 'REGISTRY_PASSWORD' },
        },
      ],
    })
    const known = told(
      'hosts: {w: {x: 1}}\nregistries: {r.example: {zz: 1}}\nservices: {a: {zz: 1, container: {zz: 1, stop: {zz: 1}}, verify: {zz: 1}}}',
    )
    const keys = known.flatMap(line => /Known are (.*)\.$/.exec(line)?.[1]?.split(', ') ?? [])
    expect(keys.length).toBeGreaterThan(30)
    expect(keys.filter(key => !new RegExp(`\\b${key}:`).test(example))).toEqual([])
  })

  it('shows an environment that overrides some keys, inside the container too', () => {
    expect(configOf(example).services.get('creator')?.targets.get('staging')).toMatchObject({
      hosts: [{ name: 'stage1' }],
      ref: 'develop',
      approval: 'none',
      path: '/srv/creator',
      groups: [{ mount: '/app', run: ['-P'], env: { WORKERS: '1', DB_PASSWORD: { secret: 'CREATOR_DB' } } }],
    })
  })
})

describe('what is left out', () => {
  it('has a default', () => {
    expect(configOf(file()).hosts.get('web1')).toEqual({
      name: 'web1',
      address: '10.0.0.11',
      port: 22,
      user: 'deploy',
      hostKeys: [],
    })
    expect(target(file())).toMatchObject({
      channel: undefined,
      refs: [],
      groups: [
        {
          name: 'creator',
          mirrors: [],
          run: [],
          env: {},
          stop: { signal: 'SIGTERM', graceMs: 30_000 },
          healthyMs: 60_000,
          ...ALONE,
        },
      ],
      approvalTimeoutMs: 900_000,
      rebuildOn: expect.arrayContaining([
        'Dockerfile*',
        'requirements*.txt',
        'package*.json',
        'Gemfile.lock',
      ]),
      registries: [],
      verify: undefined,
      preflight: undefined,
      runAs: undefined,
      owner: undefined,
      batch: undefined,
      onFailure: 'stop',
      approval: 'container',
    })
  })

  it('lets nobody deploy and nobody approve', () => {
    expect(target(file())).toMatchObject({ deployers: [], approvers: [] })
    expect(target(file({ deployers: ['U01ALICE'] }))).toMatchObject({ approvers: ['U01ALICE'] })
    expect(target(file({ deployers: ['U01ALICE'], approvers: [] }))).toMatchObject({ approvers: [] })
  })

  it('is a problem when the service cannot do without', () => {
    for (const key of ['repo', 'ref', 'hosts', 'path', 'container', 'touch']) {
      expect(told(file({ [key]: undefined, environments: { staging: {} } }))).toEqual([
        expect.stringMatching(`^services.creator.${key} is missing; it must be `),
      ])
    }
  })

  it('may stand in an entry for production', () => {
    const text = file({ ref: undefined, environments: { production: { ref: 'stable' } } })
    expect(target(text)?.ref).toBe('stable')
  })
})

describe('a fault', () => {
  const host = (keys: Record<string, unknown>) =>
    file({}, { web2: { address: '10.0.0.12', user: 'deploy', ...keys } })
  it.each<[string, string, string]>([
    [
      'an unknown key',
      file({ aprovers: ['U02BOB'] }),
      'services.creator.aprovers is not a key that is known here. Did you mean `approvers`?',
    ],
    [
      'a key of a later version',
      file({ replicas: 2 }),
      'services.creator.replicas is not a key that is known here. Known are channel, repo',
    ],
    [
      'a misspelt environments',
      file({ enviroments: {} }),
      'services.creator.enviroments is not a key that is known here. Did you mean `environments`?',
    ],
    [
      'an unknown key of a host',
      host({ prot: 22 }),
      'hosts.web2.prot is not a key that is known here. Did you mean `port`?',
    ],
    ['a jump host', host({ proxy_jump: 'x' }), 'hosts.web2.proxy_jump is not supported yet'],
    [
      'an unknown host',
      file({ hosts: ['wbe1'] }),
      'services.creator.hosts[0] must be a host of this file, but `wbe1` was found. Did you mean `web1`?',
    ],
    [
      'a host named twice',
      file({ hosts: ['web1', 'web1'] }),
      'services.creator.hosts[1] names `web1` a second time.',
    ],
    ['no hosts', file({ hosts: [] }), 'services.creator.hosts must name at least one host.'],
    [
      'an option as an address',
      host({ address: '-oProxyCommand=id' }),
      'hosts.web2.address must be a host name or an IP address',
    ],
    ['a shell command as an address', host({ address: 'h;id' }), 'hosts.web2.address must be'],
    ['blanks in an address', host({ address: 'a b' }), 'hosts.web2.address must be'],
    ['a user in an address', host({ address: 'root@h' }), 'hosts.web2.address must be'],
    ['an address out of range', host({ address: '10.0.0.256' }), 'hosts.web2.address must be'],
    ['an IPv6 zone', host({ address: 'fe80::1%eth0' }), 'hosts.web2.address must be'],
    [
      'a port as text',
      host({ port: '22' }),
      'hosts.web2.port must be a whole number from 1 to 65535, but `22` was found. Write it without quotes.',
    ],
    [
      'port 0',
      host({ port: 0 }),
      'hosts.web2.port must be a whole number from 1 to 65535, but the number 0 was found.',
    ],
    ['a user with a blank', host({ user: 'a b' }), 'hosts.web2.user must be'],
    [
      'two users on one machine',
      host({ address: '10.0.0.11', user: 'root' }),
      'hosts.web2.user must be `deploy` like that of web1, which is the same machine',
    ],
    [
      'a fingerprint as host key',
      host({ host_key: 'SHA256:abc' }),
      'hosts.web2.host_key[0] must be the whole public key',
    ],
    [
      'a cut host key',
      host({ host_key: `ssh-ed25519 ${KEY.slice(0, 20)}` }),
      'hosts.web2.host_key[0] must be a whole key of type ssh-ed25519',
    ],
    [
      'a host key of another type',
      host({ host_key: `ssh-rsa ${KEY}` }),
      'hosts.web2.host_key[0] must be a whole key of type ssh-rsa',
    ],
    [
      'three host keys',
      host({ host_key: Array(3).fill(`ssh-ed25519 ${KEY}`) }),
      'hosts.web2.host_key must hold at most two keys',
    ],
    ['a path that is relative', file({ path: '../x' }), 'services.creator.path must be an absolute path'],
    ['a path with ..', file({ path: '/srv/../etc' }), 'services.creator.path must be an absolute path'],
    [
      'a path with a slash at the end',
      file({ path: '/srv/app/' }),
      'services.creator.path must be an absolute path',
    ],
    ['a path with a colon', file({ path: '/srv/a:b' }), 'services.creator.path must be an absolute path'],
    [
      'the root as path',
      file({ path: '/' }),
      "services.creator.path must be a directory of the service's own",
    ],
    [
      '/etc as path',
      file({ path: '/etc' }),
      "services.creator.path must be a directory of the service's own",
    ],
    [
      'a path below /etc',
      file({ path: '/etc/nginx' }),
      "services.creator.path must be a directory of the service's own",
    ],
    [
      'a home directory as path',
      file({ path: '/home/deploy' }),
      "services.creator.path must be a directory of the service's own",
    ],
    ['a touch outside', file({ touch: '../x' }), 'services.creator.touch must be a file relative to path'],
    ['an absolute touch', file({ touch: '/tmp/x' }), 'services.creator.touch must be'],
    ['a touch in .git', file({ touch: '.git/index' }), 'services.creator.touch must be'],
    ['a touch that is an option', file({ touch: '-r' }), 'services.creator.touch must be'],
    ['a ref that is an option', file({ ref: '--upload-pack=x' }), 'is none: it '],
    ['a ref with ..', file({ ref: 'a..b' }), 'is none: it '],
    [
      'a ref that YAML reads as a number',
      file({ ref: 1.1 }),
      'services.creator.ref must be a branch, a tag or a commit, but the number 1.1 was found. Put it in quotes.',
    ],
    ['an empty list of refs', file({ refs: [] }), 'services.creator.refs must name at least one'],
    [
      'a ref pattern with a blank',
      file({ refs: ['a *'] }),
      'services.creator.refs[0] must be a branch, a tag or a commit, but `a *` is none: it contains a space.',
    ],
    [
      'a container named like an option',
      file(container({ name: '--privileged' })),
      'services.creator.container.name must be',
    ],
    [
      'an image with arguments',
      file(container({ image: 'x -v /:/h' })),
      'services.creator.container.image must be an image',
    ],
    [
      'an image with a command',
      file(container({ image: '$(id)' })),
      'services.creator.container.image must be an image',
    ],
    [
      'an unknown template',
      file(container({ image: 'x:{revison}' })),
      'services.creator.container.image uses {revison}, which is not a template. Did you mean {revision}?',
    ],
    [
      'a template with blanks',
      file(container({ image: 'x:{ revision }' })),
      'services.creator.container.image uses { revision }, which is not a template. Did you mean {revision}?',
    ],
    [
      'a port where none is known',
      file(container({ run: ['-l', 'p={port:80}'] })),
      'services.creator.container.run[1] uses {port:80}, which is known only once the container runs',
    ],
    [
      'a relative mount',
      file(container({ mount: 'app' })),
      'services.creator.container.mount must be an absolute path in the container',
    ],
    [
      'a number as argument',
      file(container({ run: ['--cpus', 2] })),
      'services.creator.container.run[1] must be one argument of `docker run`, but the number 2 was found. Put it in quotes.',
    ],
    [
      'a name among the arguments',
      file(container({ run: ['--name=x'] })),
      'services.creator.container.run[0] may not hold --name',
    ],
    [
      'a newline in an argument',
      file(container({ run: ['a\nb'] })),
      'services.creator.container.run[0] must be one line',
    ],
    [
      'a variable in small letters',
      file(container({ env: { lower: 'x' } })),
      'services.creator.container.env.lower must be named in capital letters',
    ],
    [
      'LD_PRELOAD',
      file(container({ env: { LD_PRELOAD: 'x' } })),
      'services.creator.container.env.LD_PRELOAD may not be set',
    ],
    ['PATH', file(container({ env: { PATH: 'x' } })), 'services.creator.container.env.PATH may not be set'],
    [
      'GIT_SSH',
      file(container({ env: { GIT_SSH: 'x' } })),
      'services.creator.container.env.GIT_SSH may not be set',
    ],
    [
      'a newline in a variable',
      file(container({ env: { A: '1\nLD_PRELOAD=/x' } })),
      'services.creator.container.env.A must be one line without control characters.',
    ],
    [
      'a NUL in a variable',
      file(container({ env: { A: '1\u0000' } })),
      'services.creator.container.env.A must be one line without control characters.',
    ],
    [
      'a variable without a value',
      file(container({ env: { A: null } })),
      'services.creator.container.env.A has no value',
    ],
    [
      "the bot's own secret",
      file(container({ env: { A: { secret: 'SLACK_BOT_TOKEN' } } })),
      'services.creator.container.env.A must not ask for SLACK_BOT_TOKEN',
    ],
    [
      'a secret of another form',
      file(container({ env: { A: { secret: 'x', default: 'y' } } })),
      'services.creator.container.env.A must be a text or { secret: NAME }',
    ],
    [
      'a signal without SIG',
      file(container({ stop: { signal: 'TERM' } })),
      'services.creator.container.stop.signal must be SIGTERM',
    ],
    [
      'a duration without unit',
      file(container({ stop: { grace: 30 } })),
      'services.creator.container.stop.grace must be a duration such as 30s (ms, s or m) from 1s to 10m, but the number 30 was found. Write the unit after it: 30s.',
    ],
    [
      'verify without a place',
      file({ verify: { url: 'http://h/' } }),
      'services.creator.verify must say where the revision is found',
    ],
    [
      'verify with two places',
      file({ verify: { url: 'http://h/', header: 'X', in: 'body' } }),
      'services.creator.verify must say where the revision is found',
    ],
    [
      'a broken template in a URL',
      file({ verify: { url: 'http://h:{port:8000/', in: 'body' } }),
      'services.creator.verify.url must be a URL',
    ],
    [
      'a port template out of range',
      file({ verify: { url: 'http://h:{port:99999}/', in: 'body' } }),
      'services.creator.verify.url uses {port:99999}, which is not a template. Did you mean {port:8000}?',
    ],
    [
      'a header that is two',
      file({ verify: { url: 'http://h/', header: 'A: b' } }),
      'services.creator.verify.header must be',
    ],
    ['an empty preflight', file({ preflight: [] }), 'services.creator.preflight must hold a command'],
    [
      'a command line as preflight',
      file({ preflight: 'make test' }),
      'services.creator.preflight must be a list of words',
    ],
    ['a person by name', file({ deployers: ['@alice'] }), 'services.creator.deployers[0] must be an id'],
    [
      'a person by channel',
      file({ deployers: ['C01GEN'] }),
      'services.creator.deployers[0] must be a Slack member id',
    ],
    [
      'nothing as deployers',
      file({ deployers: null }),
      'services.creator.deployers must be a list of ids such as [U01ALICE, S0BACKEND], but nothing was found.',
    ],
    [
      'an unknown approval',
      file({ approval: 'al' }),
      'services.creator.approval must be none, container or all, but `al` was found. Did you mean `all`?',
    ],
    [
      'an environment with a bad name',
      file({ environments: { 'a b': {} } }),
      'services.creator.environments."a b" is no name for an environment',
    ],
    [
      'an environment of nothing',
      file({ environments: { staging: null } }),
      'services.creator.environments.staging must be a mapping',
    ],
    [
      'a fault in an environment',
      file({ environments: { staging: { path: 'x' } } }),
      'services.creator.environments.staging.path must be an absolute path',
    ],
    [
      'environments in an environment',
      file({ environments: { staging: { environments: {} } } }),
      'services.creator.environments.staging.environments is not accepted inside an environment.',
    ],
    ...[0, 21, 1.5].map((replicas): [string, string, string] => [
      `${replicas} replicas`,
      file(container({ replicas })),
      'services.creator.container.replicas must be a whole number from 1 to 20',
    ]),
    [
      'replicas that are asked at one port',
      file({
        ...container({ replicas: 2 }),
        verify: { url: 'http://127.0.0.1:8080/', header: 'X-Revision' },
      }),
      'services.creator.verify.url asks all replicas at one place',
    ],
    ...[
      ['-p', '8080:8000'],
      ['--publish', '127.0.0.1:8080:8000/tcp'],
      ['-d', '-p8080:8000'],
    ].map((run): [string, string, string] => [
      `replicas that share a port: ${run.join(' ')}`,
      file(container({ replicas: 2, run })),
      'services.creator.container.run[1] gives all replicas one port of the host',
    ]),
    [
      'an image for each replica',
      file(container({ replicas: 2, image: 'creator:{replica}' })),
      'services.creator.container.image may not hold {replica}',
    ],
    [
      'a hook that is a command line',
      file(container({ before_replace: 'drain it' })),
      'services.creator.container.before_replace must be a list of words',
    ],
    [
      'a hook with a template that is none',
      file(container({ after_replace: ['undrain', '{replic}'] })),
      'services.creator.container.after_replace[1] uses {replic}, which is not a template. Did you mean {replica}?',
    ],
    [
      'a port where none is known',
      file(container({ run: ['{port:8000}'] })),
      'it works in verify.url, before_replace and after_replace alone',
    ],
    [
      'a run_as that is a command',
      file({ run_as: '-u root' }),
      'services.creator.run_as must be the name of a Unix user',
    ],
    ...[0, 1.5, -1, '2', '0%', '101%', '2.5%', [2]].map((batch): [string, string, string] => [
      `a batch of ${JSON.stringify(batch)}`,
      file({ batch }),
      'services.creator.batch must be a number of hosts, such as 2, or a share of them from 1% to 100%, such as 25%',
    ]),
    [
      'an on_failure that is unknown',
      file({ on_failure: 'go-on' }),
      'services.creator.on_failure must be stop, continue or rollback, but `go-on` was found.',
    ],
    [
      'an owner whom git does not run as',
      file({ owner: 'creator' }),
      'services.creator.owner must be deploy, whom git runs as there: git refuses a checkout that another user owns.',
    ],
    [
      'a group that is a command',
      file({ group: '-g root' }),
      'services.creator.group must be the name of a Unix group',
    ],
    [
      'a channel by name',
      file({ channel: '#general' }),
      'services.creator.channel must be the id of a channel',
    ],
  ])('is told for %s, and nothing else with it', (_, text, expected) => {
    expect(told(text)).toEqual([expect.stringContaining(expected)])
  })

  it.each([
    'deploy',
    'rollback',
    'status',
    'history',
    'help',
    'cancel',
    'lock',
    'unlock',
    'diff',
    'logs',
    'to',
    'on',
    'for',
  ])('is a service named like the word %s', verb => {
    const text = JSON.stringify({
      ...JSON.parse(file()),
      services: { [verb]: JSON.parse(file()).services.creator },
    })
    expect(told(text)).toContain(`services.${verb} is no name for a service: it is a word of the command.`)
  })

  it('in a key of the service is told once, not for every environment', () => {
    expect(told(file({ path: 'x', environments: { staging: {}, demo: {} } }))).toHaveLength(1)
  })

  it('is told together with all others, by line', () => {
    const text = [
      'chanel: C01GEN',
      'hosts:',
      '  web1: { address: 10.0.0.11, user: deploy, port: 99999 }',
      'services:',
      '  creator:',
      '    repo: git@github.com:driftyco/creator.git',
      '    hosts:',
      '      - web1',
      '      - web2',
      '    path: srv',
      '    container:',
      '      image: creator',
      '      mount: /app',
      '      env:',
      '        VERSION: 1.10',
      '        DEBUG: True',
      '    touch: .reload',
    ].join('\n')
    expect(problemsOf(text).map(({ file, line, path }) => [file, line, path])).toEqual([
      ['touchdown.yml', 1, 'chanel'],
      ['touchdown.yml', 3, 'hosts.web1.port'],
      ['touchdown.yml', 5, 'services.creator.ref'],
      ['touchdown.yml', 9, 'services.creator.hosts[1]'],
      ['touchdown.yml', 10, 'services.creator.path'],
      ['touchdown.yml', 15, 'services.creator.container.env.VERSION'],
      ['touchdown.yml', 16, 'services.creator.container.env.DEBUG'],
    ])
    expect(told(text)).toContain(
      'services.creator.container.env.VERSION must be in quotes: without them YAML reads 1.10 as 1.1.',
    )
  })

  it('behind an alias is told at the line where it was written', () => {
    const base = 'hosts: {w: &h {address: h, user: u}, x: *h}\nservices:\n'
    const text = `${base}  a: &a\n    repo: git@h:r\n    ref: 1\n    hosts: [w]\n    path: /srv/a\n    touch: t\n    container: {image: i, mount: /a, name: aa}\n  b: *a\n`
    expect(problemsOf(text).map(({ line, path }) => [line, path])).toEqual([
      [5, 'services.a.ref'],
      [5, 'services.b.ref'],
    ])
  })
})

describe('one host of the file', () => {
  const web1 = { name: 'web1', address: '10.0.0.11', port: 22, user: 'deploy', hostKeys: [] }

  it('is read whatever else is wrong in there', () => {
    const broken = file({ touch: undefined, nonsense: 1 }, { web2: { address: '-' } })
    expect(problemsOf(broken)).toHaveLength(4)
    expect(loadHost(broken, 'touchdown.yml', 'web1')).toEqual({ host: web1, names: ['web1', 'web2'] })
    expect(loadHost('hosts: { web1: { address: 10.0.0.11, user: deploy } }', 'f', 'web1')).toMatchObject({
      host: web1,
    })
  })

  it('has its own faults told, with their lines', () => {
    const text = 'hosts:\n  web1: { address: 10.0.0.11 }\n  web2: { adress: x }\n'
    expect(loadHost(text, 'touchdown.yml', 'web1')).toEqual({
      problems: [
        {
          file: 'touchdown.yml',
          line: 2,
          path: 'hosts.web1.user',
          message: 'is missing; it must be the name of a Unix user.',
        },
      ],
    })
  })

  it.each(['web3', 'toString', '__proto__', ''])('may not be there: %j', name => {
    expect(loadHost(file(), 'touchdown.yml', name)).toEqual({ host: undefined, names: ['web1'] })
  })

  it.each(['hosts: [web1]', 'services: {}', '[]'])('may not be there: %j', text => {
    expect(loadHost(text, 'touchdown.yml', 'web1')).toEqual({ host: undefined, names: [] })
  })

  it('cannot be looked up in what is no YAML', () => {
    expect(loadHost('hosts: [\n', 'touchdown.yml', 'web1')).toMatchObject({
      problems: [{ file: 'touchdown.yml', path: '' }],
    })
  })
})

describe('a repository', () => {
  it.each([
    'git@github.com:driftyco/creator.git',
    'github.com:creator.git',
    'ssh://git@git.example.com:2222/team/app.git',
    'ssh://git@[2001:db8::1]:2222/team/app.git',
    'https://github.com/driftyco/creator.git',
    'file:///srv/git/app.git',
    '/srv/git/app.git',
  ])('may be %s', repo => {
    expect(target(file({ repo }))?.repo).toBe(repo)
  })

  it.each([
    'https://t0k3n@github.com/x/y',
    'https://bot:t0k3n@github.com/x/y',
    'https://bot:t0k3n@@github.com/x/y',
    'ssh://git:t0k3n@github.com/x/y',
    'http://t0k3n@github.com/x/y',
    'git:t0k3n@github.com:x/y',
    'https://github.com/x/y?private_token=t0k3n',
    'ext::sh -c "echo t0k3n"',
  ])('with a credential is refused without repeating it: %s', repo => {
    const [problem, ...others] = told(file({ repo }))
    expect(problem).toMatch(/^services\.creator\.repo /)
    expect(others).toEqual([])
    expect(problem).not.toContain('t0k3n')
  })

  it.each([
    '--upload-pack=id',
    '-oProxyCommand=id:x',
    'ext::sh -c id',
    'http://github.com/x/y',
    'git://github.com/x/y',
    'ssh://-oProxyCommand=id/x',
    'git@h:-x',
    'git@h:a b',
    'file://relative',
    'relative/path',
    '',
  ])('may not be %s', repo => {
    expect(told(file({ repo }))).toHaveLength(1)
  })
})

describe('what is accepted', () => {
  it.each([
    [1, { hosts: 1 }],
    [40, { hosts: 40 }],
    ['1%', { percent: 1 }],
    ['100%', { percent: 100 }],
  ])('is a batch of %s', (batch, expected) => {
    expect(target(file({ batch }))).toMatchObject({ batch: expected })
  })

  it.each([
    'registry.example.com:5000/team/app:v1.2_3',
    'app',
    'ghcr.io/a/b__c@sha256:'.concat('a'.repeat(64)),
    '{service}:{revision}',
    'registry/{environment}/app:{revision}',
  ])('is the image %s', image => {
    expect(target(file(container({ image })))?.groups[0]?.image).toBe(image)
  })

  it('are braces around anything but a word', () => {
    const env = { JSON: '{"a": {"b": 1}}', SET: '{}', GO: '{{.Name}}' }
    expect(target(file(container({ env, run: ['--log-opt', 'tag={{.Name}}'] })))?.groups[0]?.env).toEqual(env)
  })

  it.each(['10.0.0.1', '2001:db8::1', 'web1', 'web-1.example.com', '1host.example'])(
    'is the address %s',
    address => {
      expect(configOf(file({}, { web2: { address, user: 'deploy' } })).hosts.get('web2')?.address).toBe(
        address,
      )
    },
  )

  it.each<[string, number]>([
    ['1500ms', 1500],
    ['30s', 30_000],
    ['2m', 120_000],
  ])('is the duration %s', (timeout, timeoutMs) => {
    expect(target(file({ verify: { url: 'http://h/', in: 'body', timeout } }))?.verify).toEqual({
      url: 'http://h/',
      in: 'body',
      timeoutMs,
      hits: 5,
    })
  })

  it.each(['http://127.0.0.1:{port:8000}/', 'http://{address}/?v={revision}', 'https://{host}:8443/rev'])(
    'is the URL %s',
    url => {
      expect(target(file({ verify: { url, in: 'body' } }))?.verify?.url).toBe(url)
    },
  )

  it('are two pins while a host key is replaced, with their comments left out', () => {
    const key = `ssh-ed25519 ${KEY}`
    const text = file({}, { web2: { address: 'h', user: 'deploy', host_key: [key, `${key} root@web2`] } })
    expect(configOf(text).hosts.get('web2')?.hostKeys).toEqual([key, key])
  })

  it('are plain numbers and truth values in the container as text', () => {
    const text = file(container({ env: { A: 4, B: true, C: '', D: '1.10' } }))
    expect(target(text)?.groups[0]?.env).toEqual({ A: '4', B: 'true', C: '', D: '1.10' })
  })
})

describe('a hostile file', () => {
  it.each<[string, string, string]>([
    ['is empty', '', 'The file is empty'],
    ['is a list', '[1]', 'The file must be a mapping'],
    ['holds two documents', 'a: 1\n---\nb: 2\n', 'A second document begins here'],
    [
      'holds a JavaScript tag',
      'channel: !!js/function "x"\n',
      'Tags (words that begin with `!`) are not accepted',
    ],
    [
      'includes another',
      'channel: !include /etc/passwd\n',
      'Tags (words that begin with `!`) are not accepted',
    ],
    [
      'sets the prototype by a merge key',
      '<<: {__proto__: {admin: true}}\n',
      'Merge keys (<<) are not accepted',
    ],
    ['sets the prototype', 'hosts: {__proto__: {admin: true}}\n', '__proto__ is not accepted'],
    ['turns to YAML 1.1', '%YAML 1.1\n---\na: yes\n', 'A %YAML directive is not accepted'],
    ['refers to itself', 'a: &x [*x]\n', 'The file nests deeper than 20 levels.'],
    ['refers to nothing', 'a: *x\n', 'The alias *x stands before its anchor.'],
    ['repeats a key', 'channel: C01GEN\nchannel: C02GEN\n', 'The same key stands twice'],
    ['nests 100,000 brackets', '['.repeat(100_000), 'The file nests deeper than 20 levels.'],
    ['nests 40,000 lists', `${'- '.repeat(40_000)}x`, 'The file nests deeper than 20 levels.'],
    ['nests 22 lists', `${'- '.repeat(22)}x`, 'The file nests deeper than 20 levels.'],
    ['is huge', `a: ${'x'.repeat(256 * 1024)}`, 'The file is larger than 256 KiB.'],
  ])('that %s is refused', (_, text, expected) => {
    expect(told(text)).toEqual([expect.stringContaining(expected)])
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it('of aliases of aliases is refused and takes no memory', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    )
    const before = process.memoryUsage().rss
    expect(told(`a0: &a0 [x]\n${levels.join('\n')}\n`)).toEqual([
      'Aliases repeat more than the file may hold.',
    ])
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6)
  })

  it('shows no secret that was typed where none belongs', () => {
    const secret = 'hunter2hunter2'
    const texts = [
      `hosts: {web1: {password: ${secret}}}`,
      `services: {a: {container: {env: {A: ["${secret}"]}}}}`,
      `services: {a: {container: {env: {A: "${secret}\\n"}}}}`,
      `services: {a: {container: {env: {A: {secret: ${secret}}}}}}`,
      `hosts: {web1: {host_key: "-----BEGIN OPENSSH PRIVATE KEY----- ${secret}"}}`,
      `token: "${secret}\nhosts: 1`,
      `a: 'x' ${secret}\n`,
    ]
    for (const text of texts) {
      expect(told(text).length).toBeGreaterThan(0)
      expect(told(text).join('\n')).not.toContain(secret)
    }
  })

  it('never makes loading throw', () => {
    const word = fc.constantFrom(
      'hosts',
      'services',
      'a',
      '*a',
      '&a',
      ':',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '!!x',
      '"',
      '|',
      '<<',
      '__proto__',
      '?',
      ',',
      '#',
      '\t',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word, { maxLength: 40 }).map(words => words.join('')),
          fc.string({ unit: 'binary' }),
        ),
        text => {
          expect(loadConfig(text, 'touchdown.yml')).toHaveProperty('problems')
        },
      ),
    )
    fc.assert(
      fc.property(fc.json(), fc.json(), (hosts, services) => {
        loadConfig(`{"hosts": ${hosts}, "services": {"a": ${services}}}`, 'touchdown.yml')
      }),
    )
  })
})
