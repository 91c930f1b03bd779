import { useState } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import { personOf } from '../model/names.ts'
import { suggestionsFor } from '../model/suggest.ts'
import { nameOf } from './sidebar.tsx'

/** Where one types. `/` suggests commands: arrows choose, Tab or Enter takes, Escape leaves it. */
export function Composer({ channel }: { readonly channel: string }) {
  const { state, problem, act } = useDesk()
  const { shown, workspace } = state.seen
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(-1)
  const [isOpen, setIsOpen] = useState(false)
  const found = isOpen ? suggestionsFor(text, shown.commands) : []

  const type = (typed: string): void => {
    setText(typed)
    setChosen(-1)
    setIsOpen(true)
  }
  const send = async (): Promise<void> => {
    if (text.trim() === '') return
    setIsOpen(false)
    setText('')
    // Back again when it was not taken, unless something else is being typed by then.
    if (!(await act({ kind: 'type', as: state.me, channel: state.channel, text })))
      setText(now => (now === '' ? text : now))
  }
  const take = (index: number): void => {
    setText(found[index]?.text ?? text)
    setIsOpen(false)
  }
  const key = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const handled = found.length > 0 && (step !== 0 || event.key === 'Escape' || event.key === 'Tab')
    if (handled || event.key === 'Enter') event.preventDefault()
    if (handled && step !== 0) setChosen((chosen + step + found.length) % found.length)
    else if (handled && event.key === 'Escape') setIsOpen(false)
    else if (handled) take(Math.max(chosen, 0))
    else if (event.key === 'Enter') {
      if (found.length > 0 && chosen >= 0) take(chosen)
      else void send()
    }
  }
  return (
    <form
      class="composer"
      onSubmit={event => {
        event.preventDefault()
        void send()
      }}
    >
      {found.length > 0 && (
        <div
          class="suggestions"
          role="listbox"
          id="suggestions"
          aria-label="Commands"
          // The field keeps the focus: without it the list would be gone before the click has ended.
          onMouseDown={event => event.preventDefault()}
        >
          {found.map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field that has the focus
            <div
              key={command.text}
              id={`suggestion-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              onClick={() => take(index)}
            >
              <code>{command.text}</code> <span>{command.about}</span>
            </div>
          ))}
        </div>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="field">
        <input
          type="text"
          autoComplete="off"
          role="combobox"
          aria-label={`Message #${channel} as ${nameOf(personOf(workspace, state.me))}`}
          aria-autocomplete="list"
          aria-expanded={found.length > 0}
          aria-controls={found.length > 0 ? 'suggestions' : undefined}
          aria-activedescendant={found.length > 0 && chosen >= 0 ? `suggestion-${chosen}` : undefined}
          placeholder={`Message #${channel}, or / for commands`}
          value={text}
          onInput={event => type(event.currentTarget.value)}
          onKeyDown={key}
          onBlur={() => setIsOpen(false)}
        />
        <button type="submit" class="button primary" disabled={text.trim() === ''}>
          Send
        </button>
      </div>
    </form>
  )
}
