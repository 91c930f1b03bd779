import { TestRunner } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    figures?: readonly string[]
  }
}

/** Prints what a test has measured, and keeps it for the end of the run. */
export function figures(...lines: readonly string[]): void {
  console.log(lines.join('\n'))
  const test = TestRunner.getCurrentTest()
  if (test) test.meta.figures = [...(test.meta.figures ?? []), ...lines]
}
