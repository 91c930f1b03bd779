import { expect, it } from 'vitest'
import { problemsText } from '../../src/sentences/problems.ts'

it('problems are listed by file, each with its line, and say that nothing was started', () => {
  const text = problemsText([
    { file: '.env', line: undefined, path: 'SSH_KEY', message: 'is missing.' },
    { file: 'touchdown.yml', line: 3, path: 'hosts.web1.port', message: 'must be a port.' },
    { file: 'touchdown.yml', line: undefined, path: '', message: 'The file is empty.' },
  ])
  expect(text).toBe(`There is a problem in .env:
  SSH_KEY is missing.
There are 2 problems in touchdown.yml:
  line 3: hosts.web1.port must be a port.
  The file is empty.
Nothing was started. Correct them and try again.
`)
})

it('a problem shows control characters and turned reading directions as codes', () => {
  const message = 'was found: \u001b[2J\u202egnp\r'
  expect(problemsText([{ file: 'f', line: 1, path: 'a', message }])).toContain(
    'line 1: a was found: \\u001b[2J\\u202egnp\\u000d\n',
  )
})
