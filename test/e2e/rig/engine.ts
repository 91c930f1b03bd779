import { request } from 'node:http'
import { join } from 'node:path'
import { must, until } from './command.ts'
import { inside, type Namespace, outsidePath } from './namespace.ts'

/** A real Docker Engine at its default paths inside a host. */
export interface Engine {
  readonly dir: string
  readonly namespace: Namespace
  /** `machine`: its containers use the machine's. `own`: bridge, iptables and proxies as Debian has them. */
  readonly network: 'machine' | 'own'
  /** `--cgroup-parent`, so that what is left of a crashed run can be found. */
  readonly cgroup: string
}

export async function startEngine(engine: Engine): Promise<void> {
  const log = join(engine.dir, 'dockerd.log')
  const script = `rm -f /run/docker.pid
    log=$1 group=$2; shift 2
    setsid dockerd "$@" --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent="$group" >>"$log" 2>&1 </dev/null &`
  await must([
    ...[...inside(engine.namespace), 'sh', '-c', script, 'sh', log, engine.cgroup],
    ...NETWORK[engine.network],
  ])
  await until(`the engine in ${engine.dir}`, async () => (await answers(engine)) || undefined, 60_000)
}

const NETWORK = {
  machine: ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
  own: ['--ip6tables=false', '--insecure-registry=10.0.0.0/8'],
} as const

/** As an administrator would: containers are stopped too, and come back with the engine if their restart policy says so. */
export async function stopEngine(engine: Engine): Promise<void> {
  await must([
    ...[...inside(engine.namespace), 'sh', '-c'],
    'pid=$(cat /run/docker.pid) && kill "$pid" && timeout 40 tail -s 0.05 -f /dev/null --pid="$pid"; rm -f /run/docker.sock',
  ])
}

/** The engine hangs: its socket accepts and says nothing. Containers go on. */
export async function signalEngine(engine: Engine, signal: 'STOP' | 'CONT'): Promise<void> {
  await must([...inside(engine.namespace), 'sh', '-c', 'kill -s "$1" "$(cat /run/docker.pid)"', 'sh', signal])
}

function answers(engine: Engine): Promise<boolean> {
  return new Promise(resolve => {
    const asked = request(
      { socketPath: outsidePath(engine.namespace, '/run/docker.sock'), path: '/_ping', timeout: 1000 },
      response => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    asked.on('error', () => resolve(false))
    asked.on('timeout', () => asked.destroy())
    asked.end()
  })
}
