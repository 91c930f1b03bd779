#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { config as readDotenv } from 'dotenv'
import { pino } from 'pino'
import { runCheck } from './cli/check.ts'
import { terminalHelp } from './cli/help.ts'
import { openQuestions } from './cli/questions.ts'
import { NotStarted, start } from './cli/start.ts'
import { runTrust } from './cli/trust.ts'
import { keyProblems, realHosts } from './cli/wire.ts'
import { sayWords } from './cli/words.ts'
import type { Config, Problem } from './config/config.ts'
import { loadConfig } from './config/load.ts'
import { readSettings } from './config/settings.ts'
import { problemsText } from './sentences/problems.ts'
import { StoreRefused } from './store/refused.ts'

/** sysexits.h: configuration error, bad data, another instance. */
const EX_CONFIG = 78
const EX_DATAERR = 65
/** Shown before anything is read: who asks may have nothing yet. */
const HELP = new Set(['help', '--help', '-h'])

const print = (text: string) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
const complain = (text: string) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)

async function main(words: readonly string[]): Promise<number> {
  const [verb, ...rest] = words
  if (verb === undefined || HELP.has(verb)) {
    print(terminalHelp())
    return 0
  }
  readDotenv({ quiet: true })
  const read = readSettings(process.env, { slack: verb === 'start' })
  const files = 'problems' in read ? read.files : read.settings
  const loaded = await readConfig(files.configFile)
  const problems = [
    ...('problems' in read ? read.problems : []),
    ...(verb === 'trust' ? [] : await keyProblems(files)),
    ...('problems' in loaded ? loaded.problems : []),
  ]
  if ('problems' in read || 'problems' in loaded || problems.length > 0) return misconfigured(problems)
  const [{ settings }, { config }] = [read, loaded]
  const log = pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: true }))

  switch (verb) {
    case 'start': {
      if (!settings.slack) return misconfigured([])
      return start({ config, settings: { ...settings, slack: settings.slack }, log, stopped: stopSignal() })
    }
    case 'check': {
      const hosts = await realHosts(settings)
      return runCheck({ config, hosts, print }).finally(() => hosts.close())
    }
    case 'trust': {
      const terminal = openQuestions(process.stdin, process.stdout)
      const { knownHostsFile } = settings
      const name = rest[0] ?? ''
      return runTrust({ config, name, knownHostsFile, ask: terminal.ask, print }).finally(terminal.close)
    }
    default:
      return sayWords({ text: words.join(' '), config, settings, log, print })
  }
}

async function readConfig(file: string): Promise<{ config: Config } | { problems: readonly Problem[] }> {
  try {
    return loadConfig(await readFile(file, 'utf8'), file)
  } catch {
    const message = `There is no readable file ${file}. Copy touchdown.example.yml to it and fill it in, or name another one in TOUCHDOWN_CONFIG.`
    return { problems: [{ file: '.env', line: undefined, path: 'TOUCHDOWN_CONFIG', message }] }
  }
}

function misconfigured(problems: readonly Problem[]): number {
  complain(problemsText(problems))
  return EX_CONFIG
}

/** The first SIGTERM or SIGINT asks to stop; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    let isAsked = false
    const asked = () => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve()
    }
    process.on('SIGTERM', asked)
    process.on('SIGINT', asked)
  })
}

main(process.argv.slice(2)).then(
  code => process.exit(code),
  error => {
    const { message, exitCode } = endOf(error)
    complain(message)
    process.exit(exitCode)
  },
)

/** What people can mend is told in its own words, a fault of ours with where it happened. */
function endOf(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (error instanceof NotStarted) return error
  if (error instanceof StoreRefused) return { message: error.message, exitCode: EX_DATAERR }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 }
}
