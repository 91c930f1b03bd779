import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config, Problem, Settings } from '../config/config.ts'
import { checkKeyFile } from '../config/key-file.ts'
import type { SettingsFiles } from '../config/settings.ts'
import { openMirrors } from '../git/mirrors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hosts } from '../ports/hosts.ts'
import type { Mirrors } from '../ports/mirrors.ts'
import type { Teller } from '../ports/teller.ts'
import { openLanes } from '../run/lanes.ts'
import { NEVER, type Stop } from '../run/stop.ts'
import { fetchQueue, type World } from '../run/world.ts'
import { Secret } from '../secret.ts'
import { openHosts } from '../ssh/hosts.ts'
import { checkPrivateKey } from '../ssh/private-key.ts'
import { type OpenStore, openSharedStore, openStore } from '../store/store.ts'

export const CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** Sortable by time, unguessable enough never to meet another one: `k5x2m1q0-9f3a2c`. */
export function newId(): string {
  return `${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`
}

/** Bare mirrors of the repositories; may be deleted at any time. */
function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'touchdown')
}

/** Rules that key files break, as problems of .env. */
export async function keyProblems(settings: SettingsFiles): Promise<readonly Problem[]> {
  const found = [
    await checkKeyFile('SSH_KEY', settings.sshKeyFile, checkPrivateKey),
    settings.gitKeyFile && (await checkKeyFile('GIT_KEY', settings.gitKeyFile, checkPrivateKey)),
  ]
  return found.filter(problem => typeof problem === 'object')
}

/** Connections to the real hosts, with the bot's key. Call keyProblems first. */
export async function realHosts(settings: Settings): Promise<Hosts> {
  const privateKey = new Secret(await readFile(settings.sshKeyFile ?? '', 'utf8'))
  // A missing known_hosts file pins nothing: every host is then refused with the way to pin it.
  const knownHosts = () => readFile(settings.knownHostsFile, 'utf8').catch(() => '')
  return openHosts({ privateKey, knownHosts })
}

/** Mirrors of the services' repositories, in this user's cache. */
export function realMirrors({ gitKeyFile, knownHostsFile }: Settings, log: Logger): Promise<Mirrors> {
  return openMirrors({
    cacheDirectory: cacheDirectory(),
    keyFile: gitKeyFile,
    knownHostsFile,
    onProblem: problem => log.warn(problem),
  })
}

/** The records that DATABASE_URL names. */
export function openRecords({ database }: Settings): Promise<OpenStore> {
  return database.kind === 'sqlite'
    ? openStore({ file: database.file, clock: CLOCK, newId })
    : openSharedStore({ place: database, newId })
}

/** What deployments run in. Secrets come from the bot's own environment, by the names that the configuration gives. */
export function worldOf(parts: {
  readonly config: Config
  readonly settings: Settings
  readonly store: OpenStore
  readonly hosts: Hosts
  readonly teller: Teller
  readonly log: Logger
  /** Left out: nobody asks this process to stop. */
  readonly stop?: Stop
}): World {
  const { config, settings, store, hosts, teller, log, stop = NEVER } = parts
  // Every host that waits for its proof listens.
  setMaxListeners(0, stop.over)
  return {
    store,
    hosts,
    teller,
    clock: CLOCK,
    secretOf: name => process.env[name],
    secrets: secretsOf(config, settings),
    fetches: fetchQueue(),
    lanes: openLanes(),
    stop,
    problem: (what, error) => {
      // What goes wrong then is our own doing: links are cut and records closed.
      if (!stop.over.aborted) log.error({ err: error }, what)
    },
  }
}

function secretsOf(config: Config, settings: Settings): readonly string[] {
  const targets = [...config.services.values()].flatMap(service => [...service.targets.values()])
  const values = targets.flatMap(({ groups, registries }) => [
    ...groups.flatMap(group => Object.values(group.env)),
    ...registries.map(({ password }) => password),
  ])
  const named = values.flatMap(value => (typeof value === 'string' ? [] : [process.env[value.secret]]))
  const tokens = settings.slack ? [settings.slack.botToken.reveal(), settings.slack.appToken.reveal()] : []
  return [...named, ...tokens, ...passwordsOf(settings)].flatMap(value => (value ? [value] : []))
}

/** The database's: as it is written in the URL, and as it is. */
function passwordsOf({ database }: Settings): readonly string[] {
  if (database.kind !== 'postgres') return []
  const { password, searchParams } = new URL(database.url.reveal())
  return [password, decodeURIComponent(password), searchParams.get('password') ?? '']
}
