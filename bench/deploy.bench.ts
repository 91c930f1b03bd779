import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { it } from 'vitest'
import { startBot, type TestBot } from '../test/e2e/bot.ts'
import type { RigHost } from '../test/e2e/rig/host.ts'
import { type StartedRig, startRig } from '../test/e2e/rig/rig.ts'
import type { RigService } from '../test/e2e/rig/service.ts'
import { bareSsh } from './bare-ssh.ts'
import { figures, HEAD, row } from './figures.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15)
const WIDTHS = [1, 4, 8]

interface Round {
  /** Command given → the last host's reload file touched. */
  readonly steps: number
  /** Command given → every host answers the new revision. */
  readonly served: number
}

it('a code deploy against the same commands typed into ssh', async () => {
  const rig = await startRig({ hosts: Math.max(...WIDTHS) })
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const warm = await bareSsh(rig, folder, true)
  const cold = await bareSsh(rig, folder, false)
  let bot: TestBot | undefined
  try {
    const services = await servicesOf(rig)
    bot = await startBot({
      rig,
      services,
      changes: Object.fromEntries(services.map(({ name }) => [name, { preflight: undefined }])),
    })
    const idle = rssOf(bot)
    const acks: number[] = []
    const busy: number[] = []
    console.log(`\n${HEAD}`)
    for (const service of services) {
      const rounds = { ours: [] as Round[], warm: [] as Round[], cold: [] as Round[] }
      for (let round = 0; round < ROUNDS + 1; round += 1) {
        const ours = await byBot(bot, service, `${round}-ours`)
        const byWarm = await bySsh(warm, service, `${round}-warm`)
        const byCold = await bySsh(cold, service, `${round}-cold`)
        // The first round warms all connections, ours and theirs, and is not counted.
        if (round === 0) continue
        acks.push(ours.ack)
        busy.push(rssOf(bot))
        rounds.ours.push(ours)
        rounds.warm.push(byWarm)
        rounds.cold.push(byCold)
      }
      for (const [label, key] of [
        ['steps done', 'steps'],
        ['new code served', 'served'],
      ] as const) {
        const base = figures(rounds.warm.map(round => round[key]))
        const hosts = `${service.hosts.length} host${service.hosts.length === 1 ? '' : 's'}`
        console.log(row(`${hosts}: ${label}, Touchdown`, figures(rounds.ours.map(round => round[key])), base))
        console.log(row(`${hosts}: ${label}, warm ssh`, base, base))
        console.log(row(`${hosts}: ${label}, cold ssh`, figures(rounds.cold.map(round => round[key])), base))
      }
    }
    const ack = figures(acks)
    console.log(`\ncommand → ack: n ${ack.n}, p50 ${ack.median.toFixed(0)} ms, p99 ${ack.p99.toFixed(0)} ms`)
    console.log(`memory (RSS): idle ${idle} MB, most at work ${Math.max(...busy)} MB\n`)
  } finally {
    await bot?.stop()
    await Promise.all([warm.close(), cold.close()])
    rmSync(folder, { recursive: true })
    await rig.stop()
  }
})

async function servicesOf(rig: StartedRig): Promise<readonly RigService[]> {
  const services: RigService[] = []
  for (const width of WIDTHS) {
    services.push(
      await rig.service(`bench${width}`, { hosts: rig.hosts.slice(0, width), port: 8900 + width }),
    )
  }
  return services
}

/** Each way deploys a commit of its own that changes what the page answers; the wrong code ends the run. */
async function byBot(bot: TestBot, service: RigService, colour: string): Promise<Round & { ack: number }> {
  const revision = await newCommit(service, colour)
  const began = Date.now()
  const number = bot.threads().length + 1
  const said = bot.say(service.name)
  const served = await servedBy(service, revision, began)
  const thread = await bot.ended(number)
  if (!thread.parent.includes('succeeded')) throw new Error(`not deployed:\n${thread.text}`)
  return {
    steps: touchedAt(service.hosts, began) - began,
    served,
    ack: (await said).ackedWithinMs ?? Number.NaN,
  }
}

async function bySsh(
  ssh: Awaited<ReturnType<typeof bareSsh>>,
  service: RigService,
  colour: string,
): Promise<Round> {
  const revision = await newCommit(service, colour)
  const began = Date.now()
  const serving = servedBy(service, revision, began)
  await ssh.deploy(service, service.hosts, revision)
  const steps = Date.now() - began
  return { steps, served: await serving }
}

/** uWSGI looks at its reload file once a second: without a random start one way would always meet it at a better moment. */
async function newCommit(service: RigService, colour: string): Promise<string> {
  const revision = await service.recolour(colour)
  await delay(Math.random() * 1_000)
  return revision
}

/** When the last host's journal says that its reload file was touched. */
function touchedAt(hosts: readonly RigHost[], since: number): number {
  const times = hosts.map(host => {
    const line = host.journal().findLast(entry => entry.endsWith(' touch end 0'))
    const time = Date.parse(line?.split(' ')[0] ?? '')
    if (!(time >= since)) throw new Error(`${host.name} was not touched`)
    return time
  })
  return Math.max(...times)
}

async function servedBy(service: RigService, revision: string, began: number): Promise<number> {
  const limit = began + 60_000
  await Promise.all(
    service.hosts.map(async host => {
      while ((await host.http(service.port).catch(() => undefined))?.revision !== revision) {
        if (Date.now() > limit) throw new Error(`${host.name} does not serve ${revision}`)
        await delay(10)
      }
    }),
  )
  return Date.now() - began
}

function rssOf(bot: TestBot): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${bot.pid()}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}
