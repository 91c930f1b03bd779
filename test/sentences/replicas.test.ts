import { describe, expect, it } from 'vitest'
import { becauseText } from '../../src/sentences/because.ts'
import { shortEnd } from '../../src/sentences/finding.ts'
import { foundText, sightingText } from '../../src/sentences/host-end.ts'
import { noteLine } from '../../src/sentences/notes.ts'
import { anOrder, NEW, OLD } from './deployments.ts'

const runs = { served: NEW, container: 'running', image: 'r/app@sha256:1234567890123456' }
const old = { served: OLD, container: 'running', image: 'r/app@sha256:6543210987654321' }

describe('what is on a host with several containers', () => {
  it('is said once where all are the same', () => {
    const replicas = [
      { ...runs, name: 'app-1' },
      { ...runs, name: 'app-2' },
    ]
    const text = 'HEAD 4f2c1ab, serves 4f2c1ab, 2 replicas running from r/app@sha256:123456789012'
    expect(sightingText({ head: NEW, ...runs, replicas })).toBe(text)
  })

  it('names each where they differ, also when a restarted bot finds them so', () => {
    const replicas = [
      { ...runs, name: 'app-1' },
      { ...old, name: 'app-2' },
    ]
    const each =
      'app-1: serves 4f2c1ab, container running from r/app@sha256:123456789012, app-2: serves 1a2b3c4, container running from r/app@sha256:654321098765'
    expect(sightingText({ head: NEW, ...runs, replicas })).toBe(`HEAD 4f2c1ab, ${each}`)
    const found = { host: 'web1', head: NEW, container: 'running', detail: NEW, replicas }
    expect(foundText(found)).toBe(`web1 was found with: HEAD 4f2c1ab, ${each}`)
  })
})

describe('a step about one of several containers', () => {
  const at = (step: string) => ({ host: 'web1', step })

  it('names it, and its failure means what it means for one', () => {
    const because = { kind: 'exit', code: 76, output: 'port 8080 is taken by the container other' } as const
    const text = becauseText(because, at('create app-2'))
    expect(text).toContain('create app-2 failed')
    expect(text).toContain('On web1 port 8080 is taken by the container other: stop it')
  })

  it('that is a hook has exit codes of its own, and says where it is written', () => {
    expect(shortEnd(70, '', at('before_replace app-2'))).toBe('the command of before_replace failed')
    const because = { kind: 'exit', code: 70, output: 'still 3 sessions' } as const
    expect(becauseText(because, at('after_replace'))).toContain(
      'Correct after_replace in touchdown.yml, or what it asks on web1',
    )
  })
})

it.each([
  [['app'], 'app is not among', 'docker rm -f app'],
  [['app-3', 'app-4'], 'app-3 and app-4 are not among', 'docker rm -f app-3 app-4'],
])('containers that are not wanted any more are told with what to do', (containers, what, remedy) => {
  const line = noteLine('web1', { kind: 'containers-left', containers }, anOrder())
  expect(line).toContain(`web1: ${what} the containers of this service any more`)
  expect(line).toContain(remedy)
})

it.each([
  [['app-1'], 'app-1 was not put back'],
  [['app-1', 'app-2'], 'app-1 and app-2 were not put back'],
])('containers that were left because another is not there are told with the reason', (containers, what) => {
  const line = noteLine('web1', { kind: 'left-replaced', containers }, anOrder())
  expect(line).toContain(`web1: ${what}, because another container of this host could not be brought back`)
})
