import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startBot, type TestBot, type Thread } from './bot.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { journaled } from './journaled.ts'
import { press } from './pressed.ts'
import { type Front, startFront } from './rig/front.ts'
import type { RigHost } from './rig/host.ts'
import { type IMAGES, push as pushImage } from './rig/push.ts'
import type { RigService } from './rig/service.ts'
import { type Watched, watched } from './rig/watch.ts'
import { sharedRig } from './shared-rig.ts'
import { stepsIn, stepsNamed } from './steps-told.ts'
import { writtenBy } from './written.ts'

const PASSWORD = 'correct-horse-registry-4711'
const SECRET = 'correct-horse-variable-4711'
const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const journals = journalsFromNow([web1, web2])

let front: Front
let pair: RigService
let one: RigService
let odd: Record<'flag' | 'mirror' | 'fresh', RigService>
let bot: TestBot

beforeAll(async () => {
  front = await startFront(rig.registry, 'ci', PASSWORD)
  pair = await rig.service('sw-pair', { hosts: [web1, web2], port: 8910 })
  one = await rig.service('sw-one', { hosts: [web1], port: 8911 })
  odd = {
    flag: await rig.service('sw-flag', { hosts: [web1], port: 8912 }),
    mirror: await rig.service('sw-mirror', { hosts: [web1], port: 8913 }),
    fresh: await rig.service('sw-fresh', { hosts: [web1], port: 8914, checkout: false }),
  }
  for (const { name } of [pair, one, ...Object.values(odd)]) await push(name, 'good')
  const change = ({ name, yaml }: RigService, container: Record<string, unknown> = {}) => ({
    approval: 'none',
    verify: { ...Object(yaml['verify']), timeout: '10s' },
    container: {
      ...Object(yaml['container']),
      image: `${front.name}/${name}:latest`,
      env: { PLANTED: { secret: 'PLANTED' } },
      healthy: '20s',
      ...container,
    },
  })
  const run = Object(odd.flag.yaml['container'])['run']
  const services = [pair, one, ...Object.values(odd)]
  bot = await startBot({
    rig,
    services,
    changes: {
      ...Object.fromEntries(services.map(service => [service.name, change(service)])),
      'sw-flag': change(odd.flag, { run: [...run, '--no-such-flag'] }),
      'sw-one': {
        ...change(one),
        environments: { gone: { container: { image: `${front.name}/sw-one:never-pushed` } } },
      },
      'sw-fresh': {
        ...change(odd.fresh),
        ...{ path: '/srv/rooted/sw-fresh', run_as: 'creator', owner: 'creator', group: 'deploy' },
      },
      'sw-mirror': change(odd.mirror, { mirrors: ['127.0.0.1:1/sw-mirror', `${rig.registry}/sw-mirror`] }),
    },
    registries: { [front.name]: { username: 'ci', password: { secret: 'REGISTRY_PASSWORD' } } },
    env: { PLANTED: SECRET, REGISTRY_PASSWORD: PASSWORD },
  })
})
afterAll(async () => {
  await bot?.stop()
  await front?.close()
  await web1.exec('rm -f /etc/sudoers.d/made')
})
afterEach(async () => {
  await web1.unwrap()
  front.open()
})

/** From another host than the one that is watched. */
const push = (repository: string, kind: keyof typeof IMAGES) => pushImage(rig, web2, repository, kind)

const short = (text: string) => text.slice(0, 7)
const imageOf = (host: RigHost, { name }: RigService) =>
  host.exec(`docker inspect --format '{{.Config.Image}}' ${name}`)
const containersOf = async (host: RigHost, { name }: RigService, more = '') =>
  (await host.exec(`docker ps -a --format '{{.Names}} {{.State}}' --filter name=${name} ${more}`))
    .split('\n')
    .sort()

/** What a client saw while this went on, printed. */
async function seenWhile(
  service: RigService,
  host: RigHost,
  what: string,
  act: () => Promise<unknown>,
): Promise<Watched> {
  const { seen } = await watched(host, service.port, act)
  console.log(`${what}: ${seen.failed} of ${seen.asked} requests failed, longest gap ${seen.gapMs} ms`)
  return seen
}

