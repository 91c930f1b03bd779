import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { openQuestions } from '../../src/cli/questions.ts'

function opened() {
  const input = new PassThrough()
  const output = new PassThrough()
  return { input, output, questions: openQuestions(input, output) }
}

it('lines that come before they are asked for answer the questions in their order', async () => {
  const { input, output, questions } = opened()
  input.write('y\nweb1\n')
  expect(await questions.ask('Pin? ')).toBe('y')
  expect(await questions.ask('Name? ')).toBe('web1')
  expect(String(output.read())).toBe('Pin? Name? ')
  questions.close()
})

it('a line may come after its question', async () => {
  const { input, questions } = opened()
  const answer = questions.ask('Pin? ')
  input.write('n\n')
  expect(await answer).toBe('n')
  questions.close()
})

it('the end of the input is no answer, now and later', async () => {
  const { input, questions } = opened()
  const answer = questions.ask('Pin? ')
  input.end()
  expect(await answer).toBeUndefined()
  expect(await questions.ask('Name? ')).toBeUndefined()
})
