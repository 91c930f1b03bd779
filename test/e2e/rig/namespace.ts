import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './command.ts'

/** A machine of its own on this machine: its first process as seen from outside. */
export interface Namespace {
  readonly initPid: number
  /** Ends with its parent (this process), and takes everything inside with it. */
  readonly anchorPid: number
}

const INIT = join(import.meta.dirname, 'host-init.sh')

/** `hasNetwork`: one of its own, which nothing is connected to yet. */
export async function startNamespace(
  dir: string,
  name: string,
  role: 'host' | 'git',
  hasNetwork = false,
): Promise<Namespace> {
  mkdirSync(dir, { recursive: true })
  const anchor = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '-m', '-u', '-p', '--fork', '--kill-child', '--mount-proc'],
      ...(hasNetwork ? ['-n'] : []),
      ...['--propagation', 'private', 'bash', INIT, dir, name, role],
    ],
    // Its own process group: Ctrl-C reaches the test runner only, which then ends the rig in order.
    { stdio: ['ignore', 'pipe', openSync(join(dir, 'init.log'), 'a')], detached: true, cwd: '/' },
  )
  await ready(anchor, dir)
  const anchorPid = anchor.pid ?? 0
  const initPid = Number(await must(['pgrep', '-P', String(anchorPid)]))
  return { anchorPid, initPid }
}

function ready(anchor: ChildProcess, dir: string): Promise<void> {
  return new Promise((resolve, reject) => {
    anchor.stdout?.once('data', () => {
      anchor.stdout?.destroy()
      anchor.removeAllListeners()
      anchor.unref()
      resolve()
    })
    anchor.once('error', reject)
    anchor.once('exit', code => {
      reject(new Error(`host in ${dir} ended with ${code}: ${readFileSync(join(dir, 'init.log'), 'utf8')}`))
    })
  })
}

/** Words that put the command after them inside. */
export function inside(namespace: Namespace): readonly string[] {
  return ['nsenter', '-t', String(namespace.initPid), '-m', '-n', '-u', '-p', '--']
}

/** Where a file of the host is seen from outside. */
export function outsidePath(namespace: Namespace, path: string): string {
  return `/proc/${namespace.initPid}/root${path}`
}

export function endNamespace(namespace: Namespace): void {
  try {
    process.kill(namespace.anchorPid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