/** Says it, and waits for the answer that ends it: the first one only says what is looked at. */
async function answered(text: string, pattern: RegExp): Promise<string> {
  const { answer } = await bot.say(text)
  const found = () => (pattern.test(answer()) ? answer() : undefined)
  return bot.slack.waitFor(found, 30_000, `an answer like ${pattern}`).catch((error: Error) => {
    throw new Error(`${error.message}\n${answer()}`)
  })
}

describe('a container deploy', () => {
  it('ends with the ordered image on every host, each proved, by the steps that a dry run named, and with no secret anywhere (G2, G8)', async () => {
    const digest = await push('sw-pair', 'good')
    const dryRun = await answered('sw-pair --container --dry-run', /Nothing was changed/)
    const since = [web1, web2].map(host => host.journal().length)
    // What docker is called with, and whatever else may have a secret for an argument.
    await web1.wrap('docker', `printf '%s\\n' "docker $*" >>/tmp/docker-calls`)
    const sampling = web1.exec(
      `until [ -e /tmp/sampled ]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; sleep 0.005; done; rm /tmp/sampled`,
    )
    let thread: Thread | undefined
    const seen = await seenWhile(pair, web1, 'a container deploy', async () => {
      thread = await bot.deploy('sw-pair --container')
    })
    await web1.exec('touch /tmp/sampled')
    expect(thread?.parent).toContain('sw-pair succeeded')
    expect(thread?.parent).toContain('on 2/2 hosts, proved')
    for (const [index, host] of [web1, web2].entries()) {
      expect(await imageOf(host, pair)).toBe(`${front.name}/sw-pair@${digest}`)
      await pair.serves(host, pair.revision)
      const ran = stepsIn(host.journal().slice(since[index]))
      expect(ran).toEqual(['pull', 'create', 'swap', 'preflight', 'prune'])
      expect(stepsNamed(dryRun, host.name)).toEqual(ran)
      expect(await containersOf(host, pair)).toEqual(['sw-pair running', 'sw-pair-previous exited'])
      for (const step of ['pull', 'create', 'swap', 'verify', 'prune'])
        expect(thread?.text).toMatch(new RegExp(`${host.name}.*\\b${step}\\b`))
    }
    expect(seen.gapMs).toBeLessThan(10_000)
    const told = /sw-pair: (\S+ \S+) passed from the stop of the old container/.exec(thread?.text ?? '')
    expect(told?.[1]).toBeDefined()

    const argv = [await sampling, web1.read('/tmp/docker-calls')].join('\n')
    expect(argv).toMatch(/docker login -u ci --password-stdin 127\.0\.0\.1:/)
    expect(argv).toMatch(/docker create .*--env-file/)
    expect(await web1.exec('docker exec sw-pair cat /proc/1/environ')).toContain(SECRET)
    const labels = await web1.exec(`docker inspect --format '{{json .Config.Labels}}' sw-pair`)
    const kept = await web1.exec(
      'grep -rl correct-horse /home/deploy/.touchdown /home/deploy/.docker 2>/dev/null || true',
    )
    for (const text of [argv, labels, kept, writtenBy(bot)]) expect(text).not.toContain('correct-horse')
    expect(kept).toBe('')
  })

  it('pulls from the next place when a mirror is down, and says so', async () => {
    const digest = await push('sw-mirror', 'good')
    const thread = await bot.deploy('sw-mirror --container')
    expect(thread.parent).toContain('sw-mirror succeeded')
    expect(thread.text).toContain(
      `the image was pulled from ${rig.registry}/sw-mirror:latest, because 127.0.0.1:1/sw-mirror:latest did not give it`,
    )
    expect(await imageOf(web1, odd.mirror)).toBe(`${rig.registry}/sw-mirror@${digest}`)
  })

  it('uses what the host has when the registry is down, and changes nothing where it has nothing', async () => {
    await answered('sw-pair --container --dry-run', /Nothing was changed/)
    front.shut()
    const before = await imageOf(web1, one)
    const seen = await seenWhile(one, web1, 'a registry that is down', async () => {
      await answered('sw-one --container', /the registry cannot be reached|answers with an error/)
    })
    expect(seen.failed).toBe(0)
    front.refuse(429)
    await answered('sw-one --container', /allows no more pulls/)
    front.shut()
    expect(await imageOf(web1, one)).toBe(before)
    const thread = await bot.deploy('sw-pair --container on web1')
    expect(thread.parent).toContain('sw-pair succeeded')
    expect(thread.text).toContain('the image that the host had is used, because')
  })
})

