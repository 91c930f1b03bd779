import { useDesk } from '../desk.ts'
import { channelRows } from '../model/rows.ts'
import { Composer } from './composer.tsx'
import { MessageList } from './message-list.tsx'

export function ChannelView() {
  const { state } = useDesk()
  const channel = state.seen.workspace.channels.find(({ id }) => id === state.channel)
  const name = channel?.name ?? ''
  return (
    <main class="chat">
      <header class="bar">
        <h1>
          <span aria-hidden="true">#</span> {name}
        </h1>
      </header>
      <MessageList
        label={`Messages in ${name}`}
        place={`${state.me} ${state.channel}`}
        rows={channelRows(state)}
        empty={
          <>
            Nothing here yet. Type <code>/deploy</code> below, or follow the tour.
          </>
        }
      />
      <Composer key={`${state.me} ${state.channel}`} channel={name} />
    </main>
  )
}
