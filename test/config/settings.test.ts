import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readSettings } from '../../src/config/settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

const TOKENS = { SLACK_BOT_TOKEN: 'xoxb-1-abc', SLACK_APP_TOKEN: 'xapp-1-abc' }

function settingsOf(env: Environment, slack = true) {
  const read = readSettings({ HOME: '/home/bot', ...env }, { slack })
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  return read.settings
}

function told(env: Environment, slack = true): readonly string[] {
  const read = readSettings({ HOME: '/home/bot', ...env }, { slack })
  return 'problems' in read ? read.problems.map(({ path, message }) => `${path} ${message}`) : []
}

describe('.env.example', () => {
  const example = readFileSync('.env.example', 'utf8')
  const named = [...example.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(match => match[1])

  it('names every variable that is read, and no other', () => {
    const read = new Set<string>()
    const watched = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          read.add(String(name))
          return undefined
        },
      },
    )
    readSettings(watched, { slack: true })
    read.delete('HOME')
    expect([...named].sort()).toEqual([...read].sort())
  })

  it('needs only its tokens filled in, and not even these where Slack is not needed', () => {
    const env = Object.fromEntries(
      [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(match => [match[1] ?? '', match[2]]),
    )
    expect(told(env)).toEqual([
      expect.stringMatching(/^SLACK_BOT_TOKEN is not a whole token/),
      expect.stringMatching(/^SLACK_APP_TOKEN is not a whole token/),
    ])
    expect(settingsOf({ ...env, ...TOKENS }).sshKeyFile).toBe('/home/bot/.ssh/touchdown')
    expect(settingsOf(env, false)).toMatchObject({ slack: undefined, sshKeyFile: '/home/bot/.ssh/touchdown' })
  })
})

