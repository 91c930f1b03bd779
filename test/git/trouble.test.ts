import { describe, expect, test } from 'vitest'
import { troubleFrom } from '../../src/git/trouble.ts'

const GONE =
  'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n'

describe('what git and ssh print is read', () => {
  test.each([
    ['ssh: connect to host git port 22: Connection refused', 'passing'],
    ['kex_exchange_identification: Connection closed by remote host', 'passing'],
    ['fatal: the remote end hung up unexpectedly', 'passing'],
    ["fatal: unable to access 'https://h/x/': The requested URL returned error: 503", 'passing'],
    ['Host key verification failed.', 'lasting'],
    ['git@github.com: Permission denied (publickey).', 'lasting'],
    ['ERROR: Repository not found.', 'lasting'],
    ['error: file write error: No space left on device', 'lasting'],
    ["error: cannot lock ref 'refs/heads/main': is at a but expected b", 'busy'],
    ["fatal: Unable to create '/c/packed-refs.lock': File exists.", 'busy'],
    ['error: object file objects/ab/cd is empty', 'damaged'],
    ['fatal: something nobody has seen', 'lasting'],
  ])('%s → %s', (line, kind) => {
    const trouble = troubleFrom(`${line}\n${GONE}`, 128)
    expect(trouble.kind).toBe(kind)
    expect(trouble.detail).toBe(line)
  })
})

test('credentials in URLs are left out', () => {
  const { detail } = troubleFrom("fatal: Authentication failed for 'https://bob:s3cret@h/x.git/'", 128)
  expect(detail).toBe("fatal: Authentication failed for 'https://…@h/x.git/'")
})

test('progress, control characters and floods are left out', () => {
  const flood = 'remote: \u001b[31mno\u202e\u0007 '.repeat(100)
  const { detail } = troubleFrom(
    `Receiving objects:  10% (1/10)\rReceiving objects: 100% (10/10)\n${flood}`,
    1,
  )
  expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  expect(detail).not.toContain('Receiving')
  expect(detail.length).toBeLessThanOrEqual(500)
})

test('a git that says nothing is told by its exit code', () => {
  expect(troubleFrom(GONE, 128).detail).toContain('Could not read from remote repository')
  expect(troubleFrom('', 129).detail).toBe('git ended with exit code 129')
})
