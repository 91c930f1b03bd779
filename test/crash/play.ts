import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '../../demo/slack/people.ts'
import type { Message } from '../../demo/slack/shapes.ts'
import type { Scenario } from './effects.ts'
import { isAlive, type Said, type World } from './world.ts'

/** How often everything is looked at. */
const LOOK_MS = 200

/** People do what the scenario says, and wait until all is quiet. `dead`: the bot died before. */
export async function play(world: World, scenario: Scenario): Promise<'quiet' | 'dead'> {
  const { service, people } = world
  switch (scenario) {
    case 'code':
      await world.commit()
      say(world, people.deployer, service)
      break
    case 'container':
      say(world, people.deployer, `${service} --container on ${world.hosts[0]?.name}`)
      break
    case 'cancel':
      await world.commit()
      say(world, people.deployer, service)
      if ((await until(world, () => isRunning(world))) === 'dead') return 'dead'
      say(world, people.deployer, `cancel ${service}`)
      break
    case 'lock':
      say(world, people.deployer, `lock ${service} for 30m a test`)
      if ((await quiet(world)) === 'dead') return 'dead'
      say(world, people.deployer, `unlock ${service}`)
      break
    case 'refusal':
      say(world, people.guest, service)
      break
  }
  return quiet(world)
}

/** A lock that a dead bot has left is lifted, so that the next one is set like the first. */
export async function lift(world: World): Promise<void> {
  const [found] = await world.rows('SELECT count(*) AS n FROM holds WHERE ended_at IS NULL')
  if (Number(found?.['n']) === 0) return
  say(world, world.people.deployer, `unlock ${world.service}`)
  await quiet(world)
}

/** Until every command has its end and every end was told. Meanwhile people press what waits for them. */
export async function quiet(world: World): Promise<'quiet' | 'dead'> {
  /** What was pressed in this life of the bot: nobody presses it twice. */
  const pressed = new Set<string>()
  return until(world, async () => {
    pressWhatWaits(world, pressed)
    if (world.said.some(({ outcome }) => outcome === undefined)) return false
    const [open] = await world.rows(OPEN)
    return Object.values(open ?? {}).every(count => Number(count) === 0)
  })
}

const OPEN = `SELECT
  (SELECT count(*) FROM commands WHERE settled_at IS NULL) AS commands,
  (SELECT count(*) FROM deployments WHERE status IN ('awaiting', 'queued', 'running', 'stalled')) AS deployments,
  (SELECT count(*) FROM deployments WHERE NOT EXISTS
    (SELECT 1 FROM told WHERE told.deployment_id = deployments.id AND told.done = 1)) AS untold`

const PATIENCE_MS = 60_000

export async function until(world: World, isSo: () => Promise<boolean>): Promise<'quiet' | 'dead'> {
  const limit = performance.now() + PATIENCE_MS
  while (performance.now() < limit) {
    if (!isAlive(world)) return 'dead'
    if (await isSo().catch(() => false)) return 'quiet'
    await sleep(LOOK_MS)
  }
  throw new Error(
    `It does not become quiet: ${JSON.stringify(await world.rows(OPEN))}\n${world.bot.log().slice(-3_000)}`,
  )
}

async function isRunning(world: World): Promise<boolean> {
  const [found] = await world.rows("SELECT count(*) AS n FROM deployments WHERE status = 'running'")
  return Number(found?.['n']) > 0
}

function say(world: World, user: string, text: string): void {
  const outcome = world.slack.command({ user, channel: world.channel, text })
  note(world, { what: text, by: user, on: undefined }, outcome)
}

/** Somebody else approves, and says whether what a dead bot has left half-way goes on. */
function pressWhatWaits(world: World, pressed: Set<string>): void {
  for (const message of world.slack.messages(world.channel)) {
    for (const actionId of ['approve', world.answer]) {
      const button = buttonIn(message, actionId)
      if (!button || pressed.has(`${message.ts} ${actionId}`)) continue
      pressed.add(`${message.ts} ${actionId}`)
      const user = world.people.approver
      const asks = button.asks ? { confirms: true as const } : {}
      const outcome = world.slack.click({ user, message, actionId, ...asks })
      note(world, { what: actionId, by: user, on: message.ts }, outcome)
    }
  }
}

function note(world: World, said: Pick<Said, 'what' | 'by' | 'on'>, outcome: Promise<Outcome>): void {
  const entry: Said = { ...said, at: Date.now(), outcome: undefined }
  world.said.push(entry)
  void outcome.then(
    seen => {
      entry.outcome = seen
    },
    () => {
      entry.outcome = 'gone'
    },
  )
}

function buttonIn({ blocks }: Message, actionId: string): { readonly asks: boolean } | undefined {
  const elements = blocks.flatMap(block => (Array.isArray(block['elements']) ? block['elements'] : []))
  const found = elements.find(element => element?.action_id === actionId)
  return found && { asks: found.confirm !== undefined }
}
