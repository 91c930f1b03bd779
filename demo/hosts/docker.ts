import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatted, inspectText, listed } from './answers.ts'
import { containersOf, findContainer, removeContainer, writeSpec } from './containers.ts'
import { exec } from './exec.ts'
import { imageText, pull } from './images.ts'
import { create, type Found, kill, rename, start, stop } from './life.ts'
import { Refused } from './refused.ts'

/*
 * A stand-in for `docker` on a sample host: a container is a process of this machine that runs server.js of the folder it
 * mounts. It knows what the scripts of src/ssh/ ask for and refuses everything else.
 * Called as: docker.js <host's folder> <published port> <words of docker…>
 */

const [root = '', portText = '', command = '', ...words] = process.argv.slice(2)
const port = Number(portText)
const last = words.at(-1) ?? ''
const print = (text: string) => void process.stdout.write(text)

async function main(): Promise<number> {
  switch (command) {
    case 'version':
      print(words.includes('--format') ? 'stand-in\n' : "The demo's stand-in for Docker\n")
      return 0
    case 'pull':
      pull(root, last)
      print(`${last}\n`)
      return 0
    case 'image':
      print(imageText(root, last))
      return 0
    case 'create':
    case 'run': {
      const id = create(root, words)
      if (command === 'run') await start(found(id))
      print(`${id}\n`)
      return 0
    }
    case 'start':
      return each(words, container => start(container))
    case 'restart':
      return each([last], async container => {
        await stop(container, secondsFor(container))
        await start(found(container.container.spec.id))
      })
    case 'stop':
      return each([last], container => stop(container, secondsFor(container)))
    case 'kill':
      return each(words, kill)
    case 'rm':
      return each(
        words.filter(word => word !== '-f'),
        remove,
      )
    case 'rename':
      rename(found(words[0] ?? ''), last)
      return 0
    case 'update':
      writeSpec(root, {
        ...found(last).container.spec,
        restart: words[0]?.replace(/^--restart=/, '') ?? 'no',
      })
      print(`${last}\n`)
      return 0
    case 'inspect':
      return inspect()
    case 'ps':
      print(listed(containersOf(root), words, port))
      return 0
    case 'logs':
      print(logOf(found(last)))
      return 0
    case 'exec':
      return exec(words, found)
    default:
      throw new Refused(`The demo's stand-in for Docker cannot do: docker ${command}`, 125)
  }
}

/** As Docker: what is there is told, and what is not there makes it fail. */
function inspect(): number {
  const [formatAt, typeAt] = [words.indexOf('--format'), words.indexOf('--type')]
  const names = words.filter(
    (_, index) => ![formatAt, typeAt].some(at => at >= 0 && (index === at || index === at + 1)),
  )
  const seen = names.map(name => ({ name, container: findContainer(root, name) }))
  const there = seen.flatMap(({ container }) => container ?? [])
  const template = words[formatAt + 1]
  if (formatAt < 0 || template === undefined) print(inspectText(there, port))
  else for (const container of there) print(formatted(container, template, port))
  const missing = seen.filter(({ container }) => container === undefined)
  for (const { name } of missing)
    process.stderr.write(`Error response from daemon: No such container: ${name}\n`)
  return missing.length > 0 ? 1 : 0
}

async function remove(container: Found): Promise<void> {
  const { spec, state } = container.container
  if (state === 'running' && !words.includes('-f'))
    throw new Refused(
      `cannot remove container "/${spec.name}": container is running: stop it before removing`,
    )
  await kill(container)
  removeContainer(container.container)
}

async function each(names: readonly string[], act: (container: Found) => Promise<void>): Promise<number> {
  for (const name of names) {
    await act(found(name))
    print(`${name}\n`)
  }
  return 0
}

function found(name: string): Found {
  const container = findContainer(root, name)
  if (container === undefined) throw new Refused(`Error response from daemon: No such container: ${name}`)
  return { root, container }
}

function secondsFor({ container: { spec } }: Found): number {
  const at = words.indexOf('-t')
  return at < 0 ? spec.stopSeconds : Number(words[at + 1])
}

function logOf({ container: { folder } }: Found): string {
  const file = join(folder, 'log')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  const at = words.indexOf('--tail')
  return `${lines.slice(at < 0 ? 0 : -Number(words[at + 1])).join('\n')}\n`
}

main().then(
  code => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof Refused ? error.exitCode : 1
  },
)
