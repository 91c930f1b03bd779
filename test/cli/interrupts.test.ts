import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { interruptsOf } from '../../src/cli/interrupts.ts'

function aTerminal() {
  const process = new EventEmitter()
  let now = 1_000
  const { stop, leave } = interruptsOf(process, () => now)
  return {
    press(signal = 'SIGINT') {
      process.emit(signal)
      return { stop: stop.aborted, leave: leave.signal.aborted }
    },
    pass(ms: number) {
      now += ms
    },
  }
}

it.each(['SIGINT', 'SIGTERM'])('the first %s asks to stop, the second to leave', signal => {
  const terminal = aTerminal()
  expect(terminal.press(signal)).toEqual({ stop: true, leave: false })
  terminal.pass(300)
  expect(terminal.press(signal)).toEqual({ stop: true, leave: true })
})

it('one Ctrl-C that comes twice, from the terminal and from node --watch, is one', () => {
  const terminal = aTerminal()
  terminal.press()
  terminal.pass(1)
  expect(terminal.press()).toEqual({ stop: true, leave: false })
  terminal.pass(299)
  expect(terminal.press()).toEqual({ stop: true, leave: true })
})
