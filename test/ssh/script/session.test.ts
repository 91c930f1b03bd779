import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openHostShell, type Shell } from './shell.ts'

const MIB = 1024 * 1024
const BYTES = 60 * MIB

/** Prints that much, its first and last words among it. */
const FLOOD = `flood() { echo first; head -c ${BYTES} /dev/zero | tr '\\0' y; echo; echo last; }`
const ALL = BYTES + 'first\n\nlast\n'.length

const outputFile = ({ state }: Shell, number = 1) => join(state, `deployments/d1/${number}.out`)
const onDisk = (file: string) => statSync(file).blocks * 512

it('G11: of what floods a step its two ends stay on the disk, and the length says how much it was', () => {
  const shell = openHostShell()
  const { output } = shell.run(`${FLOOD}; step 1 preflight flood`)
  expect(output).toMatch(/^\nnonce begin 1\nfirst\ny/)
  expect(output).toContain(`\nnonce cut ${ALL - 327_680}\n`)
  expect(output).toMatch(/y\nlast\n\nnonce end 1 0\n$/)
  expect(statSync(outputFile(shell)).size).toBe(ALL)
  expect(onDisk(outputFile(shell))).toBeLessThan(6 * MIB)
  expect(shell.run('head -n 1 $RUN/1.out; tail -n 1 $RUN/1.out').output).toBe('first\nlast\n')
})

it('G11: the disk has room again while the step still runs', () => {
  const shell = openHostShell()
  mkdirSync(join(shell.state, 'targets'))
  // It ends by itself only when the disk was spared.
  const wait =
    'for _ in $(seq 300); do [ $(du -k "$RUN/1.out" | cut -f 1) -gt 6144 ] || return 0; sleep 0.1; done; return 3'
  const { output } = shell.run(
    `${FLOOD}; waiting() { flood; ${wait}; }; verb 0 enter d1 app.production ours 1 1 U01 5; step 1 preflight waiting`,
  )
  expect(output).toContain('nonce end 0 0\n')
  expect(output).toMatch(/last\n\nnonce end 1 0\n$/)
})

it('what is not much stays whole', () => {
  const shell = openHostShell()
  shell.run(`few() { head -c ${4 * MIB} /dev/zero | tr '\\0' y; }; step 1 preflight few`)
  expect(onDisk(outputFile(shell))).toBeGreaterThanOrEqual(4 * MIB)
})
