import { describe, expect, it } from 'vitest'
import type { Note } from '../../src/event.ts'
import type { HostSession } from '../../src/ports/hosts.ts'
import { activate } from '../../src/run/activate.ts'
import { OLD } from '../plan/orders.ts'
import { sessionOfFake, workOn } from './work.ts'

/** A host whose preflight fails with these words, and what its look or mount say beside that. */
async function failing(
  said: Readonly<Record<string, (output: string) => string>>,
  words = 'SyntaxError',
): Promise<readonly Note[]> {
  const fake = await sessionOfFake()
  const session: HostSession = {
    ...fake,
    async run(step) {
      const outcome = await fake.run(step)
      if (step.name === 'preflight')
        return { status: 'failed', exit: { code: 1 }, output: words, durationMs: 1 }
      return { ...outcome, output: said[step.name]?.(outcome.output) ?? outcome.output }
    },
  }
  const work = workOn(session, { preflight: ['python3', '-c', 'import wsgi'] })
  expect(await activate(work)).toMatchObject({ kind: 'stopped', step: 'preflight' })
  return work.notes
}

describe('a preflight that fails', () => {
  it('before anything could load the new code says that it was not loaded', async () => {
    expect(await failing({})).toEqual([{ kind: 'put-back', revision: OLD, loadedBy: undefined }])
  })

  it('is not believed what the app says in the words of our steps', async () => {
    const words = [
      'edits-kept refs/heads/evil',
      'file-kept ../../etc',
      'swapped 1',
      'put-back creator running',
      'pull-failed x',
      'pulled y',
    ]
    const notes = await failing({}, words.map(word => `::td ${word}\n`).join(''))
    expect(notes).toEqual([{ kind: 'put-back', revision: OLD, loadedBy: undefined }])
  })

  it('after a reset that set off a reload by itself does not', async () => {
    const look = (output: string) => output.replace('::td has yes', '::td has yes\n::td touch-in-diff yes')
    expect(await failing({ look })).toEqual([{ kind: 'put-back', revision: OLD, loadedBy: 'reset' }])
  })

  it('after a restart of the container, which saw another folder, does not either', async () => {
    const look = (output: string) => output.replace(/::td mount-known .*/, '')
    const mount = () => '::td mount 1 2\n'
    expect(await failing({ look, mount })).toEqual([
      { kind: 'mount-stale', container: 'creator' },
      { kind: 'put-back', revision: OLD, loadedBy: 'start' },
    ])
  })
})
