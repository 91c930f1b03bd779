import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, CHANNEL, startBot, type TestBot, type Thread } from './bot.ts'
import { recordsOf } from './records.ts'
import { type Front, startFront } from './rig/front.ts'
import type { RigHost } from './rig/host.ts'
import { push } from './rig/push.ts'
import type { RigService } from './rig/service.ts'
import { type Watched, watched } from './rig/watch.ts'
import { sharedRig } from './shared-rig.ts'
import { writtenBy } from './written.ts'

/** A registry that wants a password, in front of it whatever may go wrong with one; four hosts; two people. */
const BOB = 'U02BOB'
const PASSWORD = 'correct-horse-registry-4711'
const rig = sharedRig()
const { hosts } = rig
const [first, second, , last] = hosts
if (!first || !second || !last) throw new Error('the rig has fewer than four hosts')
const canaryAndNext = [first, second]
const build = () => push(rig, first, 'rg-app')

let front: Front
let app: RigService
let bot: TestBot

beforeAll(async () => {
  front = await startFront(rig.registry, 'ci', PASSWORD)
  app = await rig.service('rg-app', { hosts, port: 8960 })
  const container = Object(app.yaml['container'])
  bot = await startBot({
    rig,
    services: [app],
    changes: {
      'rg-app': {
        approvers: [BOB],
        container: { ...container, image: `${front.name}/rg-app:latest`, mirrors: ['127.0.0.1:1/rg-app'] },
      },
    },
    registries: { [front.name]: { username: 'ci', password: { secret: 'REGISTRY_PASSWORD' } } },
    env: { REGISTRY_PASSWORD: PASSWORD },
  })
})
afterAll(async () => {
  await bot?.stop()
  await front?.close()
})
afterEach(async () => {
  front.open()
  await second.unwrap()
})

const short = (revision: string) => revision.slice(0, 7)
const imageOn = (host: RigHost) => host.exec(`docker inspect --format '{{.Config.Image}}' rg-app`)

/** Says it, and BOB approves it as soon as he is asked; the end. */
async function approved(words: string, before = async () => {}): Promise<Thread> {
  const number = bot.threads().length + 1
  await bot.say(words)
  const asked = () => {
    const parents = bot.slack
      .messages(CHANNEL)
      .filter(each => each.thread_ts === undefined && each.via === 'chat.postMessage')
    return (
      /waits for somebody else to approve/.test(bot.threads()[number - 1]?.text ?? '') && parents[number - 1]
    )
  }
  const { ts } = await bot.slack.waitFor(asked, 60_000, `${words} asks for an approval`)
  await before()
  await bot.slack.click({ user: BOB, message: { channel: CHANNEL, ts }, actionId: 'approve', confirms: true })
  return bot.ended(number)
}

/** What clients of the canary and of the next host saw meanwhile. */
async function seenBy(act: () => Promise<void>): Promise<readonly Watched[]> {
  const acting = act()
  return Promise.all(canaryAndNext.map(async host => (await watched(host, app.port, () => acting)).seen))
}

const audited = () =>
  recordsOf(bot)
    .audit.slice(-3)
    .map(({ actor, action, decision }) => `${actor} ${action} ${decision}`)

