import type { Person } from '../../web/protocol.ts'
import { useDesk } from '../desk.ts'

const HUES = [212, 158, 28, 286, 350, 190]

/** Initials on a colour of one's own; the bot has its sign. Names stand beside it, so it says nothing itself. */
export function Avatar({ person }: { readonly person: Person | undefined }) {
  const { people, bot } = useDesk().state.seen.workspace
  if (person?.id === bot.id)
    return (
      <span class="avatar bot" aria-hidden="true">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 7v12m-5-5 5 5 5-5M9 25h14" />
        </svg>
      </span>
    )
  const hue = HUES[people.findIndex(({ id }) => id === person?.id) % HUES.length]
  return (
    <span class={hue === undefined ? 'avatar' : `avatar hue-${hue}`} aria-hidden="true">
      {person ? initials(person.shownName) : 'S'}
    </span>
  )
}

function initials(name: string): string {
  const [first = '?', ...more] = name.split(/\s+/)
  return `${first.charAt(0)}${more.at(-1)?.charAt(0) ?? ''}`.toUpperCase()
}
