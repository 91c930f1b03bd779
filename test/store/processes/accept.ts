import { writeSync } from 'node:fs'
import { openStore } from '../../../src/store/store.ts'

/** Accepts commands without end and prints each trigger the moment its acceptance is answered. */
const [file = ''] = process.argv.slice(2)
const clock = { now: () => Date.now(), monotonic: () => performance.now() }
const store = await openStore({ file, clock, newId: () => 'installation' })
for (let n = 0; ; n++) {
  const trigger = `${process.pid}.${n}`
  const command = {
    trigger,
    actor: 'U01ALICE',
    text: 'app',
    channel: undefined,
    responseUrl: undefined,
    receivedAt: n,
  }
  if (await store.accept(command, 'bot:1')) writeSync(1, `${trigger}\n`)
}
