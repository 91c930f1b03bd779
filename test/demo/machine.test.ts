import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machineProblem } from '../../demo/machine.ts'

describe('whether the demo can be on a machine', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'td-machine-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const put = (...names: readonly string[]) =>
    names.forEach(name => {
      writeFileSync(join(folder, name), '#!/bin/sh\n')
      chmodSync(join(folder, name), 0o755)
    })

  it('is no elsewhere than on Linux, with the reason and the way out', () => {
    expect(machineProblem('darwin', '')).toMatch(/needs Linux: .* virtual machine/)
  })

  it('names what is missing, wherever on the path the rest is', () => {
    put('git', 'sh', 'timeout', 'stat', 'xargs', 'tar', 'find')
    expect(machineProblem('linux', `/nowhere:${folder}`)).toMatch(/need flock, awk on this machine/)
    put('flock', 'awk')
    expect(machineProblem('linux', `/nowhere:${folder}`)).toBeUndefined()
  })
})
