import { randomBytes } from 'node:crypto'
import type { NodeSSH } from 'node-ssh'
import PQueue from 'p-queue'
import type { ClientChannel } from 'ssh2'
import type { Because } from '../because.ts'
import type { Host } from '../order.ts'
import type { HostSession, Hosts, Opening, SessionPurpose } from '../ports/hosts.ts'
import type { Step, StepOutcome } from '../step.ts'
import { ask } from './ask.ts'
import { type Identity, openConnections } from './connections.ts'
import { openShell, SESSION_COMMAND, type StepShell } from './session.ts'

const EXEC_LIMIT_MS = 15_000
/** sshd refuses more than ten sessions over one connection, and a deployment needs one of them. */
const LOOKS_AT_ONCE = 4

/** The real hosts. A session is one shell over a kept connection; opening a deploy session takes the target's lock. */
export function openHosts(identity: Identity): Hosts {
  const connections = openConnections(identity)
  const looks = new Map<string, PQueue>()

  /** Resolves when one more look may begin on this host, with what to call when it has ended. */
  function lookSlot(host: Host): Promise<() => void> {
    const key = `${host.user}@${host.address}:${host.port}`
    const queue = looks.get(key) ?? new PQueue({ concurrency: LOOKS_AT_ONCE })
    looks.set(key, queue)
    return new Promise(begin => void queue.add(() => new Promise<void>(end => begin(end))))
  }

  async function openLook(host: Host): Promise<Opening> {
    const end = await lookSlot(host)
    const opening = await openAny(host, { kind: 'look' })
    if (opening.kind === 'closed') {
      end()
      return opening
    }
    const { session } = opening
    return { kind: 'open', session: { ...session, close: () => session.close().finally(end) } }
  }

  async function openAny(host: Host, purpose: SessionPurpose): Promise<Opening> {
    const connected = await connections.to(host)
    if (connected.kind === 'closed') return connected
    try {
      const shell = await openShell(await startShell(connected.ssh), seriesOf(purpose))
      return await enter(connected.ssh, shell, purpose)
    } catch (error) {
      // One channel too many is no reason to cut the link that a deployment works over.
      if (!isChannelRefused(error)) connections.forget(host)
      // A kept connection may have died unnoticed. No step has run, so a fresh one may try again.
      if (connected.isWarm && !isChannelRefused(error)) return openAny(host, purpose)
      return { kind: 'closed', because: { kind: 'no-session', detail: messageOf(error) } }
    }
  }

  return {
    open: (host, purpose) => (purpose.kind === 'look' ? openLook(host) : openAny(host, purpose)),
    async close() {
      connections.close()
    },
  }
}

function isChannelRefused(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Channel open failure')
}

/** Numbers of steps never repeat within a deployment, also when a second session goes on where the first was cut. */
function seriesOf(purpose: SessionPurpose): string {
  const tag = randomBytes(3).toString('hex')
  return purpose.kind === 'deploy' ? `${purpose.fence}-${tag}` : tag
}

function startShell(ssh: NodeSSH): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('the host opened no channel')), EXEC_LIMIT_MS)
    if (!ssh.connection) return reject(new Error('the connection is closed'))
    ssh.connection.exec(SESSION_COMMAND, (error, channel) => {
      clearTimeout(limit)
      if (error) reject(error)
      else resolve(channel)
    })
  })
}

async function enter(ssh: NodeSSH, shell: StepShell, purpose: SessionPurpose): Promise<Opening> {
  const outcome = await shell.run(entering(purpose))
  if (outcome.status !== 'ok') {
    shell.close()
    return { kind: 'closed', because: notEntered(outcome) }
  }
  const session: HostSession = {
    run: step => shell.run(step),
    ask: (url, timeoutMs) => ask(ssh, url, timeoutMs),
    async close() {
      shell.close()
    },
  }
  return { kind: 'open', session }
}

function entering(purpose: SessionPurpose): Step {
  if (purpose.kind === 'look') return { name: 'look', call: ['begin_look'], limitMs: 10_000 }
  const { deployment, target, installation, fence, firstFence, by, lockWaitMs } = purpose
  const waitSeconds = Math.ceil(lockWaitMs / 1000)
  return {
    name: 'enter',
    call: [
      'enter',
      deployment,
      `${target.service}.${target.environment}`,
      installation,
      String(fence),
      String(firstFence),
      by,
      String(waitSeconds),
    ],
    limitMs: lockWaitMs + 15_000,
  }
}

/** Exit codes of `enter` in session.sh. */
function notEntered(outcome: StepOutcome & { status: 'failed' | 'unknown' }): Because {
  const found = outcome.output.trim()
  const code = outcome.status === 'failed' && 'code' in outcome.exit ? outcome.exit.code : undefined
  if (code === 75) return { kind: 'target-locked', holder: found }
  if (code === 96) return { kind: 'other-installation', found }
  if (code === 97) return { kind: 'stale-fence', found }
  return { kind: 'no-session', detail: found || 'the shell ended before it took the lock' }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
