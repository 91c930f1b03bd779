import { setTimeout as sleep } from 'node:timers/promises'
import type { Said } from '../../chaos/findings.ts'
import type { ChaosPlan, PlannedCommand, PlannedFault } from '../../chaos/plan.ts'
import { CHANNEL } from '../bot.ts'
import { type Bystanders, bystandersOf } from './bystanders.ts'
import { strike } from './faults.ts'
import { heard } from './heard.ts'
import { personOf, type Stage } from './stage.ts'

/** What was said and pressed, without the answers, and what was done when: a line each. */
export interface Played extends Bystanders {
  readonly said: readonly Omit<Said, 'answers'>[]
  readonly timeline: readonly string[]
  note(text: string): void
}

const AGAIN_AFTER_MS = 2_000

/** Acts the plan out. Resolves when every command was acknowledged or given up, and every fault has ended; who watches stays. */
export async function play(plan: ChaosPlan, stage: Stage): Promise<Played> {
  const revisions = await commitsFor(plan, stage)
  const began = performance.now()
  const timeline: string[] = []
  const note = (text: string) => {
    timeline.push(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`)
  }
  const at = (ms: number) => sleep(Math.max(0, began + ms - performance.now()))

  async function say(command: PlannedCommand, n: number): Promise<Omit<Said, 'answers'>> {
    await at(command.atMs)
    const service = stage.services[command.service]
    if (!service) throw new Error(`There is no service ${command.service}.`)
    const revision = revisions.get(n)
    const isFull = command.kind === 'full'
    const text = revision
      ? `${service.name} ${revision}${isFull ? ' --full' : ''}`
      : `${command.kind} ${service.name}`
    const hosts = service.hosts.map(({ name }) => name)
    const order = revision ? { service: service.name, revision, hosts, isFull } : undefined
    for (let tries = 1; ; tries++) {
      if (command.isTwice) stage.slack.faults.duplicateNextEnvelope()
      const outcome = await stage.slack.command({ user: personOf(n), channel: CHANNEL, text })
      const was = heard(outcome, command)
      const { ackedWithinMs: ms } = outcome
      const ack = ms === undefined ? outcome.status : `${ms.toFixed(0)} ms`
      const isDone = was !== 'refused' || performance.now() - began > plan.lengthMs
      const how = `${command.isTwice ? ', delivered twice' : ''}${tries > 1 ? `, for the ${tries}th time` : ''}`
      if (isDone || tries === 1) note(`${personOf(n)} says ${text}${how}: ${was} (${ack})`)
      if (isDone) return { by: personOf(n), order, was }
      // As people do who read that nothing was started.
      await sleep(AGAIN_AFTER_MS)
    }
  }

  async function struck({ atMs, forMs, fault }: PlannedFault): Promise<void> {
    await at(atMs)
    note(`begins: ${JSON.stringify(fault)}`)
    const end = await strike(stage, fault)
    await at(atMs + forMs)
    await end()
    note(`ends: ${JSON.stringify(fault)}`)
  }

  const bystanders = bystandersOf(plan, stage, note)
  const [said] = await Promise.all([
    Promise.all(plan.commands.map(say)),
    Promise.all(plan.faults.map(struck)),
  ])
  return { ...bystanders, said, timeline, note }
}

/** Each order has a commit of its own, in the order of the commands: what a host has tells whose it is. */
async function commitsFor(
  { commands }: ChaosPlan,
  { services }: Stage,
): Promise<ReadonlyMap<number, string>> {
  const perService = await Promise.all(
    services.map(async (service, index) => {
      const made: [number, string][] = []
      for (const [n, { kind, service: wanted }] of commands.entries())
        if ((kind === 'deploy' || kind === 'full') && wanted === index)
          made.push([n, await service.recolour(`colour-${n}`)])
      return made
    }),
  )
  return new Map(perService.flat())
}
