import { readFileSync, realpathSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Spec } from './containers.ts'
import { Refused } from './refused.ts'

/** The words of `docker create` and `docker run`, read. */
export type Wanted = Omit<Spec, 'id' | 'name'> & { readonly name: string | undefined }

interface Draft {
  name: string | undefined
  env: Record<string, string>
  labels: Record<string, string>
  mounts: (readonly [source: string, mount: string])[]
  publishes: boolean
  stopSignal: NodeJS.Signals
  stopSeconds: number
  restart: string
}

/** Options that have a word after them and change nothing about a local process. */
const WITHOUT_EFFECT = new Set(['--log-opt', '--pull', '--memory', '-m', '--cpus', '--network', '--hostname'])

/** Throws Refused for what this stand-in cannot do: it must not look as if it had been done. */
export function readWanted(words: readonly string[]): Wanted {
  const found: Draft = {
    name: undefined,
    env: {},
    labels: {},
    mounts: [],
    publishes: false,
    stopSignal: 'SIGTERM',
    stopSeconds: 10,
    restart: 'no',
  }
  const left = [...words]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!word.startsWith('-')) return wantedOf(found, word, left)
    if (word === '-d' || word === '--detach') continue
    if (word === '-P' || word === '--publish-all') {
      found.publishes = true
      continue
    }
    const [option = '', inline] = word.startsWith('--') ? word.split(/=(.*)/s) : [word]
    const value = inline ?? left.shift() ?? ''
    switch (option) {
      case '--name':
        found.name = value
        break
      case '--env-file':
        Object.assign(found.env, pairs(readFileSync(value, 'utf8').split('\n')))
        break
      case '-e':
      case '--env':
        Object.assign(found.env, pairs([value]))
        break
      case '-l':
      case '--label':
        Object.assign(found.labels, pairs([value]))
        break
      case '-v':
      case '--volume':
        found.mounts.push(mountOf(value))
        break
      case '--restart':
        found.restart = value
        break
      case '--stop-signal':
        found.stopSignal = signalOf(value)
        break
      case '--stop-timeout':
        found.stopSeconds = Number(value)
        break
      default:
        if (!WITHOUT_EFFECT.has(option))
          throw new Refused(`unknown option of the demo's stand-in for Docker: ${option}`, 125)
    }
  }
  throw new Refused('docker: an image is needed', 125)
}

function wantedOf({ mounts, ...found }: Draft, image: string, command: readonly string[]): Wanted {
  const [first, ...more] = mounts
  if (first === undefined || more.length > 0 || command.length > 0) {
    throw new Refused(
      "The demo's stand-in for Docker runs server.js of exactly one mounted folder (-v), and no other command.",
      125,
    )
  }
  return { ...found, image, source: first[0], mount: first[1] }
}

function signalOf(name: string): NodeJS.Signals {
  const known: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL']
  const signal = known.find(each => each === name)
  if (signal === undefined)
    throw new Refused(`The demo's stand-in for Docker does not stop with ${name}.`, 125)
  return signal
}

/** The folder itself, wherever links lead: the container's process has another working directory than the host's shell. */
function mountOf(value: string): readonly [source: string, mount: string] {
  const [source = '', mount = ''] = value.split(':')
  if (!isAbsolute(source) || !isAbsolute(mount)) throw new Refused(`invalid volume: ${value}`, 125)
  return [realpathSync(source), mount]
}

function pairs(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines
      .filter(line => line !== '')
      .map(line => {
        const [name = '', value = ''] = line.split(/=(.*)/s)
        return [name, value]
      }),
  )
}
