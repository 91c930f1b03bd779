import { holdInstance } from '../../../src/store/instance.ts'

/** Holds the instance lock until it is killed. */
const [file = ''] = process.argv.slice(2)
const held = await holdInstance(file)
console.log(held === 'taken' ? 'taken' : 'held')
setInterval(() => held, 60_000)
