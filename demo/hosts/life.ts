import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MARKER } from '../marker.ts'
import { type Container, containersOf, findContainer, isAlive, writeRun, writeSpec } from './containers.ts'
import { Refused } from './refused.ts'
import { readWanted } from './wanted.ts'

/** Which container's process is meant, and on which host. */
export type Found = { readonly root: string; readonly container: Container }

export function create(root: string, words: readonly string[]): string {
  const { name = randomBytes(4).toString('hex'), ...wanted } = readWanted(words)
  refuseTaken(root, name)
  const id = randomBytes(32).toString('hex')
  writeSpec(root, { ...wanted, id, name })
  return id
}

export function rename({ root, container }: Found, name: string): void {
  refuseTaken(root, name)
  writeSpec(root, { ...container.spec, name })
}

/** The container's first process is nobody's child: it goes on when this command and the SSH connection have ended. */
export async function start({ root, container: { folder, spec, state } }: Found): Promise<void> {
  if (state === 'running') return
  const rival = containersOf(root).find(other => other.spec.publishes && other.state === 'running')
  if (spec.publishes && rival)
    throw new Refused(`Bind for the published port failed: port is already allocated, by ${rival.spec.name}`)
  const log = openSync(join(folder, 'log'), 'a')
  const program = join(import.meta.dirname, 'container.js')
  const { PATH, [MARKER]: marker } = process.env
  const child = spawn(process.execPath, [program, root, spec.id], {
    cwd: spec.source,
    detached: true,
    env: { PATH, [MARKER]: marker },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  if (child.pid === undefined) await once(child, 'spawn')
  // Before the process can write how it ended.
  writeRun(folder, { pid: child.pid ?? 0, startedAt: new Date().toISOString() })
  child.unref()
}

/** The container's own signal first; after the time that it has, SIGKILL. */
export async function stop(found: Found, seconds: number): Promise<void> {
  const { run, state, spec } = found.container
  if (run === undefined || state !== 'running') return
  signal(run.pid, spec.stopSignal)
  const until = performance.now() + seconds * 1000
  while (isAlive(run.pid) && performance.now() < until) await sleep(20)
  await kill(found)
}

export async function kill({ root, container: { folder, run, spec } }: Found): Promise<void> {
  if (run === undefined || !isAlive(run.pid)) return
  // With its workers: it leads their process group.
  signal(-run.pid, 'SIGKILL')
  while (isAlive(run.pid)) await sleep(20)
  if (findContainer(root, spec.id)?.run?.exitCode === undefined) writeRun(folder, { ...run, exitCode: 137 })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself meanwhile.
  }
}

function refuseTaken(root: string, name: string): void {
  const holder = containersOf(root).find(({ spec }) => spec.name === name)
  if (holder === undefined) return
  const { id } = holder.spec
  throw new Refused(`Conflict. The container name "/${name}" is already in use by container "${id}".`)
}
