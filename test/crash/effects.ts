/**
 * Every effect that the bot has on the world outside, by the name that the preload gives it, and where it is met. A name that is
 * not here makes the test fail: whoever adds a table, a step or a call says here where it is tried. Those of one place stand
 * in the order in which they come about: so a bot that has died at one comes by the next when it is started again.
 *
 * `record …`: a COMMIT, by what was written: `+` a row is added, `~` changed, `-` removed, `#` a number is drawn.
 */
export const EFFECTS: Readonly<Record<string, Place>> = {
  'call apps.connections.open': 'restart',
  'call auth.test': 'restart',
  'open the socket': 'restart',
  'connect to a host': 'restart',
  'record #fence ~deployments ~deployments resumes': 'restart',
  'record event resumed': 'restart',

  'git clone': 'code',
  'record #sequence +deployment_hosts +deployments +places': 'code',
  post: 'code',
  'record +told': 'code',
  'record event changes': 'code',
  'record #fence ~deployments': 'code',
  'record event started': 'code',
  'record event withdrawn': 'code',
  'call chat.update': 'code',
  ...started({ 'session enter': 'code', 'step look': 'code' }),
  reply: 'code',
  ...started({ 'step fetch': 'code' }),
  'record event step': 'code',
  'record event turn': 'code',
  ...started({
    'session hold': 'code',
    'step reset': 'code',
    'step mount': 'code',
    'step preflight': 'code',
    'step touch': 'code',
    'session release': 'code',
    'step digest': 'code',
  }),
  'record event host-ended': 'code',
  'record event ended': 'code',
  broadcast: 'code',

  ...started({ 'session begin_look': 'container', 'step pull': 'container' }),
  'record event approval-asked': 'container',
  'git fetch': 'container',
  'record event approved': 'container',
  ...started({ 'step create': 'container', 'step swap': 'container' }),
  'record event note': 'container',
  ...started({ 'step inspect': 'container', 'step prune': 'container' }),
  'record event stalled': 'resume',
  'record event answered': 'resume',
  'record event answered event ended': 'leave',

  'record event cancel-asked': 'cancel',

  'record #hold +holds': 'lock',
  'record #hold ~holds': 'lock',

  'record +commands': 'refusal',
  acknowledge: 'refusal',
  'call users.info': 'refusal',
  'record #audit +audit': 'refusal',
  'answer the asker': 'refusal',
  'record ~commands settled': 'refusal',
  'record ~commands': 'left',

  'record +counters +leases': 'fresh',
  'record +meta': 'fresh',

  // Of a lock in the place of another one, and of an unlock where none is.
  'record #hold +holds ~holds': 'seldom',
  'record #hold': 'seldom',
  'record ~deployments': 'seldom',
  'record ~leases': 'seldom',
  // At an end on PostgreSQL, of what is left to others; and of what was audited before, which takes its number back.
  'record ~commands ~deployments': 'seldom',
  'record #audit': 'seldom',
  'record event queued': 'seldom',
  // Of a rollback that comes to nothing.
  'record event offered': 'seldom',
  ...started({
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
 * a container's swap begun, and what people say then. `left`: at one that finds a command that nobody has settled. `seldom`: by the clock, or where two things happen to meet; known, and met
 * by chance.
 */
export type Place = Scenario | 'fresh' | 'restart' | 'resume' | 'leave' | 'left' | 'seldom'

/** Each begins with a line to the host's shell and ends with a line from it. */
function started(places: Readonly<Record<string, Place>>): Readonly<Record<string, Place>> {
  return Object.fromEntries(
    Object.entries(places).flatMap(([name, place]) => [
      [`${name} started`, place],
      [`${name} ended`, place],
    ]),
  )
}
