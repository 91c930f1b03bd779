import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * Who may import whom: the design in one table. A room is a folder of src/. `vocabulary` is the files at the root of src/, those
 * of src/ports/, and the type-only files at the doors of rooms (DOORS). Each room may also import from itself.
 */
const ROOMS: Readonly<Record<string, Room>> = {
  vocabulary: { may: [], node: ['util'] },
  config: { may: ['vocabulary', 'intent'], node: 'all' },
  intent: { may: ['vocabulary'], node: [], isPure: true },
  policy: { may: ['vocabulary', 'intent'], node: [], isPure: true },
  plan: { may: ['vocabulary'], node: ['crypto'], isPure: true },
  sentences: { may: ['vocabulary', 'intent', 'plan'], node: ['util'], isPure: true },
  run: { may: ['vocabulary', 'policy', 'plan'], node: 'all' },
  ssh: { may: ['vocabulary'], node: 'all' },
  git: { may: ['vocabulary', 'policy'], node: 'all' },
  store: { may: ['vocabulary'], node: 'all' },
  story: { may: ['vocabulary', 'intent', 'policy', 'plan', 'run'], node: [] },
  slack: { may: ['vocabulary', 'sentences', 'story'], node: 'all' },
  cli: { may: 'all', node: 'all' },
  main: { may: 'all', node: 'all' },
  // The local Slack and the sample hosts must not agree with the bot by sharing its code.
  demo: { may: [], node: 'all' },
}

/** Packages, and node's modules that do more than a room should, with the rooms that may import them. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@slack/bolt': ['slack'],
  '@slack/socket-mode': ['slack'],
  '@slack/types': ['slack'],
  '@slack/web-api': ['slack'],
  undici: ['slack'],
  'node-ssh': ['ssh'],
  ssh2: ['ssh', 'demo'],
  'simple-git': ['git'],
  'node:child_process': ['git', 'demo'],
  kysely: ['store'],
  libsql: ['store'],
  pg: ['store'],
  'p-queue': ['run', 'ssh', 'git', 'store', 'slack'],
  dotenv: ['main'],
  yaml: ['config'],
  zod: ['config', 'plan', 'store'],
  pino: ['main', 'cli', 'slack'],
  ws: ['demo'],
  preact: ['demo'],
  vite: ['demo'],
}

/** Type-only files that every room may know, although they lie in a room. */
const DOORS = new Set(['src/config/config.ts', 'src/intent/intent.ts', 'src/policy/actor.ts'])

/** Single files that a room may import beside its row: there is one quoting, and git's ssh command needs it, too. */
const SHARED: Readonly<Record<string, readonly string[]>> = { 'src/ssh/quote.ts': ['git'] }

/** What a pure room never contains: it gets clock, environment and everything else as arguments. */
const IMPURE: readonly RegExp[] = [
  /\basync\b/,
  /\bawait\b/,
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bperformance\./,
  /\bMath\.random\b/,
  /\bprocess\.\w+/,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bconsole\./,
]

interface Room {
  readonly may: readonly string[] | 'all'
  /** Modules of node, without `node:`. */
  readonly node: readonly string[] | 'all'
  readonly isPure?: true
}

describe('the rooms', () => {
  const files = [...filesUnder('src'), ...filesUnder('demo')]

  it.each(files)('%s imports and does only what its room may', file => {
    expect(problemsOf(file, readFileSync(file, 'utf8'))).toEqual([])
  })

  it.each([...DOORS])('share only types through %s', door => {
    expect(readFileSync(door, 'utf8')).not.toMatch(/^export (?!interface |type )/m)
  })

  it('have a place for every dependency', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(Object.keys(PACKAGES)).toEqual(expect.arrayContaining(Object.keys(dependencies)))
  })
})

