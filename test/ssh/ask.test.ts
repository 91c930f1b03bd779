import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { ask } from '../../src/ssh/ask.ts'

const silent = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })

test('a channel that opens after the limit is closed at once, for the connection is kept', async () => {
  let open: (channel: Duplex) => void = () => {}
  const opening = new Promise<Duplex>(resolve => {
    open = resolve
  })
  const ssh = { forwardOut: () => opening, isConnected: () => true }
  expect(await ask(ssh, 'http://127.0.0.1:8000/', 20)).toEqual({
    status: 'unanswered',
    detail: 'no answer within 0.02 s',
    linkLost: false,
  })
  const late = silent()
  open(late)
  await opening
  expect(late.destroyed).toBe(true)
})

test('a channel that nobody answers is closed when the time is over', async () => {
  const channel = silent()
  const ssh = { forwardOut: async () => channel, isConnected: () => true }
  expect(await ask(ssh, 'http://127.0.0.1:8000/', 20)).toMatchObject({ status: 'unanswered' })
  expect(channel.destroyed).toBe(true)
})
