import { writeSync } from 'node:fs'
import { openStore } from '../../../src/store/store.ts'

/** Accepts large commands, printing each trigger, until one is refused; then prints why, and what it can still read. */
const [file = ''] = process.argv.slice(2)
const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const store = await openStore({ file, clock, newId: () => 'installation' })
const text = 'x'.repeat(20_000)
for (let n = 0; ; n++) {
  const trigger = `t${n}`
  const command = {
    trigger,
    actor: 'U01ALICE',
    text,
    channel: undefined,
    responseUrl: undefined,
    receivedAt: n,
  }
  try {
    await store.accept(command, 'bot:1')
    writeSync(1, `${trigger}\n`)
  } catch (error) {
    writeSync(1, `refused: ${error instanceof Error ? error.message : error}\n`)
    break
  }
}
writeSync(1, `readable: ${(await store.unsettled()).length}\n`)
