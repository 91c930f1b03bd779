import { describe, expect, it } from 'vitest'
import type { DeploymentEvent, Found } from '../../src/event.ts'
import { becauseText } from '../../src/sentences/because.ts'
import { shortEnd } from '../../src/sentences/finding.ts'
import { foundText, hostLines, sightingText } from '../../src/sentences/host-end.ts'
import { noteLine } from '../../src/sentences/notes.ts'
import { anOrder, NEW, OLD, viewAfter } from './deployments.ts'

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

describe('a replica that is drained', () => {
  const since = '2026-11-21T16:40:03Z'
  const replicas = [
    { ...runs, name: 'app-1' },
    { ...runs, name: 'app-2', drained: since },
  ]
  const view = viewAfter([], { order: anOrder({}, ['web1']) })
  const result = {
    status: 'unknown',
    step: 'swap app-2',
    because: { kind: 'link-lost', ended: { code: 0 } },
    now: { head: NEW, ...runs, replicas },
  } as const

  it('is told at the end of its host, with what to do', () => {
    const lines = hostLines(view, 'web1', result)
    expect(lines.at(-2)).toContain(
      'app-2: serves 4f2c1ab, container running from r/app@sha256:123456789012, drained',
    )
    expect(lines.at(-1)).toBe(
      `web1: app-2 gets no requests: before_replace drained it at ${since}, and after_replace has not let it in since. ` +
        'The next deploy of any kind lets it in once it is proved: `/deploy creator`.',
    )
  })

  it('is told when a restarted bot finds it, unless it was let in by then', () => {
    const found = { host: 'web1', head: NEW, container: 'running', detail: NEW, replicas }
    const resumed = { kind: 'resumed', fence: 2, found: [found] } as const
    const note = { kind: 'note', host: 'web1', note: { kind: 'let-in', container: 'app-2' } } as const
    const linesAfter = (...events: readonly DeploymentEvent[]) =>
      hostLines(viewAfter(events, { order: anOrder({}, ['web1']) }), 'web1', undefined)
    expect(linesAfter(resumed)).toHaveLength(2)
    expect(linesAfter(resumed, note)).toHaveLength(1)
  })

  it('that nothing can let in any more says how a person does', () => {
    const line = noteLine('web1', { kind: 'shut-out', containers: ['app-2'] }, anOrder())
    expect(line).toContain('touchdown.yml has no after_replace any more that would let it in')
    expect(line).toContain('`rm ~/.touchdown/targets/creator.production/drained.app-2`')
  })
})

describe('a container', () => {
  const replicas = (first: boolean, second: boolean) => [
    { ...runs, name: 'app-1', isNew: first },
    { ...runs, name: 'app-2', isNew: second },
  ]
  const found = (about: Partial<Found>) =>
    foundText({ host: 'web1', head: undefined, container: 'running', detail: undefined, ...about })

  it.each([
    [{ isNew: true }, 'web1 was found with: new container running'],
    [{ isNew: false }, 'web1 was found with: old container running'],
    [{ container: 'absent' }, 'web1 was found with: container absent'],
    [{ replicas: replicas(true, true) }, 'web1 was found with: serves 4f2c1ab, 2 new replicas running from'],
    [{ replicas: replicas(true, false) }, 'app-1: serves 4f2c1ab, new container running from'],
    [{ replicas: replicas(true, false) }, 'app-2: serves 4f2c1ab, old container running from'],
  ])('is said to be the new one or the old one: %j', (about, text) => {
    expect(found(about)).toContain(text)
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