describe('a full deploy', () => {
  it('ends with the ordered image and the new code on every host; a dry run has named each step', async () => {
    const digest = await push('sw-pair', 'good')
    const revision = await pair.recolour('red')
    const dryRun = await answered('sw-pair --full --dry-run', /Nothing was changed/)
    const since = [web1, web2].map(host => host.journal().length)
    let thread: Thread | undefined
    await seenWhile(pair, web1, 'a full deploy', async () => {
      thread = await bot.deploy('sw-pair --full')
    })
    expect(thread?.parent).toContain(
      `sw-pair succeeded: serving ${short(revision)} in a new container on 2/2 hosts, proved`,
    )
    for (const [index, host] of [web1, web2].entries()) {
      expect(await imageOf(host, pair)).toBe(`${front.name}/sw-pair@${digest}`)
      await pair.serves(host, revision)
      // Of those that Touchdown made one from before is kept, the one before that is gone.
      const own = await containersOf(host, pair, '--filter label=touchdown.service')
      expect(own).toEqual(['sw-pair running', 'sw-pair-previous exited'])
      const ran = stepsIn(host.journal().slice(since[index]))
      expect(ran).toEqual(['fetch', 'pull', 'create', 'swap', 'reset', 'preflight', 'touch', 'prune'])
      expect(stepsNamed(dryRun, host.name)).toEqual(ran)
    }
  })

  it('that fails after the swap leaves the old container with the old code', async () => {
    const before = await imageOf(web1, one)
    await push('sw-one', 'good')
    await one.repo.commit({ files: { 'page.py': 'this is no python\n' }, message: 'Break the page' })
    const thread = await bot.deploy('sw-one --full')
    expect(thread.parent).toContain('sw-one failed')
    expect(thread.text).toContain('the old container sw-one was put back and runs again')
    expect(thread.text).toContain(`${short(one.revision)} was put back`)
    await one.serves(web1, one.revision)
    expect(await imageOf(web1, one)).toBe(before)
    expect(await web1.exec('cat /srv/sw-one/REVISION')).toBe(one.revision)
    await one.repo.commit({ files: { 'page.py': 'COLOUR = "green"\n' }, message: 'Mend the page' })
  })

  it('makes the first container and the first checkout of a host, for its owner, where sudo lets it', async () => {
    await web1.exec('install -d /srv/rooted')
    const refused = await bot.deploy('sw-fresh --full')
    expect(refused.parent).toContain(
      'sw-fresh failed at clone on web1: the folder cannot be made for its owner',
    )
    const [, rule] = /sudoers\.d\/touchdown: (deploy ALL=\(root\) NOPASSWD: .*)/.exec(refused.text) ?? []
    await web1.exec(`echo '${rule}' >/etc/sudoers.d/made && visudo -cqf /etc/sudoers.d/made`)
    const thread = await bot.deploy('sw-fresh --full')
    expect(thread.parent).toContain('sw-fresh succeeded')
    await odd.fresh.serves(web1, odd.fresh.revision)
    const owners = await web1.exec(
      `cd /srv/rooted && stat -c '%U %G' . sw-fresh sw-fresh/page.py sw-fresh/.git`,
    )
    expect(owners.split('\n')).toEqual(['root root', ...Array(3).fill('creator deploy')])
  })
})

describe('an image that is no good', () => {
  it('is not there: nothing is ordered, and nothing is stopped', async () => {
    const seen = await seenWhile(one, web1, 'an image that is not there', () =>
      answered('sw-one to gone --container', /the registry does not have the image/),
    )
    expect(seen.failed).toBe(0)
    expect(await containersOf(web1, one)).not.toContain('sw-one-next created')
  })

  const untouchedBy = async (kind: 'ends' | 'unhealthy', why: RegExp) => {
    const before = await imageOf(web1, one)
    await push('sw-one', kind)
    const seen = await seenWhile(one, web1, `an image that ${kind}`, async () => {
      const thread = await bot.deploy('sw-one --container')
      expect(thread.parent).toContain('sw-one failed')
      expect(thread.text).toMatch(why)
      expect(thread.text).toContain('the old container sw-one was put back and runs again')
    })
    // Away for the time of the new one's trial only, and there before and after.
    expect(seen.gapMs).toBeLessThan(20_000)
    await one.serves(web1, one.revision)
    expect(await imageOf(web1, one)).toBe(before)
    expect(await web1.exec(`docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' sw-one`)).toBe(
      'unless-stopped',
    )
  }

  it('ends after 2 s: the old container is put back, and its last words are told', async () => {
    await untouchedBy('ends', /the new container (?:ended by itself|ends again and again)[\s\S]*no luck/)
  })

  it('is unhealthy: the old container is put back', async () => {
    await untouchedBy('unhealthy', /the new container is unhealthy/)
  })

  it('has a flag that Docker does not know: nothing is stopped, not for a moment', async () => {
    const seen = await seenWhile(odd.flag, web1, 'a flag that Docker does not know', async () => {
      const thread = await bot.deploy('sw-flag --container')
      expect(thread.parent).toContain('sw-flag failed at create')
      expect(thread.text).toContain('unknown flag: --no-such-flag')
    })
    expect(seen.failed).toBe(0)
    expect(await containersOf(web1, odd.flag)).toEqual(['sw-flag running'])
  })
})

