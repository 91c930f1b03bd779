import { ChildProcess } from 'node:child_process'
import { around } from './around.ts'
import { after, before } from './effects.ts'

/** Names what git changes in a mirror. What it only reads has no effect. */

const WRITES = ['clone', 'fetch']

around(ChildProcess.prototype, 'spawn', (call, child, [options]) => {
  const word = WRITES.find(word => wordsIn(options).includes(word))
  if (word === undefined) return call()
  before(`git ${word}`)
  if (child instanceof ChildProcess) child.once('exit', () => after(`git ${word}`))
  return call()
})

function wordsIn(options: unknown): readonly unknown[] {
  const args = typeof options === 'object' && options && 'args' in options ? options.args : undefined
  return Array.isArray(args) ? args : []
}