describe('settings', () => {
  it('have defaults for all but Slack and the key', () => {
    expect(settingsOf(TOKENS)).toMatchObject({
      slack: { apiUrl: undefined },
      configFile: 'touchdown.yml',
      sshKeyFile: undefined,
      knownHostsFile: '/home/bot/.ssh/known_hosts',
      gitKeyFile: undefined,
      database: { kind: 'sqlite', file: 'touchdown.db' },
      deafLimitMs: 300_000,
      healthPort: undefined,
      logLevel: 'info',
    })
  })

  it('take what is set', () => {
    const settings = settingsOf({
      ...TOKENS,
      SLACK_API_URL: 'http://127.0.0.1:9000/api/',
      TOUCHDOWN_CONFIG: '/etc/touchdown.yml',
      SSH_KEY: '~/.ssh/bot',
      SSH_KNOWN_HOSTS: 'known_hosts',
      GIT_KEY: '/run/secrets/git',
      DATABASE_URL: 'sqlite:/var/lib/touchdown/t.db',
      SLACK_DEAF_LIMIT: '90s',
      HEALTH_PORT: '8080',
      LOG_LEVEL: 'debug',
    })
    expect(settings).toMatchObject({
      slack: { apiUrl: 'http://127.0.0.1:9000/api/' },
      configFile: '/etc/touchdown.yml',
      sshKeyFile: '/home/bot/.ssh/bot',
      knownHostsFile: 'known_hosts',
      gitKeyFile: '/run/secrets/git',
      database: { file: '/var/lib/touchdown/t.db' },
      deafLimitMs: 90_000,
      healthPort: 8080,
      logLevel: 'debug',
    })
    expect(settings.slack?.botToken.reveal()).toBe('xoxb-1-abc')
    expect(JSON.stringify(settings)).not.toContain('abc')
  })

  it('take an empty variable for an absent one', () => {
    expect(settingsOf({ ...TOKENS, HEALTH_PORT: '', LOG_LEVEL: ' ' })).toMatchObject({
      healthPort: undefined,
      logLevel: 'info',
    })
  })

  it('let nothing end for a silence of Slack where that is off', () => {
    expect(settingsOf({ ...TOKENS, SLACK_DEAF_LIMIT: 'off' }).deafLimitMs).toBeUndefined()
  })

  it('do without Slack where it is not needed', () => {
    expect(settingsOf({}, false).slack).toBeUndefined()
    expect(settingsOf({ SLACK_BOT_TOKEN: 'xoxb-1' }, false).slack).toBeUndefined()
    expect(settingsOf(TOKENS, false).slack).toBeDefined()
    expect(told({ SLACK_BOT_TOKEN: 'nonsense' }, false)).toHaveLength(1)
  })

  it.each<[string, Environment, string]>([
    ['no bot token', { SLACK_BOT_TOKEN: undefined }, 'SLACK_BOT_TOKEN is missing; it begins with xoxb-'],
    ['no app token', { SLACK_APP_TOKEN: undefined }, 'SLACK_APP_TOKEN is missing; it begins with xapp-'],
    [
      'swapped tokens',
      { SLACK_BOT_TOKEN: 'xapp-1-s3cret' },
      'SLACK_BOT_TOKEN does not begin with xoxb- but is a token of another kind',
    ],
    [
      'a user token',
      { SLACK_BOT_TOKEN: 'xoxp-1-s3cret' },
      'SLACK_BOT_TOKEN does not begin with xoxb- but is a token of another kind',
    ],
    ['a token with a blank', { SLACK_APP_TOKEN: 'xapp-1 s3cret' }, 'SLACK_APP_TOKEN is not a whole token'],
    [
      'an API without its end',
      { SLACK_API_URL: 'http://127.0.0.1:1/api' },
      'SLACK_API_URL must end with /api/, but `http://127.0.0.1:1/api` was found.',
    ],
    ['an API that is no URL', { SLACK_API_URL: 'slack.com/api/' }, 'SLACK_API_URL must be a URL'],
    [
      'an API with a password',
      { SLACK_API_URL: 'https://u:s3cret@h/api/' },
      'SLACK_API_URL must be a URL such as https://slack.com/api/, without a user',
    ],
    [
      'PostgreSQL without a database',
      { DATABASE_URL: 'postgres://u:s3cret@h' },
      'DATABASE_URL must be postgres://user:password@host:5432/database',
    ],
    [
      'PostgreSQL without a host',
      { DATABASE_URL: 'postgresql:///d' },
      'DATABASE_URL must be postgres://user:password@host:5432/database',
    ],
    [
      'a password that is not encoded',
      { DATABASE_URL: 'postgres://u:100%s3cret@h/d' },
      'DATABASE_URL must be postgres://user:password@host:5432/database, with special characters in it percent-encoded',
    ],
    [
      'a password that ends the host',
      { DATABASE_URL: 'postgres://u:s3cret/x#y@h/d' },
      'DATABASE_URL must be postgres://user:password@host:5432/database',
    ],
    ['a database in memory', { DATABASE_URL: 'sqlite::memory:' }, 'DATABASE_URL must name a file'],
    ['a database without a file', { DATABASE_URL: 'sqlite:' }, 'DATABASE_URL must be sqlite: and a file'],
    [
      'a database of another kind',
      { DATABASE_URL: 'mysql://h/s3cret' },
      'DATABASE_URL must be sqlite: and a file',
    ],
    [
      'a port that is none',
      { HEALTH_PORT: '80800' },
      'HEALTH_PORT must be a port from 1 to 65535, but `80800` was found.',
    ],
    ...['14s', '1441m', '0', '5'].map((value): [string, Environment, string] => [
      `a limit of deafness of ${value}`,
      { SLACK_DEAF_LIMIT: value },
      `SLACK_DEAF_LIMIT must be a duration such as 5m from 15s to 1440m, or off, but \`${value}\` was found. Slack itself`,
    ]),
    [
      'a log level that is none',
      { LOG_LEVEL: 'debgu' },
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, but `debgu` was found. Did you mean `debug`?',
    ],
  ])('with %s are refused, and no secret is shown', (_, env, expected) => {
    const problems = told({ ...TOKENS, ...env })
    expect(problems).toEqual([expect.stringContaining(expected)])
    expect(problems.join()).not.toContain('s3cret')
  })

  it('tell all problems at once', () => {
    expect(told({ HEALTH_PORT: 'x', LOG_LEVEL: 'x', DATABASE_URL: 'x' })).toHaveLength(5)
  })
})