/** Where one is interrupted, and how long the host's Docker takes there. */
const MOMENTS = [
  ['pull', 'image'],
  ['create', 'create'],
  ['swap', 'start'],
  ['verify', ''],
] as const

describe.each([
  ['the link is cut', MOMENTS],
  ['the bot is killed', MOMENTS.filter(([step]) => step !== 'swap')],
] as const)('when %s', (how, moments) => {
  it.each(moments)(
    'at %s, the host ends with the old or the new container serving, and the thread says which',
    async (step, held) => {
      const before = await imageOf(web1, one)
      const digest = await push('sw-one', step === 'verify' ? 'late' : 'good')
      if (held) await web1.wrap('docker', `[ "$1" != ${held} ] || sleep 1.5`)
      const [number, since] = [bot.threads().length + 1, web1.journal().length]
      let thread: Thread | undefined
      const seen = await seenWhile(one, web1, `${how} at ${step}`, async () => {
        await bot.say('sw-one --container')
        const [awaited, edge] = step === 'verify' ? (['swap', 'end'] as const) : ([step, 'start'] as const)
        await journaled(web1, since, 'sw-one', awaited, edge)
        if (how === 'the link is cut') {
          await web1.cutLinks()
        } else {
          await bot.kill('SIGKILL')
          await bot.restart()
          await press(bot, ALICE, 'leave', number)
        }
        thread = await bot.ended(number)
      })
      expect(thread?.parent).toContain('sw-one was interrupted')
      const swapped = step === 'swap' || step === 'verify'
      if (!swapped) expect(seen.failed).toBe(0)
      const image = swapped ? `${front.name}/sw-one@${digest}` : before
      expect(await imageOf(web1, one)).toBe(image)
      await one.serves(web1, one.revision)
      expect(thread?.text).toContain(`container running from ${image.replace(/(sha256:.{12}).*/, '$1')}`)
    },
  )
})

it('when the bot is killed in a swap, a deployer who is shown what is where resumes it, and all hosts get the new container', async () => {
  const digest = await push('sw-pair', 'good')
  const [old] = await Promise.all([web1, web2].map(host => imageOf(host, pair)))
  await web1.wrap('docker', `[ "$1" != start ] || sleep 1.5`)
  const [number, since] = [bot.threads().length + 1, web1.journal().length]
  await bot.say('sw-pair --container')
  await journaled(web1, since, 'sw-pair', 'swap', 'start')
  await bot.kill('SIGKILL')
  await bot.restart()
  await press(bot, ALICE, 'resume', number)
  const { parent, text, broadcasts } = await bot.ended(number)
  // Not before: the swap that goes on would miss its docker.
  await web1.unwrap()
  expect(text).toMatch(/web1 was found with: .*new container running/)
  expect(text).toMatch(/web2 was found with: .*old container running/)
  expect(text).toContain(`<@${ALICE}> resumed it: the same order goes on`)
  expect(parent).toContain('sw-pair succeeded')
  expect(broadcasts).toHaveLength(1)
  const image = `${front.name}/sw-pair@${digest}`
  expect(image).not.toBe(old)
  for (const host of [web1, web2]) expect(await imageOf(host, pair)).toBe(image)
})

it('all of this happened one after the other on each host, and every step came to its end (G1)', () => {
  expect(breaches(journals())).toEqual([])
})
