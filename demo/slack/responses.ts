import { randomUUID } from 'node:crypto'
import { Args, type Refusal, refuse } from './answer.ts'
import { readContent } from './content.ts'
import { blankMessage, contentOf } from './methods-chat.ts'
import type { Ephemeral, Message } from './shapes.ts'
import type { Workspace } from './workspace.ts'

const MOST_USES = 5
const LIFE_MS = 30 * 60 * 1000

/** Whom an answer to a command or a click reaches, and what it may replace. */
export type Asked = {
  readonly user: string
  readonly channel: string
  /** What was clicked; a command has no original. */
  readonly original: Message | Ephemeral | undefined
}

type Ticket = { readonly asked: Asked; readonly born: number; uses: number }

/** The `response_url`s: five uses within thirty minutes each. */
export class ResponseUrls {
  private readonly workspace: Workspace
  private readonly origin: string
  private readonly tickets = new Map<string, Ticket>()

  constructor(workspace: Workspace, origin: string) {
    this.workspace = workspace
    this.origin = origin
  }

  create(asked: Asked): string {
    const path = `/response/${randomUUID()}`
    this.tickets.set(path, { asked, born: this.workspace.now(), uses: 0 })
    return `${this.origin}${path}`
  }

  /** The HTTP status and body of one POST. A used up, outdated or unknown address is 404. */
  receive(
    path: string,
    contentType: string,
    body: unknown,
  ): { readonly status: number; readonly text: string } {
    const ticket = this.tickets.get(path)
    if (ticket === undefined || ticket.uses >= MOST_USES || this.workspace.now() - ticket.born > LIFE_MS)
      return { status: 404, text: 'used_url' }
    ticket.uses += 1
    if (!contentType.startsWith('application/json') || !(body instanceof Args))
      return { status: 400, text: 'invalid_payload' }
    const refused = respond(this.workspace, ticket.asked, body, 'response_url')
    return refused === undefined ? { status: 200, text: 'ok' } : { status: 400, text: refused.error }
  }
}

/** Shows an answer: to the asker alone unless it says `in_channel`, or in place of what was clicked if it says so. */
export function respond(
  workspace: Workspace,
  { user, channel, original }: Asked,
  args: Args,
  via: 'response_url' | 'ack',
): Refusal | undefined {
  if (args.flag('delete_original')) {
    remove(workspace, original)
    return undefined
  }
  const type = args.text('response_type') || 'ephemeral'
  if (type !== 'ephemeral' && type !== 'in_channel') return refuse('invalid_response_type')
  const read = readContent(args, 'post')
  if (!read.ok) return read
  if (args.flag('replace_original') && original !== undefined) {
    replace(workspace, original, read.content)
    return undefined
  }
  const ts = workspace.nextTs()
  if (type === 'ephemeral')
    workspace.whisper({ ...read.content, channel, user, ts, thread_ts: undefined, via })
  else workspace.post({ ...read.content, ...blankMessage(channel, ts, workspace.team.botUserId), via })
  return undefined
}

function replace(workspace: Workspace, original: Message | Ephemeral, content: object): void {
  if (!isMessage(original)) {
    workspace.replaceEphemeral({ ...original, ...content })
    return
  }
  const current = workspace.message(original.channel, original.ts)
  if (current !== undefined)
    workspace.replace({ ...current, ...content, history: [...current.history, contentOf(current)] })
}

function remove(workspace: Workspace, original: Message | Ephemeral | undefined): void {
  if (original === undefined) return
  if (!isMessage(original)) {
    workspace.removeEphemeral(original)
    return
  }
  const current = workspace.message(original.channel, original.ts)
  if (current !== undefined) workspace.remove(current)
}

function isMessage(original: Message | Ephemeral): original is Message {
  return 'history' in original
}
