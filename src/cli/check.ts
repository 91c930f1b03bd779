import type { Config, Target } from '../config/config.ts'
import type { Host } from '../order.ts'
import {
  type HostCheck,
  type NoRepository,
  type PlaceCheck,
  readMachine,
  readNoRepository,
  readPlace,
  type Unanswered,
} from '../plan/check.ts'
import { clashesIn } from '../plan/clashes.ts'
import { beyondRecords } from '../plan/fences.ts'
import { check, place, reach } from '../plan/steps.ts'
import type { HostSession, Hosts } from '../ports/hosts.ts'
import { fetchQueue } from '../run/world.ts'
import { checkLines, checkSummary, clashText, hostCheckText } from '../sentences/check.ts'
import { offeredKey } from '../ssh/offered-key.ts'
import type { Step } from '../step.ts'
import { fencesOn } from './catch-up.ts'

/**
 * Looks at every host of the configuration and prints what a deploy would meet there, in the order of touchdown.yml.
 * Changes nothing. 0: every host is ready; 1: at least one has a problem. Warnings do not count.
 */
export async function runCheck(parts: {
  readonly config: Config
  readonly hosts: Hosts
  /** Undefined: there are none yet, or they cannot be read. */
  readonly records?: Given | undefined
  readonly print: (text: string) => void
}): Promise<number> {
  const { config, hosts, records, print } = parts
  const targets = [...config.services.values()].flatMap(service => [...service.targets.values()])
  const asks = fetchQueue()
  const reachable = (session: HostSession, target: Target) => asks.add(() => reachRepository(session, target))

  const offered = offeredKeys([...config.hosts.values()])
  const checking = [...config.hosts.values()].map(host => {
    const here = targets.filter(target => target.hosts.some(({ name }) => name === host.name))
    return checkHost({ host, targets: here, hosts, records, reachable })
  })
  const seen = []
  for (const one of checking) {
    const found = await one
    const lines = checkLines(found)
    print(`${hostCheckText(found.host, lines)}\n`)
    seen.push([found.host.name, lines] as const)
  }
  const clashes = clashesIn(config, await offered)
  for (const clash of clashes) print(`warning  ${clashText(clash)}\n`)
  print(checkSummary(seen, clashes))
  return seen.some(([, lines]) => lines.some(line => line.grade === 'problem')) ? 1 : 0
}

/** What the records are compared by with what hosts have seen. */
interface Given {
  readonly installation: string
  /** The last fence number. */
  readonly given: number
}

type Reachable = (session: HostSession, target: Target) => Promise<'answers' | NoRepository>

async function checkHost(parts: {
  readonly host: Host
  readonly targets: readonly Target[]
  readonly hosts: Hosts
  readonly records: Given | undefined
  readonly reachable: Reachable
}): Promise<HostCheck> {
  const { host, targets, hosts, records, reachable } = parts
  const opening = await hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return { host, status: 'closed', because: opening.because }
  const { session } = opening
  try {
    const machine = await ask(session, check(), readMachine)
    const hasGit = !('unanswered' in machine) && !machine.missingTools.includes('git')
    const places: PlaceCheck[] = []
    for (const target of targets)
      places.push(await checkPlace(session, target, hasGit ? reachable : undefined))
    const beyond = records && beyondRecords((await fencesOn(session)) ?? [], records)
    return { host, status: 'open', machine, beyond, places }
  } finally {
    await session.close()
  }
}

/** `reachable` is undefined where git is missing. */
async function checkPlace(
  session: HostSession,
  target: Target,
  reachable: Reachable | undefined,
): Promise<PlaceCheck> {
  const { service, environment, path, repo, runAs, owner } = target
  const found = await ask(session, place(target), readPlace)
  const canAsk = !('unanswered' in found) && !found.denied
  const repository = canAsk ? await reachable?.(session, target) : undefined
  return { target: { service, environment }, path, repo, runAs, owner, found, repository }
}

async function ask<Found>(
  session: HostSession,
  step: Step,
  read: (output: string) => Found,
): Promise<Found | Unanswered> {
  const outcome = await session.run(step)
  if (outcome.status === 'ok') return read(outcome.output)
  return { unanswered: outcome.status === 'unknown' ? UNKNOWN[outcome.why] : outcome.output || 'it failed' }
}

const UNKNOWN = {
  'link-lost': 'the connection was lost',
  'timed-out': 'nothing was heard for a minute',
  'no-marker': "the host's shell ended",
  'bot-paused': 'this process stood still',
} as const

async function reachRepository(session: HostSession, target: Target): Promise<'answers' | NoRepository> {
  const outcome = await session.run(reach(target))
  if (outcome.status === 'ok') return 'answers'
  const code = outcome.status === 'failed' && 'code' in outcome.exit ? outcome.exit.code : undefined
  return readNoRepository(code, outcome.output)
}

/** Two users can only meet on one machine when there are two users at all. */
async function offeredKeys(hosts: readonly Host[]): Promise<ReadonlyMap<string, string>> {
  if (new Set(hosts.map(host => host.user)).size < 2) return new Map()
  const asked = hosts.map(async host => {
    // A host that offers none is told by its own check.
    const key = await offeredKey(host.address, host.port).catch(() => undefined)
    return key ? [[host.name, key.fingerprint] as const] : []
  })
  return new Map((await Promise.all(asked)).flat())
}
