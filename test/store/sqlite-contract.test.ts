import { approvalContract } from '../contract/approvals.ts'
import { holdContract } from '../contract/holds.ts'
import { stallContract } from '../contract/stalls.ts'
import { type EmptyRecords, storeContract } from '../contract/store.ts'
import { freshDirectory, openAt } from './files.ts'

async function empty(): Promise<EmptyRecords> {
  const { file, remove } = await freshDirectory()
  return { open: clock => openAt(file, clock), remove }
}

storeContract('the store on SQLite', empty)
approvalContract('the store on SQLite', empty)
holdContract('holds in the store on SQLite', empty)
stallContract('the store on SQLite', empty)
