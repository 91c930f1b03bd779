/** The end of this process, as deployments see it; what they leave is taken up by the next start. */
export interface Stop {
  /** The process was asked to stop: a host that has its turn goes on, no other gets one. */
  readonly asked: AbortSignal
  /** The time for that is over: nobody waits, and nothing more is recorded or told. Links are cut only after this. */
  readonly over: AbortSignal
}

/** For a process that nobody asks: it works to the end, or dies. */
export const NEVER: Stop = { asked: new AbortController().signal, over: new AbortController().signal }
