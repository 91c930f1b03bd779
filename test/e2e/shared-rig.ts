import { inject } from 'vitest'
import { type Rig, rigAt } from './rig/rig.ts'

/** The rig that setup.ts started for all files of this run. Give services names and ports that no other file has. */
export function sharedRig(): Rig {
  return rigAt(inject('rig'))
}
