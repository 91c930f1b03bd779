import { readFileSync } from 'node:fs'
import type { Host } from '../../../src/order.ts'
import { Secret } from '../../../src/secret.ts'
import { openHosts } from '../../../src/ssh/hosts.ts'
import type { StepOutcome } from '../../../src/step.ts'

/** sshd lets ten sessions in over one connection, and keeps one for what comes in between. */
const SESSIONS_OF_A_CONNECTION = 7

/** So many sessions at once over these hosts, each with one step that prints so much. Prints how each ended, and what it took. */
const [keyFile = '', knownHostsFile = '', hostsJson = '', count = '', megabytes = ''] = process.argv.slice(2)
const hosts: readonly Host[] = JSON.parse(hostsJson)
const knownHosts = readFileSync(knownHostsFile, 'utf8')
const privateKey = new Secret(readFileSync(keyFile, 'utf8'))
const pools = Array.from({ length: Math.ceil(Number(count) / hosts.length / SESSIONS_OF_A_CONNECTION) }, () =>
  openHosts({ privateKey, knownHosts: async () => knownHosts }),
)

const script = `echo first; for _ in $(seq ${megabytes}); do head -c 1000000 /dev/zero; sleep 0.05; done; echo last`

async function flood(number: number): Promise<StepOutcome | string> {
  const host = hosts[number % hosts.length]
  const pool = pools[Math.floor(number / hosts.length) % pools.length]
  if (!host || !pool) return 'no host'
  const opening = await pool.open(host, {
    ...{
      kind: 'deploy',
      deployment: `flood-${number}`,
      target: { service: `flood-${number}`, environment: 'production' },
    },
    ...{ installation: 'flood', fence: 1, firstFence: 1, by: 'U01ALICE', lockWaitMs: 1_000 },
  })
  if (opening.kind === 'closed') return JSON.stringify(opening.because)
  const call = ['hook', 'before', 'none', 'sh', '-c', script] as const
  const outcome = await opening.session.run({ name: 'before_replace', call, limitMs: 120_000 })
  await opening.session.close()
  return outcome
}

const before = peakKiB()
const ends = await Promise.all(Array.from({ length: Number(count) }, (_, number) => flood(number)))
const seen = ends.map(end =>
  typeof end === 'string' || end.status === 'unknown'
    ? end
    : {
        status: end.status,
        cutBytes: end.cutBytes,
        length: end.output.length,
        ends: /^first\n/.test(end.output) && /last\n?$/.test(end.output),
      },
)
process.stdout.write(JSON.stringify({ seen, before, peak: peakKiB() }))
for (const pool of pools) await pool.close()

/** The most that was ever in memory at once. */
function peakKiB(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}