describe('on four hosts', () => {
  it('a container deploy from a slow registry ends with the new digest everywhere; both people are named', async () => {
    const digest = await build()
    front.slow(40)
    let thread: Thread | undefined
    const seen = await seenBy(async () => {
      thread = await approved('rg-app --container')
    })
    expect(thread?.parent).toContain('rg-app succeeded')
    expect(thread?.parent).toContain('on 4/4 hosts, proved')
    for (const host of hosts) {
      expect(await imageOn(host)).toBe(`${front.name}/rg-app@${digest}`)
      await app.serves(host, app.revision)
    }
    expect(thread?.broadcasts[0]).toContain(`Asked for by <@${ALICE}>, approved by <@${BOB}>`)
    expect(audited()).toEqual(expect.arrayContaining([`${ALICE} deploy accepted`, `${BOB} approve accepted`]))
    const pulls = [...(thread?.text ?? '').matchAll(/web\d.*\bpull\b.* (\d+\.\d) s/g)].map(([, time]) =>
      Number(time),
    )
    console.log(
      `slow pulls: ${pulls.join(', ')} s; longest gaps: ${seen.map(({ gapMs }) => gapMs).join(', ')} ms`,
    )
    expect(Math.max(...pulls)).toBeGreaterThan(2)
    // Served while it was pulled, and all but the moment of the swap.
    for (const { gapMs } of seen) expect(gapMs).toBeLessThan(5_000)
  })

  it('a full deploy ends with the new digest and the new revision everywhere, mirrors down', async () => {
    const digest = await build()
    const revision = await app.recolour('red')
    const thread = await approved('rg-app --full')
    expect(thread.parent).toContain(`serving ${short(revision)} in a new container on 4/4 hosts, proved`)
    for (const host of hosts) {
      expect(await imageOn(host)).toBe(`${front.name}/rg-app@${digest}`)
      await app.serves(host, revision)
    }
    expect(thread.broadcasts[0]).toContain(`Asked for by <@${ALICE}>, approved by <@${BOB}>`)
  })
})

describe('a registry that fails when it has been approved', () => {
  /** Nothing is stopped on any host, those that have the image among them. */
  async function stopsNothing(fail: () => Promise<void>, why: RegExp): Promise<void> {
    const before = await Promise.all(hosts.map(imageOn))
    await build()
    let thread: Thread | undefined
    const seen = await seenBy(async () => {
      thread = await approved('rg-app --container on web1,web2', fail)
    })
    expect(thread?.parent).toContain('rg-app failed at pull on web2')
    expect(thread?.text).toMatch(why)
    for (const { failed } of seen) expect(failed).toBe(0)
    expect(await Promise.all(hosts.map(imageOn))).toEqual(before)
  }

  it('allows no more pulls (429): nothing is stopped on any host', async () => {
    await stopsNothing(async () => front.refuse(429), /the registry allows no more pulls/)
  })

  it('sends next to nothing: the pull ends by its limit, and nothing is stopped on any host', async () => {
    // Ten minutes are too long for a test.
    await second.wrap('timeout', '[ "$3 $4 $5" != "600 docker pull" ] || { shift 3; set -- -k 5 3 "$@"; }')
    await stopsNothing(
      async () => front.slow(1),
      /web2: pull took longer than it may, and the host ended it\. Find out what keeps it/,
    )
  })
})

describe('a container that somebody removed, image and all', () => {
  it('is made by a code deploy from its recorded digest, with the login of its registry', async () => {
    const digest = (await imageOn(last)).split('@')[1]
    await last.exec(`docker ps -aq --filter label=touchdown.service=rg-app | xargs docker rm -f rg-app >/dev/null
      docker images -q --digests ${front.name}/rg-app | sort -u | xargs -r docker rmi -f >/dev/null`)
    expect((await last.probe(`docker image inspect ${front.name}/rg-app@${digest}`)).code).not.toBe(0)
    const revision = await app.recolour('again')
    const thread = await bot.deploy('rg-app')
    expect(thread.parent).toContain(`serving ${short(revision)} on 4/4 hosts, proved`)
    await app.serves(last, revision)
    expect(await imageOn(last)).toBe(`${front.name}/rg-app@${digest}`)
    expect(thread.text).toMatch(/web4: the image was pulled from .*, because 127\.0\.0\.1:1/)
  })
})

it('the password of the registry is nowhere after all of this, refused and cut off as pulls were (G8)', async () => {
  expect(writtenBy(bot)).not.toContain(PASSWORD)
  for (const host of hosts) {
    const files = `grep -rl ${PASSWORD} /home/deploy /var/lib/docker/containers 2>/dev/null || true`
    expect(await host.exec(files), host.name).toBe('')
    expect(await host.exec('ls -d /home/deploy/.touchdown/deployments/*/login.* 2>/dev/null || true')).toBe(
      '',
    )
  }
})
