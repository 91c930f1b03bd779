import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { allOf, type Evidence, type Findings, findings, twice } from '../chaos/findings.ts'
import { chaosPlan } from '../chaos/plan.ts'
import { figures } from '../figures.ts'
import { gather, owed } from './chaos/evidence.ts'
import { type Played, play } from './chaos/play.ts'
import { SERVICES, type Stage, setStage } from './chaos/stage.ts'
import { journalsFromNow, turnsIn } from './journal.ts'
import { sharedRig } from './shared-rig.ts'

const REPLICAS = Number(process.env['CHAOS_REPLICAS'] ?? 2)
const COMMANDS = Number(process.env['CHAOS_COMMANDS'] ?? 20)
const SEED = Number(process.env['CHAOS_SEED'] ?? 19_726)
/** A lease, the longest wait for a host's lock, and a deployment: so long nothing may come to its end. */
const PATIENCE_MS = 150_000
/** What one deployment after another takes on a slow machine. */
const QUIET_WITHIN_MS = PATIENCE_MS + COMMANDS * 15_000

const rig = sharedRig()
const journals = journalsFromNow(rig.hosts)
const plan = chaosPlan(SEED, {
  commands: COMMANDS,
  replicas: REPLICAS,
  hosts: rig.hosts.length,
  services: SERVICES,
})

let stage: Stage
beforeAll(async () => {
  stage = await setStage(rig, { replicas: REPLICAS, people: COMMANDS + SERVICES })
})
afterAll(() => stage?.stop())

it(
  `chaos of seed ${SEED}: nothing is lost, nothing is done twice, nothing overlaps`,
  async () => {
    console.log(`CHAOS_SEED=${SEED} CHAOS_COMMANDS=${COMMANDS}`)
    const played = await play(plan, stage)
    const ended = performance.now()
    const evidence = await quiet(played)
    await played.leave()
    const found = findings(evidence)
    if (process.env['CHAOS_TIMELINE']) console.log([...played.timeline, ...turnedAway(evidence)].join('\n'))
    figures(...summary(evidence, found, performance.now() - ended))
    expect(turnsIn(evidence.journals)).toBeGreaterThan(0)
    expect(allOf(found), report(played, evidence, allOf(found))).toEqual([])
  },
  plan.lengthMs + QUIET_WITHIN_MS + 60_000,
)

/** When nothing is owed any more and all is told, or when that does not come nearer. */
async function quiet(played: Played): Promise<Evidence> {
  let deadline = performance.now() + PATIENCE_MS
  let last = ''
  for (;;) {
    const count = await owed(stage.databaseUrl)
    const isLate = performance.now() > deadline
    // To look at all hosts is work for the machine, too.
    const evidence = count === 0 || isLate ? await gather(stage, played, journals) : undefined
    const missing = evidence && allOf(findings(evidence)).length
    const now =
      missing === undefined ? `${count ?? 'nobody knows how many'} unfinished` : `${missing} not told`
    if (now !== last) {
      played.note(now)
      deadline = performance.now() + PATIENCE_MS
    }
    last = now
    if (evidence && (missing === 0 || isLate)) return evidence
    await sleep(1_000)
  }
}

/** Lines to be quoted. */
function summary(evidence: Evidence, found: Findings, quietAfterMs: number): readonly string[] {
  const { commands, told, presses } = evidence
  const was = (what: string) => commands.filter(command => command.was === what).length
  const ended = ENDS.map(words => `${told.filter(({ parent }) => parent.includes(words)).length} ${words}`)
  const pressed = ACTIONS.map(
    action => `${presses.filter(press => press.action === action).length} ${action}`,
  )
  const deaths = stage.replicas.map(replica => replica.deaths()).join(' + ')
  return [
    `${found.lost.length} lost, ${found.doubled.length} double, ${found.violations.length} violations`,
    `seed ${SEED}: ${commands.length} commands, ${plan.faults.length} faults in ${(plan.lengthMs / 1_000).toFixed(0)} s, quiet ${(quietAfterMs / 1_000).toFixed(0)} s later`,
    `${was('accepted')} accepted, ${turnedAway(evidence).length} of them told no; ${was('refused')} refused, ${was('unknown')} not answered`,
    `${told.length} deployments told: ${ended.join(', ')}; ${twice(evidence)} messages stand twice`,
    `${presses.length} presses of buttons: ${pressed.join(', ')}`,
    `${turnsIn(evidence.journals)} turns on ${evidence.journals.size} hosts; the bots ended by themselves ${deaths} times`,
  ]
}

/** Accepted, and then there was a reason why nothing began. */
function turnedAway({ commands, told }: Evidence): readonly string[] {
  return commands
    .filter(({ by, order, was }) => order && was === 'accepted' && !told.some(each => each.by === by))
    .map(({ by, answers }) => `${by}, accepted and told no: ${answers.join(' | ')}`)
}

const ENDS = [
  ...['succeeded', 'failed', 'ended partly', 'was interrupted'],
  ...['was cancelled', 'was rejected', 'was given up'],
]
const ACTIONS = ['approve', 'reject', 'cancel', 'resume', 'leave'] as const

/** All that is needed to see what went wrong, and to see it again. */
function report({ timeline }: Played, { journals, told }: Evidence, found: readonly string[]): string {
  const named = told.map(({ deployment }) => deployment).filter(id => found.some(text => text.includes(id)))
  const lines = [...journals].flatMap(([host, all]) =>
    all.filter(line => named.some(id => line.includes(` ${id} `))).map(line => `${host} ${line}`),
  )
  const logs = stage.replicas.map(({ process }, index) => `replica ${index}:\n${process.log().slice(-6_000)}`)
  return [
    `Again: CHAOS_SEED=${SEED} CHAOS_COMMANDS=${COMMANDS} npx vitest run --config vitest.chaos.config.ts test/e2e/chaos.e2e.ts`,
    ...found,
    ...['', 'What happened:', ...timeline, '', 'The hosts:', ...lines, ''],
    ...logs,
  ].join('\n')
}
