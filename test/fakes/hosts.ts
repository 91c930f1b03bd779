import type { Host } from '../../src/order.ts'
import type { HostSession, Hosts } from '../../src/ports/hosts.ts'
import type { Step } from '../../src/step.ts'

/** Called when a step is about to run. Awaited; `lost` makes it end as over a cut link, `failed` with exit code 1, `unheard` well but without effect. */
export type OnStep = (
  host: Host,
  step: Step,
) => Promise<'lost' | 'failed' | 'unheard' | undefined> | undefined

/**
 * Hosts that have the commit and serve, one line of `X-Revision` each: after a touch the revision that was reset to. They say
 * what a real host says, but prove nothing about real ones: for what the bot does when things happen in an order.
 */
export function fakeHosts(served: string, onStep: OnStep = () => undefined): Hosts {
  const state = new Map<string, { head: string; served: string; reloads: number }>()
  return {
    async open(host) {
      const now = state.get(host.name) ?? { head: served, served, reloads: 0 }
      state.set(host.name, now)
      const session: HostSession = {
        async run(step) {
          const trouble = await onStep(host, step)
          if (trouble === 'failed')
            return { status: 'failed', exit: { code: 1 }, output: 'no', durationMs: 1 }
          if (trouble === 'lost')
            return { status: 'unknown', why: 'link-lost', sequence: '1-a-1', output: '', durationMs: 1 }
          if (trouble === 'unheard') return { status: 'ok', output: '', durationMs: 1 }
          const [script, ...words] = step.call
          if (script === 'reset') now.head = String(words[2])
          if (script === 'touch') {
            now.served = now.head
            now.reloads += 1
          }
          if (script === 'reloads')
            return { status: 'ok', output: `::td uwsgi yes\n::td reloads ${now.reloads}\n`, durationMs: 1 }
          return { status: 'ok', output: script === 'look' ? seen(step, now.head) : '', durationMs: 1 }
        },
        ask: async () => ({ status: 'answered', code: 200, headers: { 'x-revision': now.served }, body: '' }),
        close: async () => {},
      }
      return { kind: 'open', session }
    },
    close: async () => {},
  }
}

/** What `do_look` prints on a host where all is well: the containers that the step asks about run. */
function seen({ call }: Step, head: string): string {
  const files = Number(call[6])
  const containers = call.slice(7 + files).map((name, index) => ({
    Id: `c${index + 1}`,
    Name: `/${name}`,
    Image: 'sha256:1',
    RestartCount: 0,
    State: { Status: 'running', StartedAt: '2026-11-21T00:00:00Z' },
    HostConfig: { NetworkMode: 'host' },
    NetworkSettings: { Ports: {} },
  }))
  return [
    '::td checkout repo',
    '::td inode 1:2',
    ...containers.map(({ Id }) => `::td mount-known ${Id} 2026-11-21T00:00:00Z 1:2`),
    `::td head ${head}`,
    '::td origin git@example.com:creator.git',
    '::td has yes',
    '::td docker',
    JSON.stringify(containers),
  ].join('\n')
}
