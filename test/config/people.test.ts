import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'

function loaded(people: unknown) {
  const service = {
    repo: 'git@github.com:driftyco/creator.git',
    ref: 'main',
    hosts: ['web1'],
    path: '/srv/creator',
    container: { image: 'creator:latest', mount: '/app' },
    touch: '.reload',
  }
  const hosts = { web1: { address: '10.0.0.11', user: 'deploy' } }
  return loadConfig(JSON.stringify({ hosts, people, services: { creator: service } }), 'touchdown.yml')
}

it.each([
  [undefined, []],
  [{ 'cli:alice': 'U01ALICE' }, [['cli:alice', 'U01ALICE']]],
])('who a user of the terminal is in Slack is known to every service: %j', (people, tied) => {
  const result = loaded(people)
  if ('problems' in result) throw new Error(JSON.stringify(result.problems))
  expect([...(result.config.services.get('creator')?.targets.get('production')?.people ?? [])]).toEqual(tied)
})

it.each([
  [{ alice: 'U01ALICE' }, 'people.alice must be cli:<unix user>, but `alice` was found.'],
  [
    { 'cli:alice': 'S0BACKEND' },
    'people."cli:alice" must be a Slack member id (U… or W…) of one person, but `S0BACKEND` was found.',
  ],
  [
    { 'cli:alice': 'cli:bob' },
    'people."cli:alice" must be a Slack member id (U… or W…) of one person, but `cli:bob` was found.',
  ],
  [['cli:alice'], 'people must be a mapping such as `{ "cli:alice": U01ALICE }`, but a list was found.'],
])('nobody is tied by %j', (people, problem) => {
  const result = loaded(people)
  const told = 'problems' in result ? result.problems.map(({ path, message }) => `${path} ${message}`) : []
  expect(told).toEqual([problem])
})
