import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBot, type TestBot, type Thread } from './bot.ts'
import { during, goesOn, head, line, type StepName, short, told } from './held.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1, web2, web3, web4] = rig.hosts
if (!web1 || !web2 || !web3 || !web4) throw new Error('the rig has fewer than four hosts')

/** One host whose links are cut and frozen, and a bot of its own, since a bot posts once a second. */
interface Lane {
  readonly host: RigHost
  readonly bot: TestBot
  readonly service: RigService
}

/** web4 is each lane's other host, and nothing is done to it: it switches after web1 and web3, and before web2. */
let first: Lane
let second: Lane
let third: Lane

beforeAll(async () => {
  first = await lane(web1, 'l-first', { hosts: [web1, web4], port: 8845 })
  second = await lane(web2, 'l-second', { hosts: [web4, web2], port: 8846 })
  third = await lane(web3, 'l-third', { hosts: [web3, web4], port: 8847 })
})
afterAll(() => Promise.all([first, second, third].map(each => each?.bot.stop())))

async function lane(host: RigHost, name: string, options: { hosts: RigHost[]; port: number }): Promise<Lane> {
  const service = await rig.service(name, options)
  return { host, service, bot: await startBot({ rig, services: [service] }) }
}

// The lanes go through their faults side by side, each through one after another: most of it is waiting.
describe.concurrent('web1, which switches first', () => {
  describe.sequential('a link that is cut', () => {
    it.for<Cut>([['look'], ['fetch'], ['keep', edited], ['reset'], ['clone', emptied]])(
      'at %s: the host ends the step, the bot learns how, and stops (C5)',
      ([step, before]) => cutting(first, step, before),
    )

    it('at put-back: the old commit is back all the same, and the new code was never loaded (C5)', async () => {
      const { host, service } = first
      const before = await head(host, service)
      await service.repo.commit({ files: { 'page.py': 'this is no python\n' }, message: 'Break the page' })
      const thread = await during(first, 'put-back', () => host.cutLinks(), `--hard ${before}`)
      told(thread, service)
      expect(thread.parent).toContain('failed at preflight on web1: the preflight command failed; 0/2')
      expect(thread.text).toContain('web1: put-back: the connection was lost')
      expect(thread.text).toContain(
        `web1 now: HEAD ${short(before)}, serves ${short(before)}, container running.`,
      )
      expect(thread.text).toContain('web4: its turn did not come')
      await goes(first, await service.recolour('mended'))
    })

    it('because the host goes down in mid-step: that nothing is known is said (C30)', async () => {
      const { host, service } = first
      const revision = await service.recolour('crash')
      const thread = await during(first, 'preflight', () => host.stop()).finally(() => host.start())
      told(thread, service)
      expect(thread.parent).toContain('was interrupted at preflight on web1: the connection was lost')
      expect(thread.text).toContain('web1 could not be asked how the step ended')
      expect(thread.text).toContain('web1 now: it could not be asked what it has and serves')
      expect(thread.text).toContain('web4: its turn did not come')
      await goes(first, revision)
    })
  })

  describe.sequential('a link that freezes', () => {
    it.each<StepName>(['look', 'fetch'])('at %s: noticed, and told as a cut one (C3, C4, G12)', step =>
      freezing(first, step),
    )
  })
})

describe.concurrent('web2, which switches last', () => {
  describe.sequential('a link that is cut', () => {
    it.for<Cut>([['unpause', paused], ['start', stopped], ['run', removed], ['preflight']])(
      'at %s: the host ends the step, the bot learns how, and stops (C5)',
      ([step, before]) => cutting(second, step, before),
    )

    it('at verify: the reload goes on, and what it serves is asked anew (C5)', async () => {
      const { host, service } = second
      const { revision, thread } = await afterTouch(second, () => host.cutLinks())
      told(thread, service)
      expect(thread.parent).toContain('was interrupted at verify on web2: the connection was lost')
      lostWhileItLoads(thread, revision)
      await service.serves(host, revision)
      await goes(second, await service.recolour('quick'))
    })

    it('while it waits for its turn: web4 is brought to its end, web2 is as it was (C5, C29)', async () => {
      const { host, service, bot } = second
      const before = await head(host, service)
      const revision = await service.recolour('cut-waiting')
      const canary = { host: web4, service, bot }
      const thread = await during(canary, 'preflight', () => host.cutLinks())
      told(thread, service)
      expect(thread.parent).toContain('was interrupted at hold on web2: the connection was lost')
      expect(thread.text).toContain(`web4: serves ${short(revision)}.`)
      expect(thread.text).toContain(
        `web2 now: HEAD ${short(before)}, serves ${short(before)}, container running`,
      )
      await goes(second, revision)
    })
  })

  describe.sequential('a link that freezes', () => {
    it.each<StepName>(['preflight'])('at %s: noticed, and told as a cut one (C3, C4, G12)', step =>
      freezing(second, step),
    )

    it('at verify: noticed, and what it serves is asked over a new link (C3, C4, G12)', async () => {
      const { host, service } = second
      const frozen = afterTouch(second, () => host.freezeLinks())
      const { revision, thread } = await frozen.finally(() => host.thawLinks())
      told(thread, service)
      expect(thread.parent).toContain('was interrupted at verify on web2: the connection was lost')
      lostWhileItLoads(thread, revision)
      await goes(second, await service.recolour('quick-again'))
    })
  })
})

