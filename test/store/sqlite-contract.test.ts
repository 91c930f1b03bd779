import { storeContract } from '../contract/store.ts'
import { freshDirectory, openAt } from './files.ts'

storeContract('the store on SQLite', async () => {
  const { file, remove } = await freshDirectory()
  return { open: clock => openAt(file, clock), remove }
})
