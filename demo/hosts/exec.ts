import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { MARKER } from '../marker.ts'
import type { Found } from './life.ts'
import { Refused } from './refused.ts'

/**
 * `docker exec [-w directory] container command…`; its exit code. Words that lie in the container's own file system are led to
 * where that is on this machine.
 */
export async function exec(words: readonly string[], found: (name: string) => Found): Promise<number> {
  const left = [...words]
  const directory = left[0] === '-w' ? left.splice(0, 2)[1] : undefined
  const { folder, spec, state } = found(left.shift() ?? '').container
  if (state !== 'running') throw new Refused(`container ${spec.id} is not running`)
  const outside = (word: string) =>
    word === spec.mount || word.startsWith(`${spec.mount}/`)
      ? `${spec.source}${word.slice(spec.mount.length)}`
      : word.replaceAll('/proc/', `${folder}/proc/`)
  const [program = '', ...rest] = left.map(outside)
  const { PATH, [MARKER]: marker } = process.env
  const child = spawn(program, rest, {
    cwd: outside(directory ?? spec.mount),
    env: { ...spec.env, PATH, [MARKER]: marker, HOSTNAME: spec.id.slice(0, 12) },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit').catch(() => {
    throw new Refused(`OCI runtime exec failed: exec: "${program}": executable file not found in $PATH`, 127)
  })
  return code ?? 137
}
