import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const repository = join(import.meta.dirname, '../..')
const ENTRY = '\0bot'

/** They look for files beside them: they stay where they are. */
const OUTSIDE = ['libsql', 'pg', 'ssh2']

/**
 * The bot as `npm run build` made it, after what names its effects, in one file: to find, read and compile its many hundred
 * modules takes most of a start, and hundreds of bots are started. In a new folder; whoever calls removes it.
 */
export async function bundle(): Promise<{ readonly folder: string; readonly program: string }> {
  // Below node_modules, from where the packages are found.
  const cache = join(repository, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'touchdown-bot-'))
  const entry = ['test/crash/preload/preload.ts', 'dist/main.js'].map(
    file => `import ${JSON.stringify(join(repository, file))}`,
  )
  await build({
    configFile: false,
    root: repository,
    logLevel: 'warn',
    plugins: [
      {
        name: 'bot',
        resolveId: id => (id === 'bot' ? ENTRY : undefined),
        load: id => (id === ENTRY ? entry.join('\n') : undefined),
      },
    ],
    ssr: { noExternal: true, external: OUTSIDE },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      rolldownOptions: { input: { bot: 'bot' }, output: { format: 'cjs', entryFileNames: 'bot.cjs' } },
    },
  })
  const scripts = join(repository, 'dist/ssh')
  for (const name of readdirSync(scripts).filter(name => name.endsWith('.sh')))
    cpSync(join(scripts, name), join(folder, name))
  const program = join(folder, 'start.cjs')
  writeFileSync(program, START)
  // Leaves what it has compiled.
  execFileSync(process.execPath, [program, 'help'], { env: { CRASH_LOG: devNull, CRASH_AT: devNull } })
  return { folder, program }
}

/** Runs bot.cjs, from the second time on without compiling it: Node 20 has no cache for that of its own. */
const START = `
  const { existsSync, readFileSync, writeFileSync } = require('node:fs')
  const Module = require('node:module')
  const { join } = require('node:path')
  const { Script } = require('node:vm')
  const [filename, cache] = [join(__dirname, 'bot.cjs'), join(__dirname, 'compiled')]
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
  const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), { filename, cachedData })
  if (!cachedData) process.on('exit', () => writeFileSync(cache, script.createCachedData()))
  script.runInThisContext()(exports, require, module, filename, __dirname)
`
