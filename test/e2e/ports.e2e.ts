import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBot, type TestBot } from './bot.ts'
import { until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import { type StartedRig, startRig } from './rig/rig.ts'
import type { RigService } from './rig/service.ts'
import { watched } from './rig/watch.ts'

/** On a host with a network of its own, where Docker publishes ports as it does on most hosts: bridge, iptables, proxies. */
let rig: StartedRig
let web1: RigHost
let any: RigService
let fixed: RigService
let bot: TestBot

const CONTAINER_PORT = ['--expose', '8000', '-e', 'BIND=0.0.0.0:8000']

beforeAll(async () => {
  rig = await startRig({ hosts: 1, network: 'own' })
  const [first] = rig.hosts
  if (!first) throw new Error('the rig has no host')
  web1 = first
  any = await rig.service('any', { port: 0, container: false })
  fixed = await rig.service('fixed', { port: 8080, container: false })
  const change = ({ yaml }: RigService, url: string, ...run: readonly string[]) => ({
    approval: 'none',
    verify: { url, header: 'X-Revision', timeout: '15s' },
    container: { ...Object(yaml['container']), run: [...CONTAINER_PORT, ...run] },
  })
  const onFixed = (...more: readonly string[]) =>
    change(fixed, 'http://127.0.0.1:8080/', '-p', '8080:8000', ...more)
  bot = await startBot({
    rig,
    services: [any, fixed],
    changes: {
      any: change(any, 'http://127.0.0.1:{port:8000}/', '-P'),
      fixed: { ...onFixed(), environments: { wider: onFixed('-p', '8081:8001') } },
    },
  })
})
afterAll(async () => {
  await bot?.stop()
  await rig?.stop()
})

const portOf = async ({ name }: RigService) =>
  Number((await web1.exec(`docker port ${name} 8000/tcp`)).split('\n')[0]?.split(':').at(-1))
const startOf = ({ name }: RigService) =>
  web1.exec(`docker inspect --format '{{.Id}} {{.State.StartedAt}}' ${name}`)

it('a container deploy with -P is asked at the port that Docker gave it, another one each time', async () => {
  const ports: number[] = []
  for (const what of ['first', 'next']) {
    const thread = await bot.deploy('any --container')
    expect(thread.parent, what).toContain('any succeeded: serving')
    expect(thread.parent, what).toContain(', proved')
    ports.push(await portOf(any))
    expect((await web1.http(ports.at(-1) ?? 0)).revision, what).toBe(any.revision)
  }
  expect(ports[0]).not.toBe(ports[1])
  expect(await web1.exec('iptables -t nat -S DOCKER')).toContain(`--dport ${ports[1]} -j DNAT`)
})

describe('a container with a fixed port', () => {
  it('leaves it to the next one: away from its stop to the start only, and told how long', async () => {
    expect((await bot.deploy('fixed --container')).parent).toContain('fixed succeeded')
    const { seen, result } = await watched(web1, 8080, () => bot.deploy('fixed --container'))
    expect(result.parent).toContain(', proved')
    const [, told = ''] = /fixed: (\S+ \S+) passed from the stop of the old container/.exec(result.text) ?? []
    console.log(`a fixed port: away for ${seen.gapMs} ms; the thread says ${told}`)
    expect(told).not.toBe('')
    expect(seen.gapMs).toBeLessThan(10_000)
  })

  it.each([
    [
      'another container',
      'docker run -d --name holder -p 8081:80 $IMAGE sleep 1000',
      'docker rm -f holder',
      'the container holder',
    ],
    [
      'another program',
      `python3 -m http.server 8081 >/dev/null 2>&1 </dev/null & echo $! >/run/holder.pid`,
      'kill $(cat /run/holder.pid)',
      'another program',
    ],
  ])(
    'is not stopped, not for a moment, when %s has a port that the next one wants',
    async (_, take, free, who) => {
      await web1.exec(take.replace('$IMAGE', rig.image.reference))
      await until(
        'the port is taken',
        async () => (await web1.probe('grep -q :1F91 /proc/net/tcp /proc/net/tcp6')).code === 0 || undefined,
      )
      const before = await startOf(fixed)
      const { seen, result } = await watched(web1, 8080, () => bot.deploy('fixed to wider --container'))
      await web1.exec(free)
      expect(result.parent).toContain('failed at create')
      expect(result.text).toContain(`port 8081 is taken by ${who}`)
      expect(seen.failed).toBe(0)
      expect(seen.asked).toBeGreaterThan(20)
      expect(await startOf(fixed)).toBe(before)
    },
  )

  it('takes the other port as soon as it is free', async () => {
    expect((await bot.deploy('fixed to wider --container')).parent).toContain('succeeded')
    await fixed.serves(web1, fixed.revision)
  })
})
