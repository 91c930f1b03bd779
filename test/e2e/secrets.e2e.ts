import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBot, type TestBot } from './bot.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { writtenBy } from './written.ts'

const SECRET = 'correct-horse-battery-staple-4711'
const rig = sharedRig()
const [web1] = rig.hosts
if (!web1) throw new Error('the rig has no host')

let guarded: RigService
let talkative: RigService
let bot: TestBot

beforeAll(async () => {
  guarded = await rig.service('s-guarded', { hosts: [web1], port: 8835 })
  talkative = await rig.service('s-talkative', { hosts: [web1], port: 8836 })
  const env = { DB_PASSWORD: { secret: 'PLANTED' } }
  const withSecret = ({ yaml }: RigService) => ({ container: { ...Object(yaml['container']), env } })
  const tells = ['sh', '-c', 'echo "password is $(cat /app/planted.txt)"; exit 3']
  bot = await startBot({
    rig,
    services: [guarded, talkative],
    changes: {
      's-guarded': withSecret(guarded),
      's-talkative': { ...withSecret(talkative), preflight: tells },
    },
    env: { PLANTED: SECRET },
  })
})
afterAll(() => bot?.stop())

describe('a secret of a container that the bot makes (G8, B13, C32, C33)', () => {
  it('reaches the container, and no argument, file, journal, record, log or message', async () => {
    await guarded.recolour('red')
    await bot.deploy('s-guarded')
    await web1.exec('docker rm -f s-guarded')
    await guarded.recolour('green')
    const sampling = web1.exec(
      `until [ -e /tmp/sampled ]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; sleep 0.005; done; rm /tmp/sampled`,
    )
    const thread = await bot.deploy('s-guarded')
    await web1.exec('touch /tmp/sampled')
    expect(thread.parent).toContain('succeeded')
    expect(await web1.exec('docker exec s-guarded cat /proc/1/environ')).toContain(SECRET)

    const seen = await sampling
    expect(seen).toContain('--env-file')
    expect(seen).not.toContain(SECRET)
    expect(await web1.exec('grep -rl correct-horse /home/deploy/.touchdown || true')).toBe('')
    expect(await web1.exec(`docker inspect --format '{{json .Config.Labels}}' s-guarded`)).not.toContain(
      SECRET,
    )
    expect(writtenBy(bot)).not.toContain(SECRET)
  })

  it('is struck out where a command prints it', async () => {
    await talkative.repo.commit({ files: { 'planted.txt': SECRET } })
    const thread = await bot.deploy('s-talkative')
    expect(thread.text).toContain('password is [REDACTED]')
    expect(writtenBy(bot)).not.toContain(SECRET)
  })
})
