import type { EmptyRecords } from '../contract/records.ts'
import { storeContract } from '../contract/store.ts'
import { freshDirectory, openAt } from './files.ts'

async function empty(): Promise<EmptyRecords> {
  const { file, remove } = await freshDirectory()
  return { open: clock => openAt(file, clock), remove }
}

storeContract('the store on SQLite', empty)
