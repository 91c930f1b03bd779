import ssh2 from 'ssh2'
import { expect, it } from 'vitest'
import { newKeyPair } from '../../../demo/hosts/key-pair.ts'

it('makes another pair when the first cannot be read', () => {
  const good = newKeyPair()
  const malformed = { ...good, private: good.private.replace(/\n.{8}/, '\nAAAAAAAA') }
  expect(ssh2.utils.parseKey(malformed.private)).toBeInstanceOf(Error)
  const made = [malformed, good]
  expect(newKeyPair(() => made.shift() ?? malformed)).toBe(good)
})
