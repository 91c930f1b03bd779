import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/ports/clock.ts'
import { type OpenStore, openStore } from '../../src/store/store.ts'

/** A directory for one test's records. */
export async function freshDirectory(): Promise<{ file: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'touchdown-store-'))
  return {
    file: join(directory, 'records.db'),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

export function openAt(file: string, clock: Clock): Promise<OpenStore> {
  return openStore({ file, clock, newId: randomUUID })
}
