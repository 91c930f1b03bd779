/** Milliseconds since 1970 (`now`) and a clock that never jumps (`monotonic`), for durations. */
export interface Clock {
  now(): number
  monotonic(): number
}
