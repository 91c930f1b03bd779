import { useEffect, useRef } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import { threadRows } from '../model/rows.ts'
import { MessageList } from './message-list.tsx'

/** The open thread beside the channel. Escape closes it, and the focus goes back to where it was. */
export function ThreadPane() {
  const { state, tell } = useDesk()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const before = document.activeElement
    heading.current?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  const isAsking = state.asking !== undefined
  useEffect(() => {
    // A dialog and the suggestions have their own use for it.
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && !isAsking) tell({ kind: 'closes thread' })
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [tell, isAsking])
  return (
    <aside class="thread" aria-labelledby="thread-title">
      <header class="bar">
        <h2 id="thread-title" tabIndex={-1} ref={heading}>
          Thread
        </h2>
        <button
          type="button"
          class="quiet"
          aria-label="Close the thread"
          onClick={() => tell({ kind: 'closes thread' })}
        >
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <MessageList
        label="Replies"
        place={`${state.thread}`}
        rows={threadRows(state)}
        empty="This message is gone."
        isThread
      />
    </aside>
  )
}
