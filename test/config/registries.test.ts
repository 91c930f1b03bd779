import { describe, expect, it } from 'vitest'
import type { Target } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'

const PASSWORD = { secret: 'REGISTRY_PASSWORD' }

function loaded(
  registries: unknown,
  container: Readonly<Record<string, unknown>> = {},
  keys: Readonly<Record<string, unknown>> = {},
): { readonly target: Target | undefined; readonly told: readonly string[] } {
  const service = {
    repo: 'git@github.com:driftyco/creator.git',
    ref: 'main',
    hosts: ['web1'],
    path: '/srv/creator',
    container: { image: 'creator:latest', mount: '/app', ...container },
    touch: '.reload',
    ...keys,
  }
  const hosts = { web1: { address: '10.0.0.11', user: 'deploy' } }
  const text = JSON.stringify({ hosts, registries, services: { creator: service } })
  const result = loadConfig(text, 'touchdown.yml')
  if ('problems' in result)
    return { target: undefined, told: result.problems.map(({ path, message }) => `${path} ${message}`) }
  return { target: result.config.services.get('creator')?.targets.get('production'), told: [] }
}

describe('a registry', () => {
  it.each([
    'registry.example.com',
    'registry.example.com:5000',
    'localhost:5000',
    '10.0.0.1:5000',
    'docker.io',
  ])('may be %s', name => {
    const { target, told } = loaded({ [name]: { username: 'robot$ci', password: PASSWORD } })
    expect(told).toEqual([])
    expect(target?.registries).toEqual([{ name, username: 'robot$ci', password: PASSWORD }])
  })

  it.each([
    'registry',
    'registry.example.com/team',
    'https://registry.example.com',
    'registry.example.com:0',
    '-u.x',
  ])('may not be %s', name => {
    const { told } = loaded({ [name]: { username: 'ci', password: PASSWORD } })
    expect(told).toEqual([expect.stringContaining('is no registry: it must be what stands before the first')])
  })

  it('has its password named, never written, and nobody is shown what was written', () => {
    for (const password of ['hunter2hunter2', { value: 'hunter2hunter2' }, 4711]) {
      const { told } = loaded({ 'r.example.com': { username: 'ci', password } })
      expect(told).toEqual([
        expect.stringMatching(/^registries\.r\.example\.com\.password must .*secret: (NAME|CREATOR_DB)/),
      ])
      expect(told.join()).not.toMatch(/hunter2|4711/)
    }
  })

  it.each<[string, unknown, string]>([
    ["is not entered with the bot's own secret", { secret: 'SLACK_BOT_TOKEN' }, "the bot's own"],
    ['has one password', { secret: 'A', other: 'B' }, 'with no other key'],
  ])('%s', (_, password, why) => {
    const { told } = loaded({ 'r.example.com': { username: 'ci', password } })
    expect(told).toEqual([expect.stringContaining(why)])
  })

  it.each(['-p', '--password', 'a b', ''])(
    'has no user that Docker would take for an option: %s',
    username => {
      const { told } = loaded({ 'r.example.com': { username, password: PASSWORD } })
      expect(told).toEqual([expect.stringContaining("username must be a user's name at the registry")])
    },
  )
})

describe('a container', () => {
  it('is pulled from mirrors, and has its own time to get healthy', () => {
    const { target } = loaded(undefined, { mirrors: ['r2.example.com:5000/team/app'], healthy: '2m' })
    expect(target?.groups[0]).toMatchObject({ mirrors: ['r2.example.com:5000/team/app'], healthyMs: 120_000 })
  })

  it.each(['r2.example.com/app:latest', `app@sha256:${'a'.repeat(64)}`, '--all-tags', 'App'])(
    'has no mirror %s: the tag and the digest are those of the image',
    mirror => {
      expect(loaded(undefined, { mirrors: [mirror] }).told).toEqual([
        expect.stringContaining('container.mirrors[0] must be a repository'),
      ])
    },
  )

  it('is made anew for what it is built from; the paths may be said', () => {
    expect(loaded(undefined, { rebuild_on: ['deploy/*.lock'] }).target?.rebuildOn).toEqual(['deploy/*.lock'])
    expect(loaded(undefined, { rebuild_on: [] }).target?.rebuildOn).toEqual([])
    expect(loaded(undefined, { rebuild_on: ['../x'] }).told).toEqual([
      expect.stringContaining('container.rebuild_on[0] must be a path in the repository'),
    ])
  })
})

it('an approval may be given for a time that may be said', () => {
  expect(loaded(undefined, {}, { approval_timeout: '2m' }).target?.approvalTimeoutMs).toBe(120_000)
  expect(loaded(undefined, {}, { approval_timeout: '0s' }).told).toEqual([
    expect.stringContaining('approval_timeout must be a duration such as 15m'),
  ])
})
