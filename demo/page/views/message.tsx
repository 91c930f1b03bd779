import { useDesk } from '../desk.ts'
import { readMessage } from '../model/blocks.ts'
import { personOf } from '../model/names.ts'
import type { Row } from '../model/rows.ts'
import { agoText, msOf, timeText } from '../model/times.ts'
import { Avatar } from './avatar.tsx'
import { BlockView } from './block.tsx'

export function MessageView({ row, isInThread }: { readonly row: Row; readonly isInThread: boolean }) {
  const { state } = useDesk()
  const { message, goesOn } = row
  const { workspace } = state.seen
  const person = personOf(workspace, message.user)
  const isBot = message.user === workspace.bot.id
  const kinds = [message.only === undefined ? '' : 'only-you', goesOn ? 'goes-on' : '']
  return (
    <article class={['message', ...kinds].join(' ').trim()} data-ts={message.ts}>
      {!goesOn && <Avatar person={person} />}
      <div class="said">
        {message.only !== undefined && !goesOn && (
          <p class="note">{message.isTyped ? 'You typed' : 'Only visible to you'}</p>
        )}
        <p class={goesOn ? 'sr-only' : 'byline'}>
          <strong>{person?.shownName ?? 'Slack'}</strong>
          {isBot && <span class="badge">App</span>} <Posted ts={message.ts} />
        </p>
        <WhereElse row={row} isInThread={isInThread} />
        {message.isTyped ? (
          <p class="typed">
            <code>{message.text}</code>
          </p>
        ) : (
          readMessage(message).map((block, index) => (
            // Blocks of an edited message keep their places.
            <BlockView key={index} block={block} message={message} />
          ))
        )}
        {message.isEdited && <span class="edited">(edited)</span>}
        <Replies row={row} />
      </div>
    </article>
  )
}

/** A reply that is in the channel as well says so in both places. */
function WhereElse({ row: { message }, isInThread }: { readonly row: Row; readonly isInThread: boolean }) {
  const { tell } = useDesk()
  const { channel, thread } = message
  if (!message.isBroadcast || thread === undefined) return null
  if (isInThread) return <p class="note">Also sent to the channel</p>
  return (
    <p class="note">
      replied to{' '}
      <button type="button" class="link" onClick={() => tell({ kind: 'opens thread', channel, ts: thread })}>
        a thread
      </button>
    </p>
  )
}

function Replies({ row: { message, replies } }: { readonly row: Row }) {
  const { state, nowMs, tell } = useDesk()
  const last = replies.at(-1)
  if (last === undefined) return null
  const { channel, ts } = message
  return (
    <button
      type="button"
      class="replies"
      aria-expanded={state.thread === ts}
      onClick={() => tell({ kind: 'opens thread', channel, ts })}
    >
      <strong>{countText(replies.length)}</strong> <span>last reply {agoText(msOf(last.ts), nowMs)}</span>
    </button>
  )
}

export function countText(replies: number): string {
  return `${replies} ${replies === 1 ? 'reply' : 'replies'}`
}

function Posted({ ts }: { readonly ts: string }) {
  const { nowMs } = useDesk()
  const ms = msOf(ts)
  return (
    <time dateTime={new Date(ms).toISOString()} title={new Date(ms).toLocaleString('en-GB')}>
      {agoText(ms, nowMs) === 'now' ? 'now' : `${timeText(ms)} · ${agoText(ms, nowMs)}`}
    </time>
  )
}
