import cluster, { type Worker } from 'node:cluster'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { containersOf, type Run, socketOf, writeRun } from './containers.ts'

/*
 * A container's first process, and what uWSGI is in real ones: it runs server.js of the mounted folder, reloads it when
 * `.reload` gets a later time, and ends when the code does not start.
 */

const LOOKS_EVERY_MS = 200
/** How long requests that an old worker has begun may take. */
const MERCY_MS = 1_000

const [root = '', id = ''] = process.argv.slice(2)
const found = containersOf(root).find(({ spec }) => spec.id === id)
if (found === undefined) throw new Error(`There is no container ${id}.`)
const { folder, spec } = found
const socket = socketOf(root, spec)
const reloadFile = join(spec.source, '.reload')
const run: Run = { pid: process.pid, startedAt: found.run?.startedAt ?? new Date().toISOString() }

rmSync(socket, { force: true })
cluster.setupPrimary({ exec: join(spec.source, 'server.js'), cwd: spec.source })
describe(-1)
let seen = secondsOf(reloadFile)
let current = load()
let reloads = 0
setInterval(() => {
  const now = secondsOf(reloadFile)
  if (now > seen) reload()
  seen = now
}, LOOKS_EVERY_MS)

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, () => end(0))

/** The old worker answers until the new one can. */
function reload(): void {
  console.log('.reload has a later time: loading the code again')
  const old = current
  current = load()
  current.once('listening', () => {
    describe(reloads++)
    old.disconnect()
    setTimeout(() => old.kill('SIGKILL'), MERCY_MS)
  })
}

function load(): Worker {
  const worker = cluster.fork({ ...spec.env, PORT: socket, HOSTNAME: spec.id.slice(0, 12) })
  worker.once('exit', code => {
    if (worker !== current) return
    console.log(`server.js ended with exit code ${code}`)
    end(code || 1)
  })
  return worker
}

function end(exitCode: number): never {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL')
  rmSync(socket, { force: true })
  writeRun(folder, { ...run, exitCode })
  process.exit(exitCode)
}

/** What `docker exec … cat /proc/…` shows of this process; see exec in docker.ts. */
function describe(counted: number): void {
  const own = join(folder, 'proc/1')
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'comm'), 'uwsgi-stand-in\n')
  writeFileSync(join(own, 'environ'), counted < 0 ? '' : `UWSGI_RELOADS=${counted}\0`)
}

/** Whole seconds, as uWSGI compares them. */
function secondsOf(file: string): number {
  return Math.floor((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000)
}
