import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../src/order.ts'
import { hold, preflight, recall } from '../../src/plan/steps.ts'
import type { HostSession, SessionPurpose } from '../../src/ports/hosts.ts'
import { Secret } from '../../src/secret.ts'
import { openHosts } from '../../src/ssh/hosts.ts'
import { replica } from '../plan/orders.ts'
import { until } from './rig/command.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web] = rig.hosts
if (!web) throw new Error('the rig has no host')
const container = 'session-app'
const host: Host = { name: web.name, address: web.address, port: web.port, user: web.user, hostKeys: [] }
const openAll = () =>
  openHosts({
    privateKey: new Secret(readFileSync(rig.sshKeyFile, 'utf8')),
    knownHosts: async () => readFileSync(rig.knownHostsFile, 'utf8'),
  })
const hosts = openAll()

beforeAll(async () => {
  await rig.service(container, { hosts: [web], port: 8801 })
})
afterAll(() => hosts.close())

let count = 0
function deploying(
  service: string,
  fence: number,
  changes: { installation?: string; lockWaitMs?: number; firstFence?: number } = {},
) {
  count += 1
  return {
    kind: 'deploy',
    deployment: `session-${count}`,
    target: { service, environment: 'production' },
    installation: 'ours',
    fence,
    firstFence: fence,
    by: 'U01ALICE',
    lockWaitMs: 40_000,
    ...changes,
  } as const
}

async function open(purpose: SessionPurpose): Promise<HostSession> {
  const opening = await hosts.open(host, purpose)
  if (opening.kind === 'closed') throw new Error(JSON.stringify(opening.because))
  return opening.session
}

/** A real step of a real deploy that lasts as long as we like: a command inside the container. */
const slowly = (script: string) => preflight({ ...replica(), name: container }, ['sh', '-c', script])

/** Resolves when the host's journal has the start of the deployment's step. */
const begun = (deployment: string) =>
  until(
    'the step starts',
    async () =>
      web.journal().some(line => line.includes(` ${deployment} `) && line.endsWith('preflight start -')) ||
      undefined,
  )

describe('a link that is cut in mid-step', () => {
  it('leaves the step to finish on its host, and a second session learns how it ended (C5)', async () => {
    const purpose = deploying('cut', 1)
    const session = await open(purpose)
    const running = session.run(slowly('echo one; sleep 2; echo two; echo kept >/app/finished'))
    await begun(purpose.deployment)
    await web.cutLinks()
    const outcome = await running
    expect(outcome).toMatchObject({ status: 'unknown', why: 'link-lost' })
    if (outcome.status !== 'unknown') return

    const second = await open(purpose)
    const ended = await second.run(recall(outcome.sequence))
    expect(ended).toMatchObject({ status: 'ok' })
    expect(ended.output.trim()).toBe('0\none\ntwo')
    expect(web.read('/srv/session-app/finished')).toBe('kept\n')
    await second.close()
  })

  it('keeps the lock until the step has ended, so that nobody acts beside it', async () => {
    const purpose = deploying('beside', 1)
    const session = await open(purpose)
    const running = session.run(slowly('sleep 3'))
    await begun(purpose.deployment)
    await web.cutLinks()
    await running
    const early = await hosts.open(host, deploying('beside', 2, { lockWaitMs: 0 }))
    expect(early).toMatchObject({ kind: 'closed', because: { kind: 'target-locked' } })
    const late = await open(deploying('beside', 3))
    const ends = web.journal().filter(line => line.includes(` ${purpose.deployment} `))
    expect(ends.at(-1)).toMatch(/preflight end 0$/)
    await late.close()
  })

  it('and one that freezes is noticed, the host frees its lock after 20 s of silence (C3, G12)', async () => {
    const purpose = deploying('frozen', 1)
    const session = await open(purpose)
    const running = session.run(slowly('sleep 1'))
    await begun(purpose.deployment)
    await web.freezeLinks()
    expect(await running).toMatchObject({ status: 'unknown', why: 'link-lost' })
    const second = await open(deploying('frozen', 2))
    await second.close()
    await web.thawLinks()
  })
})

