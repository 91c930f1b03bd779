import { isList, isObject, type JsonObject } from '../slack/json.ts'
import type { LocalSlack } from '../slack/local-slack.ts'
import type { Change, Ephemeral, Message } from '../slack/shapes.ts'
import { ROLES } from './cast.ts'
import { plainText } from './plain.ts'
import { isExpected, type TourStep } from './tour.ts'

const STEP_LIMIT_MS = 60_000
/** After a step has come to what it expects: what else it has to say, so that it stands below its own title. */
const QUIET_MS = 500

/** Plays the tour and prints what people say and read. Rejects at the first step that does not come to what it expects. */
export async function playTour(
  slack: LocalSlack,
  tour: readonly TourStep[],
  print: (line: string) => void,
): Promise<void> {
  const stop = printWhatIsSaid(slack, print)
  try {
    for (const [index, step] of tour.entries()) {
      print(`\n── ${index + 1}/${tour.length} ${step.title}\n${step.text}\n`)
      await play(slack, step, print)
    }
    for (const complaint of slack.complaints) throw new Error(`The local Slack complains: ${complaint}`)
  } finally {
    stop()
  }
}

async function play(slack: LocalSlack, step: TourStep, print: (line: string) => void): Promise<void> {
  const came = new Promise<void>((resolve, reject) => {
    let quiet: NodeJS.Timeout | undefined
    const end = (settle: () => void) => {
      stop()
      clearTimeout(limit)
      settle()
    }
    const limit = setTimeout(() => {
      const why = `"${step.title}" did not come to what it should within a minute: ${step.expects}`
      end(() => reject(new Error(why)))
    }, STEP_LIMIT_MS)
    const stop = slack.onChange(change => {
      const said = saidBy(change)
      if (said === undefined || (quiet === undefined && !isExpected(step, said))) return
      clearTimeout(quiet)
      quiet = setTimeout(() => end(resolve), QUIET_MS)
    })
  })
  await Promise.all([act(slack, step, print), came])
}

async function act(slack: LocalSlack, step: TourStep, print: (line: string) => void): Promise<void> {
  const user = ROLES[step.as]
  const who = slack.workspace.users.get(user)?.name ?? user
  const channel = [...slack.workspace.channels.values()].find(({ name }) => name === step.channel)
  if (channel === undefined) throw new Error(`There is no channel ${step.channel}.`)
  if (step.types !== undefined) {
    print(`${who}: ${step.types}`)
    await slack.command({ user, channel: channel.id, text: step.types.replace(/^\/deploy ?/, '') })
  }
  if (step.presses !== undefined) {
    const { action } = step.presses
    print(`${who} presses ${action}`)
    const found = newestButton(seenBy(user, channel.id, slack), action)
    if (found === undefined) throw new Error(`No message has a button ${action}.`)
    const { message, button } = found
    const confirms = button['confirm'] === undefined ? {} : ({ confirms: true } as const)
    await slack.click({ user, message, actionId: action, ...confirms })
  }
}

function seenBy(user: string, channel: string, slack: LocalSlack): readonly (Message | Ephemeral)[] {
  const whispers = slack.ephemerals(user).filter(whisper => whisper.channel === channel)
  return [...slack.messages(channel), ...whispers]
}

function newestButton(messages: readonly (Message | Ephemeral)[], action: string) {
  return messages
    .flatMap(message => buttonsOf(message).map(button => ({ message, button })))
    .filter(({ button }) => button['action_id'] === action)
    .toSorted((a, b) => (a.message.ts < b.message.ts ? 1 : -1))[0]
}

function buttonsOf({ blocks }: Message | Ephemeral): readonly JsonObject[] {
  return blocks.flatMap(({ elements }) => (isList(elements) ? elements.filter(isObject) : []))
}

/** Every message when it comes, and the first line of an edited one when that has changed. */
function printWhatIsSaid(slack: LocalSlack, print: (line: string) => void): () => void {
  const shown = new Map<string, string>()
  return slack.onChange(change => {
    const said = saidBy(change)
    if (said === undefined) return
    const lines = plainText(said.text, slack).trimEnd().split('\n')
    const [first = ''] = lines
    if (shown.get(said.ts) === first) return
    const isEdit = shown.has(said.ts)
    shown.set(said.ts, first)
    for (const line of isEdit ? [first] : lines) print(`${said.place} ${line}`)
  })
}

interface Said {
  readonly ts: string
  readonly text: string
  readonly isBroadcast: boolean
  /** Where people see it, as the beginning of a line. */
  readonly place: string
}

function saidBy(change: Change): Said | undefined {
  switch (change.kind) {
    case 'message posted':
    case 'message changed': {
      const { ts, text, thread_ts, broadcast } = change.message
      return {
        ts,
        text,
        isBroadcast: broadcast,
        place: thread_ts === undefined ? 'message │' : broadcast ? 'channel │' : ' thread │  ',
      }
    }
    case 'ephemeral posted':
    case 'ephemeral changed': {
      const { ts, text } = change.ephemeral
      return { ts, text, isBroadcast: false, place: 'private │' }
    }
    default:
      return undefined
  }
}
