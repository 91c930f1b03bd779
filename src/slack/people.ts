import { setTimeout as sleep } from 'node:timers/promises'
import { WebAPIRateLimitedError } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Actor, GroupMembers } from '../policy/actor.ts'
import type { Clock } from '../ports/clock.ts'
import type { People } from '../ports/people.ts'
import { callProblem, type SlackSettings, slackErrorOf, webClient } from './client.ts'

const CALL_TIMEOUT_MS = 3_000
/** Who asked has our acknowledgement and can wait; for longer, a no with the reason is better. */
const LONGEST_PAUSE_S = 5
const KEPT_MS = 60_000
const MOST_KEPT = 1_000

export interface PeopleParts {
  readonly slack: SlackSettings
  readonly clock: Clock
  readonly log: Logger
}

/** Asks Slack who people are. What it answers holds for a minute; a look-up that fails is asked anew, and means no. */
export function slackPeople({ slack, clock, log }: PeopleParts): People {
  const client = webClient(slack, log, CALL_TIMEOUT_MS)
  const team = remembered(
    clock,
    Number.POSITIVE_INFINITY,
    async () => (await patiently(() => client.auth.test())).team_id,
  )

  const standings = remembered(clock, KEPT_MS, async id => {
    const [{ user }, own] = await Promise.all([patiently(() => client.users.info({ user: id })), team('own')])
    if (user === undefined) throw new Error('Slack answers without the user')
    return standingFrom(user, own)
  })

  const groups = remembered(clock, KEPT_MS, async id => {
    const { users } = await patiently(() => client.usergroups.users.list({ usergroup: id }))
    if (users === undefined) throw new Error('Slack answers without the members')
    return new Set(users)
  })

  return {
    standingOf: id => standings(id).catch(error => ({ unknown: sentenceOf(error) })),
    membersOf: (id): Promise<GroupMembers> =>
      groups(id).catch(error => ({ unknown: `${sentenceOf(error)} (group ${id})` })),
  }
}

/** Flags that Slack leaves out are false. */
interface SlackUser {
  readonly id?: string
  readonly team_id?: string
  readonly deleted?: boolean
  readonly is_bot?: boolean
  readonly is_restricted?: boolean
  readonly is_ultra_restricted?: boolean
  readonly is_stranger?: boolean
  /** In an organisation of several workspaces `team_id` may be another of them. */
  readonly enterprise_user?: { readonly teams?: readonly string[] }
}

export function standingFrom(user: SlackUser, ownTeam: string | undefined): Actor['standing'] {
  if (user.deleted) return 'deactivated'
  if (user.is_bot || user.id === 'USLACKBOT') return 'bot'
  const isOfOurs =
    user.team_id === undefined ||
    user.team_id === ownTeam ||
    (ownTeam !== undefined && user.enterprise_user?.teams?.includes(ownTeam) === true)
  if (user.is_stranger || !isOfOurs) return 'stranger'
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : 'member'
}

function sentenceOf(error: unknown): string {
  switch (slackErrorOf(error)) {
    case 'plan_upgrade_required':
      return 'Slack has user groups on paid plans only: list people by their ids instead'
    case 'no_such_subteam':
      return 'Slack knows no such user group'
    case 'missing_scope':
      return 'the Slack app lacks a scope: install it again with the scopes of manifest.yml'
    default:
      return callProblem(error)
  }
}

/** Once more where Slack asks for a short pause first. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof WebAPIRateLimitedError) || error.retryAfter > LONGEST_PAUSE_S) throw error
    await sleep(error.retryAfter * 1_000)
    return call()
  }
}

/** One question at a time for each key; good answers are kept, failures are not. */
function remembered<T>(
  clock: Clock,
  keptMs: number,
  ask: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const answers = new Map<string, { readonly answer: Promise<T>; readonly until: number }>()
  return key => {
    const now = clock.monotonic()
    const known = answers.get(key)
    if (known && now < known.until) return known.answer
    const answer = ask(key)
    answers.delete(key)
    answers.set(key, { answer, until: now + keptMs })
    answer.catch(() => answers.delete(key))
    const [oldest] = answers.keys()
    if (answers.size > MOST_KEPT && oldest !== undefined) answers.delete(oldest)
    return answer
  }
}
