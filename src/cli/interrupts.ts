/** `node --watch` passes on what the terminal has sent to all its processes already: one Ctrl-C comes twice, a moment apart. */
const ONE_PRESS_MS = 300

/** What a person asks by Ctrl-C: once to stop, twice to leave. Whoever has nothing to stop may `leave` at once. */
export interface Interrupts {
  readonly stop: AbortSignal
  readonly leave: AbortController
}

/** SIGTERM counts like Ctrl-C. `now` in milliseconds, on a clock that never jumps. */
export function interruptsOf(process: Pick<NodeJS.EventEmitter, 'on'>, now: () => number): Interrupts {
  const [stop, leave] = [new AbortController(), new AbortController()]
  let first = 0
  const pressed = () => {
    if (!stop.signal.aborted) {
      first = now()
      stop.abort()
    } else if (now() - first >= ONE_PRESS_MS) leave.abort()
  }
  process.on('SIGINT', pressed)
  process.on('SIGTERM', pressed)
  return { stop: stop.signal, leave }
}
