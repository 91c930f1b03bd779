import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineProblem } from './machine.ts'
import { ROLES } from './tour/cast.ts'
import { playTour } from './tour/play.ts'
import { TOUR } from './tour/steps.ts'
import { startPage } from './web/start.ts'
import { startWorld, type World } from './world.ts'

const print = (text: string) => void process.stdout.write(`${text}\n`)

async function main(words: readonly string[]): Promise<number> {
  const problem = machineProblem(process.platform, process.env['PATH'] ?? '')
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`)
    return 1
  }
  const asked = stopAsked()
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'touchdown-demo-'))
  // It clears up however this process ends: its standard input ends then.
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.js'), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const cleared = once(keeper, 'exit')
  try {
    const world = await Promise.race([startWorld(folder), asked])
    if (world === 'stop') return 130
    const show = words.includes('--tour') ? showTour : showPage
    try {
      return await Promise.race([show(world, asked), world.bot.ended])
    } finally {
      await world.stop()
    }
  } finally {
    keeper.stdin.end()
    await cleared
  }
}

async function showTour({ slack, hosts }: World, asked: Promise<'stop'>): Promise<number> {
  print(`The bot is connected. ${hosts.map(({ name, url }) => `${name} serves ${url}`).join(', ')}`)
  const end = await Promise.race([playTour(slack, TOUR, print), asked])
  if (end === 'stop') return 130
  for (const { name, url } of hosts) {
    const { headers } = await fetch(url)
    print(`${name} answers ${headers.get('x-revision')?.slice(0, 7)} on ${url}`)
  }
  print(`\nAll ${TOUR.length} steps of the tour went as they should.`)
  return 0
}

async function showPage({ slack, hosts, files }: World, asked: Promise<'stop'>): Promise<number> {
  const page = await startPage(
    slack,
    {
      roles: ROLES,
      commands: COMMANDS,
      hosts: hosts.map(({ name, url }) => ({ name, url })),
      files: Object.entries(files).map(([name, text]) => ({ name, text })),
      tour: TOUR,
    },
    { built: join(import.meta.dirname, 'page') },
  )
  if (page.taken !== undefined) print(`The port ${page.taken} is taken, so another one is used.`)
  print(`The demo is at ${page.url} (Docker on its hosts is a stand-in: containers are processes here).`)
  print('Ctrl-C ends it and leaves nothing behind.')
  await asked
  await page.stop()
  return 0
}

const COMMANDS = [
  { text: '/deploy lander', about: 'the branch main to web1 and web2' },
  { text: '/deploy lander --dry-run', about: 'only tell what would be done' },
  { text: '/deploy lander bigger-engine --full', about: 'new code in a new container' },
  { text: '/deploy lander night-landing to staging', about: 'a branch to stage1' },
  { text: '/deploy rollback lander', about: 'the code before this' },
  { text: '/deploy status', about: 'what runs where' },
  { text: '/deploy history lander', about: 'the latest deployments' },
  { text: '/deploy lock lander for 30m ', about: 'keep others from deploying; say why' },
  { text: '/deploy unlock lander', about: 'lift the lock' },
  { text: '/deploy help', about: 'all commands' },
]

/** What npm passes on of one press of Ctrl-C comes a second time. */
const SAME_PRESS_MS = 500

/** Ctrl-C, or whatever else asks for the end; a second press ends at once, and the keeper clears up all the same. */
function stopAsked(): Promise<'stop'> {
  return new Promise(resolve => {
    let first: number | undefined
    const hear = () => {
      first ??= performance.now()
      if (performance.now() - first > SAME_PRESS_MS) process.exit(130)
      resolve('stop')
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear)
  })
}

main(process.argv.slice(2)).then(
  code => process.exit(code),
  error => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
