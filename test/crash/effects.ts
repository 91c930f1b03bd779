/**
 * Every effect that the bot has on the world outside, by the name that the preload gives it, and where it is met. A name that is
 * not here makes the test fail: whoever adds a table, a step or a call says here where it is tried.
 *
 * `record …`: a COMMIT, by what was written: `+` a row is added, `~` changed, `-` removed, `#` a number is drawn.
 */
export const EFFECTS: Readonly<Record<string, Place>> = {
  'open the socket': 'restart',
  'call auth.test': 'restart',
  'call apps.connections.open': 'restart',
  'call users.info': 'refusal',
  acknowledge: 'refusal',
  'answer the asker': 'refusal',
  post: 'code',
  'call chat.update': 'code',
  reply: 'code',
  broadcast: 'code',

  'record +counters +leases': 'fresh',
  'record +meta': 'fresh',
  'record +commands': 'refusal',
  'record #audit +audit': 'refusal',
  'record ~commands': 'refusal',
  'record #hold +holds': 'lock',
  'record #hold ~holds': 'lock',
  // Of a lock in the place of another one, and of an unlock where none is.
  'record #hold +holds ~holds': 'seldom',
  'record #hold': 'seldom',
  'record #sequence +deployment_hosts +deployments +places': 'code',
  'record #fence ~deployments': 'code',
  'record #fence ~deployments ~deployments resumes': 'restart',
  'record +told': 'code',
  'record ~deployments': 'seldom',
  'record event stalled': 'resume',
  'record event answered': 'resume',
  'record event answered event ended': 'leave',
  'record ~leases': 'seldom',
  // At an end on PostgreSQL, of what is left to others; and of what was audited before, which takes its number back.
  'record ~commands ~deployments': 'seldom',
  'record #audit': 'seldom',
  'record event approval-asked': 'container',
  'record event approved': 'container',
  'record event cancel-asked': 'cancel',
  'record event changes': 'code',
  'record event ended': 'code',
  'record event host-ended': 'code',
  'record event note': 'container',
  'record event resumed': 'restart',
  'record event queued': 'seldom',
  'record event started': 'code',
  'record event step': 'code',
  'record event turn': 'code',
  'record event withdrawn': 'code',
  'record event offered': 'seldom',

  'git clone': 'code',
  'git fetch': 'container',
  'connect to a host': 'restart',
  ...started({
    'session begin_look': 'container',
    'session enter': 'code',
    'session hold': 'code',
    'session release': 'code',
    'step look': 'code',
    'step fetch': 'code',
    'step reset': 'code',
    'step mount': 'code',
    'step preflight': 'code',
    'step touch': 'code',
    'step digest': 'code',
    'step pull': 'container',
    'step create': 'container',
    'step swap': 'container',
    'step inspect': 'container',
    'step prune': 'container',
    // Where the revision is answered already, a link was lost, or a person or a crash left something in the way.
    'step reloads': 'seldom',
    'step put-back': 'seldom',
    'step swap-back': 'seldom',
    'step take-away': 'seldom',
    'step start': 'seldom',
    'step keep': 'seldom',
    'session recall': 'seldom',
  }),
}

/** What people do when the bot dies. */
export type Scenario = (typeof SCENARIOS)[number]
export const SCENARIOS = ['code', 'container', 'cancel', 'lock', 'refusal'] as const

/**
 * `fresh`: at the very first start. `restart`: at a start that finds a code deploy unfinished. `resume`, `leave`: at one that finds
 * a container's swap begun, and what people say then. `seldom`: by the clock, or where two things happen to meet; known, and met
 * by chance.
 */
export type Place = Scenario | 'fresh' | 'restart' | 'resume' | 'leave' | 'seldom'

/** Each begins with a line to the host's shell and ends with a line from it. */
function started(places: Readonly<Record<string, Place>>): Readonly<Record<string, Place>> {
  return Object.fromEntries(
    Object.entries(places).flatMap(([name, place]) => [
      [`${name} started`, place],
      [`${name} ended`, place],
    ]),
  )
}
