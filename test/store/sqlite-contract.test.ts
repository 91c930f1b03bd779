import { approvalContract } from '../contract/approvals.ts'
import { storeContract } from '../contract/store.ts'
import { freshDirectory, openAt } from './files.ts'

storeContract('the store on SQLite', empty)
approvalContract('the store on SQLite', empty)

async function empty() {
  const { file, remove } = await freshDirectory()
  return { open: (clock: Parameters<typeof openAt>[1]) => openAt(file, clock), remove }
}
