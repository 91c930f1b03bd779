import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export interface Questions {
  /** The next line of the input; undefined when there is none any more. */
  ask(question: string): Promise<string | undefined>
  close(): void
}

/**
 * Questions at a terminal, or to lines that are piped in. readline's own `question` (Node 20) loses lines that come before it
 * is asked, and never settles at the end of the input: the process would end there with 0, as if all were well.
 */
export function openQuestions(input: Readable, output: Writable): Questions {
  const reader = createInterface({ input, output })
  const lines = reader[Symbol.asyncIterator]()
  return {
    async ask(question) {
      output.write(question)
      const next = await lines.next()
      return next.done ? undefined : next.value
    },
    close: () => reader.close(),
  }
}
