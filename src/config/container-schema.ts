import { z } from 'zod'
import type { EnvironmentValue } from '../order.ts'
import {
  durationMs,
  isAbsolutePath,
  isContainerName,
  isDangerousVariable,
  isImage,
  isOneLine,
  isOwnSecret,
  isPathPattern,
  isRepository,
  isVariable,
} from './grammar.ts'
import { keys, list, mustBe, oneOf, text, whole } from './leaf.ts'
import { filledByExample, templateProblem } from './template.ts'
import { isMapping } from './yaml.ts'

/** A text with templates; `fits` sees it with examples in their places. */
export const template = (
  right: string,
  fits: (filled: string) => true | false | string,
  mayAskPorts = false,
) => text(right, value => templateProblem(value, mayAskPorts) ?? fits(filledByExample(value)))

/** Milliseconds, from a text such as `30s`. */
export const duration = (leastMs: number, mostMs: number, example: string) =>
  text(
    `a duration such as ${example} (ms, s or m) from ${leastMs / 1000}s to ${mostMs / 60_000}m`,
    value => {
      const found = durationMs(value)
      return found !== undefined && found >= leastMs && found <= mostMs
    },
    { hint: `Write the unit after it: ${example}.` },
  ).transform(value => durationMs(value) ?? leastMs)

const environmentValue = z.unknown().transform((value, context): EnvironmentValue => {
  const problem = environmentValueProblem(value)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  return isMapping(value) ? { secret: String(value['secret']) } : String(value)
})

/** Says nothing of the value itself: people do type secrets where a reference belongs. */
function environmentValueProblem(value: unknown): string | undefined {
  if (isMapping(value)) return referenceProblem(value, 'a text or { secret: NAME }')
  if (typeof value === 'number' || typeof value === 'boolean') return undefined
  if (typeof value !== 'string') {
    return value === null
      ? 'has no value; write "" for an empty one.'
      : 'must be a text, a number, true, false or { secret: NAME }.'
  }
  return isOneLine(value) ? templateProblem(value, false) : 'must be one line without control characters.'
}

function referenceProblem(value: Readonly<Record<string, unknown>>, right: string): string | undefined {
  const { secret, ...others } = value
  if (Object.keys(others).length > 0) return `must be ${right} with no other key.`
  if (typeof secret !== 'string' || !isVariable(secret)) {
    return "must name a variable of the bot's own environment: { secret: CREATOR_DB }."
  }
  return isOwnSecret(secret) ? `must not ask for ${secret}, which is the bot's own.` : undefined
}

/** A secret that may only be named. */
export const reference = z.unknown().transform((value, context): { readonly secret: string } => {
  const problem = isMapping(value)
    ? referenceProblem(value, '{ secret: NAME }')
    : "must be { secret: NAME }: a secret is never written here, but named; its value is taken from the bot's environment."
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  return { secret: isMapping(value) ? String(value['secret']) : '' }
})

const environmentKey = z.string().superRefine((name, context) => {
  if (!isVariable(name)) {
    context.addIssue({ code: 'custom', message: 'must be named in capital letters, digits and `_`.' })
  } else if (isDangerousVariable(name)) {
    context.addIssue({
      code: 'custom',
      message: 'may not be set: LD_*, GIT_*, PATH and BASH_ENV change what programs load.',
    })
  }
})

const runWord = template('one argument of `docker run`', word => {
  const owned = /^--(?:name|rm)(?:=|$)/.exec(word)
  return owned === null
    ? word.length > 0
    : `may not hold ${word.split('=')[0]}: Touchdown sets the container's name and keeps it.`
})

const SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGKILL',
] as const

/** What a container is built from, in most languages. `*` matches any run of characters but `/`. */
const REBUILD_ON = [
  ...['Dockerfile*', '*.dockerfile', 'requirements*.txt', 'pyproject.toml', 'poetry.lock', 'uv.lock'],
  ...['Pipfile', 'Pipfile.lock', 'package*.json', 'yarn.lock', 'pnpm-lock.yaml', 'Gemfile', 'Gemfile.lock'],
  ...['composer.lock', 'go.sum', 'Cargo.lock'],
]

const hook = list(
  template('one word of a command', word => word.length > 0, true),
  'a list of words, such as ["/usr/local/bin/drain", "{host}", "{port:8000}"]',
)
  .min(1, { error: 'must hold a command; remove the key when there is none.' })
  .optional()

/** `container:` */
export const containerSchema = keys('a container', {
  name: text('a container name: letters, digits, `_`, `.` and `-`, at least two', isContainerName).optional(),
  replicas: whole(1, 20).optional(),
  image: template('an image such as registry.example.com/team/app:latest', isImage),
  mirrors: list(
    template('a repository such as registry2.example.com/team/app, without tag and digest', isRepository),
    'a list of repositories such as [registry2.example.com/team/app]',
  ).default([]),
  rebuild_on: list(
    text('a path in the repository, with `*` for any run of characters', isPathPattern),
    'a list of paths such as [Dockerfile, "requirements*.txt"]',
  ).default(REBUILD_ON),
  mount: text(
    'an absolute path in the container, such as /app, without `:`, blanks, `..` or a slash at the end',
    isAbsolutePath,
  ),
  run: list(runWord, 'a list of `docker run` arguments, each one word, such as ["--memory", "512m"]').default(
    [],
  ),
  env: z
    .record(environmentKey, environmentValue, {
      error: issue => mustBe('a mapping of variables', issue.input),
    })
    .default({}),
  stop: keys('stop', {
    signal: oneOf(SIGNALS).default('SIGTERM'),
    grace: duration(1000, 600_000, '30s').default(30_000),
  }).default({ signal: 'SIGTERM', grace: 30_000 }),
  healthy: duration(1000, 600_000, '60s').default(60_000),
  startup_time: duration(0, 600_000, '10s').default(0),
  before_replace: hook,
  after_replace: hook,
})
