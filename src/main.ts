#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { config as readDotenv } from 'dotenv'
import { pino } from 'pino'
import { AUDIT_USAGE, auditFormat, exportAudit } from './cli/audit.ts'
import { catchUp } from './cli/catch-up.ts'
import { runCheck } from './cli/check.ts'
import { terminalHelp } from './cli/help.ts'
import { interruptsOf } from './cli/interrupts.ts'
import { EX_CONFIG, EX_DATAERR, EX_FAULT, EX_TEMPFAIL, NotStarted } from './cli/not-started.ts'
import { openQuestions } from './cli/questions.ts'
import { start } from './cli/start.ts'
import { runTrust } from './cli/trust.ts'
import { CLOCK, keyProblems, openRecords, realHosts } from './cli/wire.ts'
import { sayWords } from './cli/words.ts'
import type { Config, Problem, Settings } from './config/config.ts'
import { envFileProblem } from './config/env-file.ts'
import { loadConfig, loadHost } from './config/load.ts'
import { readSettings } from './config/settings.ts'
import { problemsText } from './sentences/problems.ts'
import { BOT_LEFT_TEXT } from './sentences/terminal.ts'
import { noConfigurationText } from './sentences/trust.ts'
import { StoreRefused } from './store/refused.ts'

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
  const { error: unread } = readDotenv({ quiet: true })
  const unreadable = unread && envFileProblem(unread, process.getuid?.())
  if (unreadable) return misconfigured([unreadable])
  const read = readSettings(process.env, { slack: verb === 'start' })
  if (verb === 'trust') {
    return 'problems' in read ? misconfigured(read.problems) : trust(read.settings, rest[0] ?? '')
  }
  if (verb === 'audit') {
    return 'problems' in read ? misconfigured(read.problems) : audit(read.settings, rest)
  }
  const files = 'problems' in read ? read.files : read.settings
  const loaded = await readConfig(files.configFile)
  const problems = [
    ...('problems' in read ? read.problems : []),
    ...(await keyProblems(files)),
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
      const records = await recordsGiven(settings)
      return runCheck({ config, hosts, records, print }).finally(() => hosts.close())
    }
    case 'catch-up': {
      const store = await openRecords(settings)
      const hosts = await realHosts(settings)
      return catchUp({ config, hosts, store, by: `cli:${userInfo().username}`, print }).finally(() =>
        Promise.all([hosts.close(), store.close()]),
      )
    }
    default: {
      const interrupts = interruptsOf(process, CLOCK.monotonic)
      return sayWords({ text: words.join(' '), config, settings, log, print, interrupts })
    }
  }
}

/** A check makes no records, and tries the hosts also where they cannot be read. */
async function recordsGiven(
  settings: Settings,
): Promise<{ installation: string; given: number } | undefined> {
  const { database } = settings
  if (database.kind === 'sqlite' && !existsSync(database.file)) return undefined
  try {
    const store = await openRecords(settings)
    const given = await store.lastFence().finally(store.close)
    return { installation: store.installation, given }
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error
    complain(error.message)
    return undefined
  }
}

/** Needs the records alone. */
async function audit(settings: Settings, words: readonly string[]): Promise<number> {
  const format = auditFormat(words)
  if (!format) {
    complain(AUDIT_USAGE)
    return 2
  }
  // Whoever reads may have seen enough (`| head`).
  process.stdout.on('error', () => process.exit(0))
  const store = await openRecords(settings)
  await exportAudit(store, format, text => void process.stdout.write(text)).finally(store.close)
  return 0
}

/** Needs one host's entry at most, so it works while the rest of the file is still being written. */
async function trust({ configFile, knownHostsFile }: Settings, name: string): Promise<number> {
  const text = await readFile(configFile, 'utf8').catch(() => undefined)
  if (text === undefined && name !== '') print(noConfigurationText(name, configFile))
  const found = text === undefined ? { host: undefined, names: [] } : loadHost(text, configFile, name)
  if ('problems' in found) return misconfigured(found.problems)
  const terminal = openQuestions(process.stdin, process.stdout)
  return runTrust({ ...found, name, knownHostsFile, ask: terminal.ask, print }).finally(terminal.close)
}

async function readConfig(file: string): Promise<{ config: Config } | { problems: readonly Problem[] }> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return loadConfig(text, file)
  const message = `There is no readable file ${file}. Copy touchdown.example.yml to it and fill it in, or name another one in TOUCHDOWN_CONFIG.`
  return { problems: [{ file: '.env', line: undefined, path: 'TOUCHDOWN_CONFIG', message }] }
}

function misconfigured(problems: readonly Problem[]): number {
  complain(problemsText(problems))
  return EX_CONFIG
}

/** The first SIGTERM or SIGINT asks to stop; a second one, not of the same press, ends the process at once. */
function stopSignal(): Promise<void> {
  const { stop, leave } = interruptsOf(process, CLOCK.monotonic)
  leave.signal.addEventListener('abort', () => {
    complain(BOT_LEFT_TEXT)
    process.exit(EX_FAULT)
  })
  return new Promise(resolve => stop.addEventListener('abort', () => resolve()))
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
  if (error instanceof StoreRefused) {
    // A server may come up later than we do: a supervisor tries again.
    const exitCode = error.because === 'unreachable' ? EX_TEMPFAIL : EX_DATAERR
    return { message: error.message, exitCode }
  }
  return {
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    exitCode: EX_FAULT,
  }
}
