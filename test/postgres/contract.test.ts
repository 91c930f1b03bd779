import { approvalContract } from '../contract/approvals.ts'
import { holdContract } from '../contract/holds.ts'
import { stallContract } from '../contract/stalls.ts'
import { type EmptyRecords, storeContract } from '../contract/store.ts'
import { freshDatabase } from './databases.ts'

const empty: () => Promise<EmptyRecords> = freshDatabase

storeContract('the store on PostgreSQL', empty)
approvalContract('the store on PostgreSQL', empty)
holdContract('holds in the store on PostgreSQL', empty)
stallContract('the store on PostgreSQL', empty)
