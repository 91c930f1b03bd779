import { useEffect, useRef } from 'preact/hooks'
import { pressOf, useDesk } from '../desk.ts'
import type { Asking } from '../model/state.ts'
import { InlineView } from './inline.tsx'

/** The dialog of a button. Escape and No do nothing; the focus goes back to the button. */
export function ConfirmDialog({ asking: { message, button } }: { readonly asking: Asking }) {
  const { state, tell, act } = useDesk()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const { confirm } = button
  if (confirm === undefined) return null
  const close = (): void => tell({ kind: 'asks', asking: undefined })
  const confirmed = (): void => {
    dialog.current?.close()
    void act(pressOf(message, button, state.me))
  }
  return (
    <dialog class="confirm" ref={dialog} aria-labelledby="confirm-title" onClose={close}>
      <h2 id="confirm-title">{confirm.title}</h2>
      <p>
        <InlineView nodes={confirm.text} />
      </p>
      <div class="actions">
        <button type="button" class="button plain" onClick={() => dialog.current?.close()}>
          {confirm.no}
        </button>
        <button type="button" class={`button ${confirm.style}`} onClick={confirmed}>
          {confirm.yes}
        </button>
      </div>
    </dialog>
  )
}
