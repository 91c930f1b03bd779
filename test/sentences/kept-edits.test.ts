import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { noteText } from '../../src/sentences/notes.ts'
import { testFolder } from '../folder.ts'
import { anOrder } from './deployments.ts'

it('the command that a note names brings kept edits back', () => {
  const path = testFolder('kept')
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', path, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
      encoding: 'utf8',
    })
  git('init', '-q')
  writeFileSync(join(path, 'page'), 'one\n')
  git('add', 'page')
  git('commit', '-q', '-m', 'one')
  // As do_keep of reset.sh does it.
  writeFileSync(join(path, 'page'), 'edited\n')
  const ref = 'refs/touchdown/discarded/d1'
  git('update-ref', ref, git('stash', 'create', 'touchdown d1').trim())
  git('reset', '-q', '--hard', 'HEAD')

  const command = noteText({ kind: 'edits-kept', ref }, anOrder({ path })).split('back there: ')[1] ?? ''
  execFileSync('sh', ['-c', command], { stdio: 'pipe' })

  expect(readFileSync(join(path, 'page'), 'utf8')).toBe('edited\n')
})