describe.concurrent('web3, which switches first', () => {
  describe.sequential('a link that is cut', () => {
    it.for<Cut>([['mount', remade], ['restart', remade], ['touch']])(
      'at %s: the host ends the step, the bot learns how, and stops (C5)',
      ([step, before]) => cutting(third, step, before),
    )
  })

  describe.sequential('a host that says nothing', () => {
    it.each<StepName>(['touch'])(
      'on an old link, at %s: noticed, and told as a cut one (C3, C4, G12)',
      step => freezing(third, step),
    )

    it('on any link, at reset: nothing is known, and that is said within a minute (C1, C3)', async () => {
      const { host, service } = third
      const revision = await service.recolour('all-frozen')
      const frozen = during(third, 'reset', () => host.freezeLinks({ listener: true }))
      const thread = await frozen.finally(() => host.thawLinks())
      told(thread, service)
      expect(thread.parent).toContain('l-third was interrupted at reset on web3: the connection was lost')
      expect(thread.text).toContain('web3 could not be asked how the step ended')
      expect(thread.text).toContain('web3 now: it could not be asked what it has and serves')
      expect(thread.text).toContain('web4: its turn did not come')
      await goes(third, revision)
    })

    it('not even that it refuses: given up in time, and nothing is changed anywhere (C1)', async () => {
      const { host, service } = third
      const before = await head(web4, service)
      const revision = await service.recolour('silent')
      await host.fallSilent()
      const thread = await third.bot.deploy(service.name).finally(() => host.start())
      told(thread, service)
      expect(thread.parent).toContain('failed at connect on web3: the host cannot be reached; 0/2')
      expect(thread.text).toContain(`web3: ${host.address}:2222 could not be reached (no answer within 10 s)`)
      expect(thread.text).toContain('web3 now: nothing was changed there.')
      expect(thread.text).toContain('web4: its turn did not come; what runs there is as before.')
      await service.serves(web4, before)
      await goes(third, revision)
    })
  })
})

/** A step, and what makes a deploy come to it. */
type Cut = [step: StepName, before?: (lane: Lane) => Promise<unknown>]

function edited({ host, service }: Lane): Promise<string> {
  return host.asDeploy(`echo '# hot fix' >>${service.path}/wsgi.py`)
}

/** As after `rm -rf` and `mkdir`, but the running container keeps the folder that it has. */
function emptied({ host, service: { path } }: Lane): Promise<string> {
  return host.exec(`rm -rf ${path}.old && mv ${path} ${path}.old && install -d -o deploy -g deploy ${path}`)
}

/** The same files in another folder than the container has. */
async function remade(lane: Lane): Promise<string> {
  const { path } = lane.service
  await emptied(lane)
  return lane.host.exec(`cp -a ${path}.old/. ${path}`)
}

function paused({ host, service }: Lane): Promise<string> {
  return host.exec(`docker pause ${service.name}`)
}

function stopped({ host, service }: Lane): Promise<string> {
  return host.exec(`docker stop -t 1 ${service.name}`)
}

/** An image is recorded only when a deploy has succeeded. */
async function removed(lane: Lane): Promise<void> {
  await goes(lane, await lane.service.repo.revision())
  await lane.host.exec(`docker rm -f ${lane.service.name}`)
}

async function cutting(lane: Lane, step: StepName, before: Cut[1]): Promise<void> {
  await before?.(lane)
  const revision = await lane.service.recolour(`cut-${step}`)
  const thread = await during(lane, step, () => lane.host.cutLinks())
  await lostAt(step, lane, revision, thread)
  await goes(lane, revision)
}

async function freezing(lane: Lane, step: StepName): Promise<void> {
  const revision = await lane.service.recolour(`frozen-${step}`)
  const frozen = during(lane, step, () => lane.host.freezeLinks())
  const thread = await frozen.finally(() => lane.host.thawLinks())
  await lostAt(step, lane, revision, thread)
  await goes(lane, revision)
}

async function lostAt(step: StepName, lane: Lane, revision: string, thread: Thread): Promise<void> {
  const { host, service } = lane
  const { name } = host
  told(thread, service)
  expect(thread.parent).toContain(
    `${service.name} was interrupted at ${step} on ${name}: the connection was lost`,
  )
  expect(thread.text).toContain(`${name} finished ${step} by itself, and nothing after it.`)
  const now = step === 'clone' ? 'no commit checked out' : `HEAD ${short(await head(host, service))}`
  // What has only just been started may not answer yet.
  expect(thread.text).toMatch(new RegExp(`${name} now: ${now}, (serves|answers:) .*, container running\\.`))
  const isLast = host === service.hosts[1]
  expect(thread.broadcasts[0]).toContain(
    isLast ? `web4: serves ${short(revision)}.` : 'web4: its turn did not come',
  )
}

/** Does something to the host once its service was told to load a commit that takes a second. */
async function afterTouch(
  { host, service, bot }: Lane,
  act: () => Promise<unknown>,
): Promise<{ readonly revision: string; readonly thread: Thread }> {
  const page = 'import time\ntime.sleep(1)\nCOLOUR = "slow"\n'
  const revision = await service.repo.commit({ files: { 'page.py': page }, message: 'Load slowly' })
  const isTouched = line(host, /touch end 0$/)
  const deploying = bot.deploy(service.name)
  await isTouched()
  await act()
  return { revision, thread: await deploying }
}

function lostWhileItLoads(thread: Thread, revision: string): void {
  expect(thread.text).toContain('web2 had the new commit by then, and may have loaded it since')
  expect(thread.text).toContain(`web2 now: HEAD ${short(revision)}, serves `)
  expect(thread.text).toContain(`web4: serves ${short(revision)}.`)
}

function goes({ bot, service }: Lane, revision: string): Promise<void> {
  return goesOn(bot, service, revision)
}
