import { type ComponentChildren, Fragment } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import type { Row } from '../model/rows.ts'
import { dayText, msOf } from '../model/times.ts'
import { countText, MessageView } from './message.tsx'

const NEAR_THE_END_PX = 120

interface Props {
  readonly label: string
  /** What is listed: another place starts at its end. */
  readonly place: string
  readonly rows: readonly Row[]
  readonly empty: ComponentChildren
  readonly isThread?: true
}

/** Messages with the days between them. It stays at its end, unless somebody has scrolled up to read. */
export function MessageList({ label, place, rows, empty, isThread }: Props) {
  const { nowMs } = useDesk()
  const list = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const shown = useRef('')
  useLayoutEffect(() => {
    if (shown.current !== place) isAtEnd.current = true
    shown.current = place
    if (isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight
  })
  const note = (): void => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = list.current ?? {}
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX
  }
  const dayOf = (row: Row | undefined): string => (row ? dayText(msOf(row.message.ts), nowMs) : '')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <div class="messages" role="log" aria-label={label} tabIndex={0} ref={list} onScroll={note}>
      {rows.length === 0 && <p class="empty">{empty}</p>}
      {rows.map((row, index) => (
        <Fragment key={row.message.ts}>
          {!isThread && dayOf(rows[index - 1]) !== dayOf(row) && (
            <p class="day">
              <span>{dayOf(row)}</span>
            </p>
          )}
          {isThread && index === 1 && <p class="thread-line">{countText(rows.length - 1)}</p>}
          <MessageView row={row} isInThread={isThread ?? false} />
        </Fragment>
      ))}
    </div>
  )
}
