// For `node --import`: at SIGUSR2 the clock of the process jumps by as many milliseconds as the file named CLOCK_JUMP says.
import { readFileSync } from 'node:fs'

const now = Date.now
let jump = 0
Date.now = () => now() + jump
process.on('SIGUSR2', () => {
  jump = Number(readFileSync(process.env.CLOCK_JUMP, 'utf8'))
})
