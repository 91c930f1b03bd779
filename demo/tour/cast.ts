import type { Channel, User } from '../slack/shapes.ts'
import type { Role } from './tour.ts'

/** Who is in the local Slack, and where. */
export const USERS: readonly User[] = [
  { id: 'U01DANA', name: 'dana', real_name: 'Dana Developer' },
  { id: 'U02ARI', name: 'ari', real_name: 'Ari Approver' },
  { id: 'U03GUS', name: 'gus', real_name: 'Gus Guest', is_restricted: true },
]

export const ROLES: Readonly<Record<Role, string>> = {
  developer: 'U01DANA',
  approver: 'U02ARI',
  guest: 'U03GUS',
}

export const CHANNELS: readonly Channel[] = [
  { id: 'C01DEPLOYS', name: 'deploys' },
  { id: 'C02GENERAL', name: 'general' },
]
