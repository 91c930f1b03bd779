import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameReader } from '../../src/ssh/frames.ts'

const NONCE = 'c0ffee'
const whole = `Welcome!\nready ${NONCE}\nprogress\n${NONCE} begin 1-a-1\nout\nput\n${NONCE} end 1-a-1 0\n`

function read(...chunks: readonly (string | Buffer)[]) {
  const reader = frameReader(NONCE)
  return chunks.flatMap(chunk => reader(Buffer.from(chunk)))
}

describe('frames', () => {
  it('begin after any greeting of a login shell', () => {
    expect(read(whole)).toEqual([
      { kind: 'ready' },
      { kind: 'ended', sequence: '1-a-1', code: 0, output: 'out\nput', cutBytes: 0 },
    ])
  })

  it('are the same however the stream is cut (C10)', () => {
    const bytes = Buffer.from(whole.replace('out', 'é€😀'))
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), places => {
        const cuts = [0, ...places.sort((a, b) => a - b), bytes.length]
        const chunks = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
        expect(read(...chunks)).toEqual(read(bytes))
      }),
    )
  })

  it('byte by byte give the exact text', () => {
    const bytes = [...Buffer.from(whole.replace('out', 'é'))].map(byte => Buffer.from([byte]))
    expect(read(...bytes).at(-1)).toMatchObject({ output: 'é\nput' })
  })

  it.each([
    ['no end marker', `ready ${NONCE}\n\n${NONCE} begin 1-a-1\nout\n`],
    ['an end of another nonce', `\n${NONCE} begin 1-a-1\nout\ndeadbeef end 1-a-1 0\n`],
    ['an end of another step', `\n${NONCE} begin 1-a-1\nout\n${NONCE} end 1-a-2 0\n`],
    ['an end without a code', `\n${NONCE} begin 1-a-1\nout\n${NONCE} end 1-a-1\n`],
    ['an end without a beginning', `\n${NONCE} end 1-a-1 0\n`],
    ['an end in the middle of a line', `\n${NONCE} begin 1-a-1\nx${NONCE} end 1-a-1 0\n`],
  ])('%s ends nothing', (_, stream) => {
    expect(read(stream).filter(frame => frame.kind === 'ended')).toEqual([])
  })

  it('say how much was cut', () => {
    const stream = `\n${NONCE} begin 1\nhead\n${NONCE} cut 99\ntail\n${NONCE} end 1 3\n`
    expect(read(stream)).toEqual([
      {
        ...{ kind: 'ended', sequence: '1', code: 3, cutBytes: 99 },
        output: 'head\n[... 99 bytes cut ...]\ntail',
      },
    ])
  })

  it('keep memory bounded when a stream never ends them (G11)', () => {
    const reader = frameReader(NONCE)
    reader(Buffer.from(`\n${NONCE} begin 1\n`))
    const before = process.memoryUsage().heapUsed
    const flood = Buffer.alloc(1_000_000, 'y')
    for (let index = 0; index < 300; index += 1) expect(reader(flood)).toEqual([])
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000)
  })
})
