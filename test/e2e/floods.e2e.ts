import { copyFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { compile } from '../compile.ts'
import { startBot } from './bot.ts'
import { run } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1] = rig.hosts
if (!web1) throw new Error('the rig has no host')
const SESSIONS = 50
const MEGABYTES = 100

let compiled: string
beforeAll(() => {
  compiled = compile([join(import.meta.dirname, 'programs/flood.ts')])
  const from = join(import.meta.dirname, '../../src/ssh')
  for (const name of readdirSync(from).filter(name => name.endsWith('.sh')))
    copyFileSync(join(from, name), join(compiled, 'src/ssh', name))
})
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

const flooded = z.object({
  seen: z.array(z.unknown()),
  before: z.number(),
  peak: z.number(),
})

it('G11, C9: 50 sessions print 100 MB each: the process stays below 300 MB, the hosts’ disks have room', async () => {
  // The tests' homes are small; without a bound on the host this would not be enough either.
  const roomOfHome = (size: string) =>
    Promise.all(rig.hosts.map(host => host.exec(`mount -o remount,size=${size} /home`)))
  await roomOfHome('1g')
  const used = mostUsed(rig.hosts)
  const hosts = rig.hosts.map(({ name, address, port, user }) => ({
    name,
    address,
    port,
    user,
    hostKeys: [],
  }))
  const words = [
    rig.sshKeyFile,
    rig.knownHostsFile,
    JSON.stringify(hosts),
    String(SESSIONS),
    String(MEGABYTES),
  ]
  const program = join(compiled, 'test/e2e/programs/flood.js')
  const { stdout, stderr } = await run([process.execPath, program, ...words])
  const most = await used.end()
  const { seen, before, peak } = flooded.parse(JSON.parse(stdout || JSON.stringify(stderr)))
  console.log(
    `${SESSIONS} sessions, ${MEGABYTES} MB each: at most ${mb(peak)} in memory (${mb(before)} before), ` +
      `${most.map(mb).join(', ')} on the hosts' disks`,
  )
  const printed = MEGABYTES * 1_000_000 + 'first\nlast\n'.length
  const one = { status: 'ok', cutBytes: printed - 327_680, length: expect.any(Number), ends: true }
  expect(seen).toEqual(Array.from({ length: SESSIONS }, () => one))
  expect(peak).toBeLessThan(300 * 1024)
  // Each session may keep 8 MiB, and what it prints in about a second.
  for (const kib of most) expect(kib).toBeLessThan(700 * 1024)
  for (const host of rig.hosts) expect(await usedKiB(host)).toBeLessThan(100 * 1024)
  await Promise.all(rig.hosts.map(host => host.exec('rm -rf /home/deploy/.touchdown/*/flood-*')))
  await roomOfHome('256m')
})

it('C9: the thread says of a preflight that floods how much of it is not shown, and where it is', async () => {
  const app = await rig.service('f-app', { hosts: [web1], port: 8961 })
  const flood = `python3 -c 'for _ in range(${MEGABYTES}): print("y" * 999_999)'`
  const script = `echo first; ${flood}; echo last; exit 3`
  const bot = await startBot({
    rig,
    services: [app],
    changes: { 'f-app': { preflight: ['sh', '-c', script] } },
  })
  try {
    await app.recolour('red')
    const thread = await bot.deploy('f-app')
    expect(thread.parent).toContain('failed at preflight on web1')
    const [, bytes = '', folder = ''] =
      /web1: what it printed is shown without the ([\d,]+) bytes before.* in ~\/(\S+)/.exec(thread.text) ?? []
    expect(Number(bytes.replaceAll(',', ''))).toBeGreaterThan(MEGABYTES * 1_000_000 - 4_000)
    expect(thread.text).toMatch(/… y+\nlast$/m)
    const kept = await web1.asDeploy(`for f in ${folder}/*; do head -n 1 "$f"; tail -n 1 "$f"; done`)
    expect(kept).toMatch(/^first\nlast$/m)
  } finally {
    await bot.stop()
  }
})

function mb(kib: number): string {
  return `${Math.round((kib * 1024) / 1e6)} MB`
}

async function usedKiB(host: RigHost): Promise<number> {
  return Number(await host.exec('df -k /home | awk "NR == 2 { print \\$3 }"'))
}

/** Looked at ten times a second, until `end`. */
function mostUsed(hosts: readonly RigHost[]) {
  let isOver = false
  const looking = Promise.all(
    hosts.map(async host => {
      let most = 0
      while (!isOver) {
        most = Math.max(most, await usedKiB(host))
        await new Promise(resolve => setTimeout(resolve, 100))
      }
      return most
    }),
  )
  return {
    end() {
      isOver = true
      return looking
    },
  }
}
