import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a container was made to be, and what its names and policy are by now. */
export interface Spec {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** The folder of this machine that the container sees as `mount`. */
  readonly source: string
  readonly mount: string
  readonly publishes: boolean
  readonly stopSignal: NodeJS.Signals
  readonly stopSeconds: number
  readonly restart: string
}

/** Its latest run. Without an exit code it runs, if its process does. */
export interface Run {
  readonly pid: number
  readonly startedAt: string
  readonly exitCode?: number
}

export interface Container {
  readonly folder: string
  readonly spec: Spec
  readonly run: Run | undefined
  readonly state: 'created' | 'running' | 'exited'
}

/** The one port of the service inside a container. */
export const INNER_PORT = 8000

/** All containers of the host whose files lie below `root`. */
export function containersOf(root: string): readonly Container[] {
  const all = join(root, 'docker/containers')
  if (!existsSync(all)) return []
  return readdirSync(all).flatMap(id => {
    const folder = join(all, id)
    const spec = read<Spec>(join(folder, 'spec.json'))
    if (spec === undefined) return []
    const run = read<Run>(join(folder, 'run.json'))
    return [{ folder, spec, run, state: stateOf(run) }]
  })
}

/** By name, whole id or the beginning of one. */
export function findContainer(root: string, wanted: string): Container | undefined {
  const all = containersOf(root)
  return (
    all.find(({ spec }) => spec.name === wanted) ??
    all.find(({ spec }) => wanted.length >= 12 && spec.id.startsWith(wanted))
  )
}

/** Where the container listens: a socket's path is short, and no two containers can want the same. */
export function socketOf(root: string, { id }: Pick<Spec, 'id'>): string {
  return join(root, `docker/${id.slice(0, 12)}.sock`)
}

/** The socket behind the host's published port; undefined: nothing listens there. */
export function publishedSocket(root: string): string | undefined {
  const found = containersOf(root).find(({ spec, state }) => spec.publishes && state === 'running')
  return found && socketOf(root, found.spec)
}

export function writeSpec(root: string, spec: Spec): void {
  const folder = join(root, 'docker/containers', spec.id)
  mkdirSync(folder, { recursive: true })
  write(join(folder, 'spec.json'), spec)
}

export function writeRun(folder: string, run: Run): void {
  write(join(folder, 'run.json'), run)
}

export function removeContainer({ folder }: Container): void {
  rmSync(folder, { recursive: true, force: true })
}

/** A process that has ended and that nobody has asked about is dead, too. */
export function isAlive(pid: number): boolean {
  try {
    const [state] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')
    return state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}

function stateOf(run: Run | undefined): Container['state'] {
  if (run === undefined) return 'created'
  return run.exitCode === undefined && isAlive(run.pid) ? 'running' : 'exited'
}

/** Whoever reads at the same time finds the old or the new text, never half of one. */
function write(file: string, value: unknown): void {
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, JSON.stringify(value))
  renameSync(fresh, file)
}

function read<Value>(file: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value
  } catch {
    return undefined
  }
}
