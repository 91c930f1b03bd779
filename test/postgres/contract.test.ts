import type { EmptyRecords } from '../contract/records.ts'
import { storeContract } from '../contract/store.ts'
import { freshDatabase } from './databases.ts'

const empty: () => Promise<EmptyRecords> = freshDatabase

storeContract('the store on PostgreSQL', empty)
