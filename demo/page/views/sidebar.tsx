import type { Person } from '../../web/protocol.ts'
import { useDesk } from '../desk.ts'
import { channelsFor } from '../model/state.ts'
import { Avatar } from './avatar.tsx'
import { ThemeSwitch } from './theme.tsx'

export function Sidebar() {
  const { state } = useDesk()
  const { workspace, isBotThere } = state.seen
  return (
    <nav class="sidebar" aria-label="Workspace">
      <p class="workspace">
        {workspace.name}
        <small>a local stand-in for Slack</small>
      </p>
      <Channels />
      <People />
      <div class="sidebar-end">
        <p class="bot-state">
          <span class={isBotThere ? 'dot good' : 'dot'} aria-hidden="true" />
          {isBotThere ? `${workspace.bot.name} is connected` : `${workspace.bot.name} is not connected yet`}
        </p>
        <ThemeSwitch />
      </div>
    </nav>
  )
}

function Channels() {
  const { state, tell } = useDesk()
  return (
    <section aria-labelledby="channels">
      <h2 id="channels">Channels</h2>
      <ul>
        {channelsFor(state.seen, state.me).map(({ id, name }) => {
          const isUnread = state.unread.has(id)
          return (
            <li key={id}>
              <button
                type="button"
                class={isUnread ? 'channel unread' : 'channel'}
                aria-current={id === state.channel ? 'true' : undefined}
                onClick={() => tell({ kind: 'opens channel', channel: id })}
              >
                <span aria-hidden="true">#</span> {name}
                {isUnread && <span class="sr-only">, unread</span>}
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** Whoever is chosen types and presses from now on. */
function People() {
  const { state, tell } = useDesk()
  return (
    <fieldset class="people">
      <legend>You are</legend>
      {state.seen.workspace.people.map(person => (
        <label key={person.id} class="person">
          <input
            type="radio"
            name="person"
            checked={person.id === state.me}
            onChange={() => tell({ kind: 'acts as', person: person.id })}
          />
          <Avatar person={person} />
          <span>
            {person.shownName}
            <small>@{person.name}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

export function nameOf(person: Person | undefined): string {
  return person?.shownName ?? 'Slack'
}