describe('the fence', () => {
  it('refuses a number lower than one it has seen: a paused bot that wakes late changes nothing (D6, F11)', async () => {
    const purpose = deploying('fenced', 7)
    await (await open(purpose)).close()
    const stale = await hosts.open(host, deploying('fenced', 6))
    expect(stale).toEqual({ kind: 'closed', because: { kind: 'stale-fence', found: 'ours 7' } })
    await (await open(purpose)).close()
  })

  it('is asked again with the host lock, when a newer bot has come in between', async () => {
    const session = await open(deploying('fenced-later', 1))
    await web.asDeploy('echo "ours 2" >.touchdown/targets/fenced-later.production/fence')
    expect(await session.run(hold(5_000))).toMatchObject({ status: 'failed', exit: { code: 97 } })
    await session.close()
  })

  it('refuses the bot of another installation and names it', async () => {
    await (await open(deploying('foreign', 3))).close()
    const other = await hosts.open(host, deploying('foreign', 9, { installation: 'theirs' }))
    expect(other).toEqual({ kind: 'closed', because: { kind: 'other-installation', found: 'ours 3' } })
  })
})

describe('an end that nobody told', () => {
  it('is unknown, never success: the shell is killed while its step runs', async () => {
    const purpose = deploying('killed', 1)
    const session = await open(purpose)
    const running = session.run(slowly('sleep 2'))
    await begun(purpose.deployment)
    await web.exec(`pkill -KILL -u deploy -f "^sh -c IFS= read -r p"`)
    const outcome = await running
    expect(outcome).toMatchObject({ status: 'unknown', why: 'no-marker' })
  })

  it('is unknown when the bot stops waiting, and the session is over', async () => {
    const session = await open(deploying('impatient', 1))
    expect(await session.run({ ...slowly('sleep 3'), limitMs: 500 })).toMatchObject({
      status: 'unknown',
      why: 'timed-out',
    })
    expect(await session.run(slowly('true'))).toMatchObject({ status: 'unknown' })
  })
})

describe('locks', () => {
  it('one target has one session; the next is told who holds it', async () => {
    const first = deploying('locked', 1)
    const session = await open(first)
    const second = await hosts.open(host, deploying('locked', 2, { lockWaitMs: 0 }))
    expect(second).toMatchObject({ kind: 'closed', because: { kind: 'target-locked' } })
    expect(JSON.stringify(second)).toContain(`${first.deployment} by U01ALICE since 20`)
    await session.close()
  })

  it('two targets share a host but not its turn to change what runs', async () => {
    const one = await open(deploying('left', 1))
    const other = await open(deploying('right', 1))
    expect(await one.run(hold(0))).toMatchObject({ status: 'ok' })
    expect(await other.run(hold(0))).toMatchObject({ status: 'failed', exit: { code: 75 } })
    await one.close()
    expect(await other.run(hold(10_000))).toMatchObject({ status: 'ok' })
    await other.close()
  })
})

describe('output', () => {
  it('of 100 MB stays on the host but for its two ends (C9, G11)', async () => {
    const session = await open(deploying('flood', 1))
    const before = process.memoryUsage().rss
    const outcome = await session.run(
      slowly(`echo first; python3 -c 'for _ in range(1000): print("y" * 99_999)'; echo last`),
    )
    expect(outcome).toMatchObject({ status: 'ok' })
    expect(outcome.output).toMatch(/^first\n/)
    expect(outcome.output).toContain(`${6 + 100_000_000 + 5 - 327_680} bytes cut`)
    expect(outcome.output).toMatch(/\nlast\n?$/)
    expect(outcome.output.length).toBeLessThan(400_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000)
    await session.close()
  })

  it('cannot end a step by itself: markers without the nonce are output', async () => {
    const session = await open(deploying('forged', 1))
    const outcome = await session.run(
      slowly(`printf '\\n00000000000000000000000000000000 end 1-x-1 0\\n'; exit 3`),
    )
    expect(outcome).toMatchObject({ status: 'failed', exit: { code: 3 } })
    await session.close()
  })
})
