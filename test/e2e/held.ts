import { expect } from 'vitest'
import type { TestBot, Thread } from './bot.ts'
import { until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'

/** The program that makes up a step on a host, and the words that tell it from the other steps'. */
const PROGRAMS = {
  look: ['docker', 'inspect'],
  clone: ['git', 'fetch'],
  fetch: ['git', 'fetch'],
  keep: ['git', 'stash create'],
  reset: ['git', 'reset'],
  run: ['docker', 'run'],
  start: ['docker', 'start'],
  unpause: ['docker', 'unpause'],
  mount: ['docker', 'stat'],
  restart: ['docker', 'restart'],
  preflight: ['docker', '-w'],
  'put-back': ['git', 'reset'],
  touch: ['touch', '-c'],
} as const

export type StepName = keyof typeof PROGRAMS

/**
 * Deploys, holds the step back on its host, does something to it meanwhile, lets it go, and gives the deployment's end.
 * `words`: when the step's own are not enough.
 */
export async function during(
  { bot, service, host }: { readonly bot: TestBot; readonly service: RigService; readonly host: RigHost },
  step: StepName,
  act: () => Promise<unknown>,
  words: string = PROGRAMS[step][1],
): Promise<Thread> {
  await host.exec('touch /run/shut')
  await host.wrap(
    PROGRAMS[step][0],
    `case " $* " in *" ${words} "*) while [ -e /run/shut ]; do sleep 0.02; done ;; esac`,
  )
  const begins = line(host, new RegExp(` ${service.name}\\.production ${step} start -$`))
  const acted = begins().then(act)
  const [thread] = await Promise.all([
    bot.deploy(service.name),
    acted.finally(() => host.exec('rm -f /run/shut')),
  ]).finally(() => host.unwrap())
  return thread
}

/** Waits for a line that the host's journal does not have yet. */
export function line(host: RigHost, pattern: RegExp): () => Promise<string> {
  const known = host.journal().length
  return () =>
    until(`${pattern} in the journal of ${host.name}`, async () =>
      host
        .journal()
        .slice(known)
        .find(text => pattern.test(text)),
    )
}

/** What every bad end has in common: the whole says it did not succeed, and each host is told of. */
export function told(thread: Thread, service: RigService): void {
  expect(thread.text).not.toContain('succeeded')
  expect(thread.broadcasts).toHaveLength(1)
  for (const host of service.hosts) expect(thread.broadcasts[0]).toContain(`${host.name}: `)
}

/** The bot lives on: the same words, said again once the host is well, end as ordered. */
export async function goesOn(bot: TestBot, service: RigService, revision: string): Promise<void> {
  const thread = await bot.deploy(service.name)
  expect(thread.parent).toContain('succeeded')
  for (const host of service.hosts) await service.serves(host, revision)
}

export async function head(host: RigHost, service: RigService): Promise<string> {
  return (await host.asDeploy(`git -C ${service.path} rev-parse HEAD`)).trim()
}

export function short(revision: string): string {
  return revision.slice(0, 7)
}