describe('the rules of the rooms', () => {
  it.each([
    ['src/policy/authorize.ts', "import { openHosts } from '../ssh/hosts.ts'", 'policy/ may not import ssh/'],
    [
      'src/policy/authorize.ts',
      "import type { Frame } from '../ssh/frames.ts'",
      'policy/ may not import ssh/',
    ],
    ['src/run/deploy.ts', "export * from '../slack/app.ts'", 'run/ may not import slack/'],
    ['src/run/deploy.ts', "const app = await import('../slack/app.ts')", 'run/ may not import slack/'],
    ['src/deployment.ts', "import { x } from './run/deploy.ts'", 'vocabulary/ may not import run/'],
    ['src/plan/code.ts', "import {\n  type World,\n} from '../touchdown.ts'", 'plan/ may not import story/'],
    ['src/plan/code.ts', "import { readFileSync } from 'node:fs'", 'plan/ may not import node:fs'],
    ['src/plan/code.ts', "import { readFileSync } from 'fs'", 'plan/ may not import fs'],
    ['src/store/records.ts', "import { App } from '@slack/bolt'", 'store/ may not import @slack/bolt'],
    ['src/run/lanes.ts', "import { Client } from 'ssh2'", 'run/ may not import ssh2'],
    ['src/main.ts', "import { Client } from 'ssh2/lib/client.js'", 'main/ may not import ssh2'],
    [
      'src/slack/app.ts',
      "import { exec } from 'node:child_process'",
      'slack/ may not import node:child_process',
    ],
    ['src/run/deploy.ts', "import { exec } from 'child_process'", 'run/ may not import child_process'],
    ['src/slack/app.ts', "import lodash from 'lodash'", 'slack/ may not import lodash'],
    ['src/slack/app.ts', "import { x } from '../../demo/slack/server.ts'", 'slack/ may not import demo/'],
    [
      'src/slack/app.ts',
      "import { x } from '../../test/world.ts'",
      'slack/ may not import ../../test/world.ts',
    ],
    [
      'demo/slack/server.ts',
      "import { parse } from '../../src/intent/parse.ts'",
      'demo/ may not import intent/',
    ],
    [
      'demo/slack/server.ts',
      "import type { Host } from '../../src/order.ts'",
      'demo/ may not import vocabulary/',
    ],
    ['src/main.ts', "import { openSlack } from '../demo/slack/server.ts'", 'main/ may not import demo/'],
    ['src/utils/strings.ts', '', 'utils/ is not a room'],
    [
      'src/intent/parse.ts',
      'export async function parse() {}',
      'intent/ is pure and may not contain `async`',
    ],
    ['src/policy/holds.ts', 'const now = Date.now()', 'policy/ is pure and may not contain `Date.now`'],
    [
      'src/sentences/help.ts',
      'const home = process.env',
      'sentences/ is pure and may not contain `process.env`',
    ],
  ])('do not let %s say %j', (file, source, problem) => {
    expect(problemsOf(file, source)).toEqual([expect.stringContaining(problem)])
  })

  it.each([
    ['src/main.ts', "import { openHosts } from './ssh/hosts.ts'\nimport { start } from './slack/app.ts'"],
    ['src/policy/authorize.ts', "import type { Target } from '../config/config.ts'"],
    ['src/sentences/help.ts', "// awaits nothing, reads no process.env\nconst text = 'await the process.'"],
    ['src/slack/app.ts', "import { App } from '@slack/bolt'\nimport { hear } from '../touchdown.ts'"],
    ['src/store/database.ts', "const magic = Buffer.from('SQLite')"],
    ['src/ssh/connections.ts', "import { readFile } from 'node:fs/promises'"],
  ])('let %s say %j', (file, source) => {
    expect(problemsOf(file, source)).toEqual([])
  })
})

/** A sentence for each thing that the file may not do. */
function problemsOf(file: string, source: string): readonly string[] {
  const name = roomOf(file)
  const room = name === undefined ? undefined : ROOMS[name]
  if (name === undefined || !room) {
    return [
      `${file}: ${file.split('/')[1]}/ is not a room. Put the file into one, or give the new room a row in ROOMS.`,
    ]
  }
  const code = withoutComments(source)
  const strange = importsIn(code).filter(specifier => !mayImport(file, name, room, specifier))
  const impure = room.isPure ? IMPURE.flatMap(pattern => pattern.exec(withoutStrings(code))?.[0] ?? []) : []
  return [
    ...strange.map(
      specifier =>
        `${file} imports '${specifier}', but ${name}/ may not import ${importedName(file, specifier)}. ` +
        'Move the code to the room whose job it is, take what it needs as an argument or through a type in src/ports/; ' +
        'or, when the design has changed, change the tables in test/architecture.test.ts and ARCHITECTURE.md.',
    ),
    ...impure.map(
      found =>
        `${file}: ${name}/ is pure and may not contain \`${found}\`. Take the value as an argument, or do it in run/.`,
    ),
  ]
}

function mayImport(file: string, name: string, room: Room, specifier: string): boolean {
  if (specifier.startsWith('.')) {
    const imported = resolved(file, specifier)
    return roomMayImport(name, room, roomOf(imported)) || (SHARED[imported]?.includes(name) ?? false)
  }
  const rooms = PACKAGES[packageOf(specifier)] ?? PACKAGES[`node:${specifier}`]
  if (rooms) return rooms.includes(name)
  const module = specifier.replace(/^node:/, '').split('/')[0] ?? ''
  return builtinModules.includes(module) && (room.node === 'all' || room.node.includes(module))
}

function roomMayImport(name: string, room: Room, imported: string | undefined): boolean {
  if (imported === undefined) return false
  if (imported === name) return true
  return room.may === 'all' ? imported !== 'demo' : room.may.includes(imported)
}

function importedName(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return packageOf(specifier)
  const room = roomOf(resolved(file, specifier))
  return room === undefined ? specifier : `${room}/`
}

/** Undefined: neither of src/ nor of demo/. A folder that is no room gives its own name. */
function roomOf(file: string): string | undefined {
  if (DOORS.has(file)) return 'vocabulary'
  if (file === 'src/main.ts') return 'main'
  if (file === 'src/touchdown.ts') return 'story'
  const [top, folder = '', ...rest] = file.split('/')
  if (top === 'demo') return 'demo'
  if (top !== 'src') return undefined
  return rest.length === 0 || folder === 'ports' ? 'vocabulary' : folder
}

function resolved(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier)
}

/** `ssh2` of `ssh2/lib/client.js`, `@slack/bolt` of itself. */
function packageOf(specifier: string): string {
  const [first = '', second] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

function importsIn(code: string): readonly string[] {
  const pattern = /\b(?:from\s*|import\s*\(?\s*|require\s*\(\s*)['"]([^'"\n]+)['"]/g
  return [...code.matchAll(pattern)].flatMap(([, specifier]) => specifier ?? [])
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(?<![:'"`\\])\/\/.*$/gm, '')
}

function withoutStrings(code: string): string {
  return code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .filter(file => /\.tsx?$/.test(file) && !file.includes('node_modules'))
}
