import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIRST_STAGING, FIRST_TAG } from '../../../demo/service/history.ts'
import { makeRepository } from '../../../demo/service/repository.ts'

let folder: string
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', join(folder, 'app.git'), ...args], { encoding: 'utf8' }).trim()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'td-service-'))
  await makeRepository(
    join(folder, 'app.git'),
    { PATH: process.env['PATH'], HOME: folder },
    Date.UTC(2026, 0, 1),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the sample service's repository", () => {
  it('has a dozen commits, in the order of their times, and nothing that git complains about', () => {
    expect(Number(git('rev-list', '--count', '--all'))).toBeGreaterThanOrEqual(12)
    expect(git('fsck', '--strict')).toBe('')
    const times = git('log', '--format=%ct', 'main').split('\n').map(Number)
    expect(times).toEqual([...times].sort((a, b) => b - a))
  })

  it.each([
    ['lost-parachute', 'main', 'D\tparachute.js'],
    ['bigger-engine', 'main', 'M\tlook.js\nM\tpackage.json'],
    ['night-landing', 'bigger-engine', 'M\tlook.js'],
  ])('%s begins where %s ends', (branch, base, changed) => {
    expect(git('diff', '--name-status', `${base}...${branch}`)).toBe(changed)
    expect(git('merge-base', base, branch)).toBe(git('rev-parse', base))
  })

  it('has something to bring to production and to staging', () => {
    expect(git('diff', '--name-only', FIRST_TAG, 'main')).toContain('look.js')
    expect(git('diff', '--name-only', FIRST_STAGING, 'night-landing')).toBe('look.js')
  })
})
