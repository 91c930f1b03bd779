import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'vitest'
import { startBot, type TestBot } from '../test/e2e/bot.ts'
import { push } from '../test/e2e/rig/push.ts'
import { type StartedRig, startRig } from '../test/e2e/rig/rig.ts'
import type { RigService } from '../test/e2e/rig/service.ts'
import { watched } from '../test/e2e/rig/watch.ts'
import { type BareSsh, bareSsh } from './bare-ssh.ts'
import { figures, HEAD, row } from './figures.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15)
const WIDTHS = [1, 2]

interface Round {
  /** Command given → said to be done: by the bot when it was proved, by ssh when `docker run` has returned. */
  readonly done: number
  /** How long the first host answered nobody, seen by a client that asks every 10 ms. */
  readonly away: number
}

it('a container deploy against docker pull, stop, rm and run typed into ssh', async () => {
  const rig = await startRig({ hosts: Math.max(...WIDTHS) })
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const ssh = await bareSsh(rig, folder, true)
  let bot: TestBot | undefined
  try {
    const services = await Promise.all(
      WIDTHS.map(width =>
        rig.service(`swap${width}`, { hosts: rig.hosts.slice(0, width), port: 8980 + width }),
      ),
    )
    bot = await startBot({
      rig,
      services,
      changes: Object.fromEntries(services.map(service => [service.name, changed(rig, service)])),
    })
    console.log(`\n${HEAD}`)
    for (const service of services) {
      const rounds = { ours: [] as Round[], ssh: [] as Round[] }
      for (let round = 0; round < ROUNDS + 1; round += 1) {
        const ours = await byBot(rig, bot, service)
        const bySsh = await byHand(rig, ssh, service)
        // The first round warms all connections, ours and theirs, and is not counted.
        if (round === 0) continue
        rounds.ours.push(ours)
        rounds.ssh.push(bySsh)
      }
      const { length } = service.hosts
      for (const [label, key] of [
        ['new container', 'done'],
        ['nobody served', 'away'],
      ] as const) {
        const base = figures(rounds.ssh.map(round => round[key]))
        const hosts = `${length} host${length === 1 ? '' : 's'}`
        console.log(row(`${hosts}: ${label}, Touchdown`, figures(rounds.ours.map(round => round[key])), base))
        console.log(row(`${hosts}: ${label}, warm ssh`, base, base))
      }
    }
    console.log()
  } finally {
    await bot?.stop()
    await ssh.close()
    rmSync(folder, { recursive: true })
    await rig.stop()
  }
})

const containerOf = ({ yaml }: RigService) => Object(yaml['container'])

/** Nobody is asked, and nothing is run beside: what both ways do is the same. */
function changed(rig: StartedRig, service: RigService): Readonly<Record<string, unknown>> {
  const container = { ...containerOf(service), image: `${rig.registry}/${service.name}:latest` }
  return { approval: 'none', preflight: undefined, container }
}

/** Each way brings an image of its own. */
async function byBot(rig: StartedRig, bot: TestBot, service: RigService): Promise<Round> {
  await newImage(rig, service)
  return measured(service, async () => {
    const thread = await bot.deploy(`${service.name} --container`)
    if (!thread.parent.includes('succeeded')) throw new Error(`not deployed:\n${thread.text}`)
  })
}

async function byHand(rig: StartedRig, ssh: BareSsh, service: RigService): Promise<Round> {
  const digest = await newImage(rig, service)
  const run = [...containerOf(service).run, '-v', `${service.path}:/app`]
  return measured(service, () =>
    ssh.replace(service, service.hosts, run, `${rig.registry}/${service.name}@${digest}`),
  )
}

function newImage(rig: StartedRig, service: RigService): Promise<string> {
  const builder = rig.hosts.at(-1)
  if (!builder) throw new Error('the rig has no host')
  return push(rig, builder, service.name)
}

async function measured(service: RigService, act: () => Promise<unknown>): Promise<Round> {
  const [first] = service.hosts
  if (!first) throw new Error('the service has no host')
  let done = 0
  const { seen } = await watched(first, service.port, async () => {
    const began = performance.now()
    await act()
    done = performance.now() - began
    // A container that has been started does not serve yet.
    for (const host of service.hosts) await service.serves(host, service.revision)
  })
  return { done, away: seen.gapMs }
}
