import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startBot, type TestBot, type Thread } from './bot.ts'
import { journaled } from './journaled.ts'
import { press } from './pressed.ts'
import { startProxy, stopProxy } from './rig/haproxy.ts'
import { type Load, startLoad } from './rig/load.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

/** The proof is 20 (REPLICAS_CODE_DEPLOYS=20, three minutes); a change that breaks it is seen in fewer. */
const CODE_DEPLOYS = Number(process.env['REPLICAS_CODE_DEPLOYS'] ?? 5)
const PORT = 8980
const rig = sharedRig()
const [web] = rig.hosts
if (!web) throw new Error('the rig has no host')

let app: RigService
let bot: TestBot
let image: string

beforeAll(async () => {
  const own = '/app/.reload-$(REPLICA)'
  const ini = readFileSync(join(import.meta.dirname, 'rig/app/uwsgi.ini'), 'utf8')
  const files = {
    'uwsgi.ini': ini.replace('/app/.reload', own),
    '.gitignore': '__pycache__/\n.reload-*\n',
  }
  app = await rig.service('twins', { hosts: [web], port: PORT, container: false, files })
  image = `${rig.registry}/twins:latest`
  await push('')
  const changes = {
    approval: 'none',
    touch: '.reload-{replica}',
    verify: { url: `http://{address}:898{replica}/`, header: 'X-Revision', timeout: '60s' },
    container: {
      ...Object(app.yaml['container']),
      image,
      run: ['--network', 'host', '-e', 'BIND={address}:898{replica}', '-e', 'REPLICA={replica}'],
      replicas: 2,
      before_replace: ['/srv/bin/balance', 'drain', 'be/app{replica}'],
      after_replace: ['/srv/bin/balance', 'ready', 'be/app{replica}'],
    },
  }
  await startProxy(web, PORT, 2)
  bot = await startBot({ rig, services: [app], changes: { twins: changes } })
  // There is nothing yet that could be drained.
  const first = await bot.deploy('twins --container')
  expect(first.parent).toContain('twins succeeded')
  expect(first.text).not.toContain('before_replace')
})
afterAll(async () => {
  await bot?.stop()
  await stopProxy(web)
})

let made = 0

async function push(change: string): Promise<void> {
  const changes = [`LABEL made=${++made}`, change].filter(Boolean).map(each => `--change '${each}'`)
  await web?.exec(`docker create --name twins-made ${rig.image.reference} >/dev/null
    docker commit ${changes.join(' ')} twins-made ${image} >/dev/null && docker rm twins-made >/dev/null && docker push -q ${image}`)
}

async function underLoad(what: string, act: () => Promise<unknown>): Promise<Load> {
  if (!web) throw new Error('the rig has no host')
  const load = startLoad(web, PORT)
  let seen: Load | undefined
  try {
    await act()
  } finally {
    seen = await load.stop()
    const { asked, lost, perSecond, slowestMs } = seen
    console.log(
      `${what}: ${lost.length} of ${asked} requests lost at ${perSecond}/s, half of them over kept connections; the slowest took ${slowestMs} ms ${lost.slice(0, 5).join('; ')}`,
    )
  }
  return seen
}

const running = () =>
  web.exec(
    `docker ps --filter label=touchdown.service=twins --format '{{.Names}} {{.Image}} {{.Label "touchdown.deployment"}}'`,
  )

const stateOf = (server: string) =>
  web.exec(
    `echo 'show stat' | socat -t 5 - UNIX-CONNECT:/run/haproxy.sock | awk -F, '$2 == "${server}" { print $18 }'`,
  )

describe('two replicas behind a haproxy, under constant load', () => {
  it('are both replaced by a container deploy, and no request is lost', async () => {
    await push('')
    let thread: Thread | undefined
    const seen = await underLoad('a container deploy', async () => {
      thread = await bot.deploy('twins --container')
    })
    expect(thread?.parent).toContain('twins succeeded')
    const steps = ['create', 'before_replace', 'swap', 'verify', 'after_replace']
    for (const name of ['twins-1', 'twins-2'])
      for (const step of steps) expect(thread?.text).toContain(`${step} ${name} `)
    expect(await web.exec('docker inspect --format "{{.Config.Hostname}}" twins-2')).toBe(
      `twins-2.${web.name}`,
    )
    expect(seen.lost).toEqual([])
    expect(seen.perSecond).toBeGreaterThanOrEqual(200)
  })

  it('reload one after another in code deploys, and no request is lost', async () => {
    const seen = await underLoad(`${CODE_DEPLOYS} code deploys`, async () => {
      for (let count = 1; count <= CODE_DEPLOYS; count++) {
        const revision = await app.recolour(`colour ${count}`)
        const thread = await bot.deploy('twins')
        expect(thread.parent).toContain('twins succeeded: serving')
        expect(thread.parent).toContain('proved')
        await app.serves(web, revision)
      }
    })
    expect(seen.lost).toEqual([])
    expect(seen.perSecond).toBeGreaterThanOrEqual(200)
  })

  it('are both as they were after an image that is no good for the second, and no request is lost', async () => {
    const before = await running()
    // Good for the first of them only.
    await push('CMD ["sh","-c","[ $REPLICA = 1 ] || { sleep 1; exit 3; }; exec sh /app/start.sh"]')
    let thread: Thread | undefined
    const seen = await underLoad('an image that is no good', async () => {
      thread = await bot.deploy('twins --container')
    })
    expect(thread?.parent).toContain('twins failed at swap twins-2')
    for (const name of ['twins-1', 'twins-2'])
      expect(thread?.text).toContain(`the old container ${name} was put back and runs again`)
    expect(await running()).toBe(before)
    expect(seen.lost).toEqual([])
  })

  it('serve both again after a bot that died between draining one and letting it in, and that is told', async () => {
    await push('')
    const [number, since] = [bot.threads().length + 1, web.journal().length]
    await bot.say('twins --container')
    await journaled(web, since, 'twins', 'before_replace:twins-1', 'end')
    await bot.kill('SIGKILL')
    expect(await stateOf('app1')).toBe('DRAIN')
    await bot.restart()
    await press(bot, ALICE, 'leave', number)
    const { text } = await bot.ended(number)
    expect(text).toMatch(/web1 was found with: .*twins-1: .*drained/)
    expect(text).toContain('twins-1 had been drained and not let in again. It runs well, so it was let in')
    expect(await stateOf('app1')).toBe('UP')
    expect(await bot.ask('status twins')).not.toContain('drained')
  })
})
