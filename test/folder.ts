import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** For the test that runs; removed after it, and after whatever the test has asked for later. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `touchdown-${name}-`))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
