import { inject } from 'vitest'
import { type Rig, type RigState, rigAt } from './rig/rig.ts'

/** The rig that setup.ts started for this worker's files. Give services names and ports that no other file has. */
export function sharedRig(): Rig {
  return rigAt(sharedRigState())
}

/** vitest numbers the workers that live at the same time from 1. */
export function sharedRigState(): RigState {
  const worker = process.env['VITEST_POOL_ID']
  const state = inject('rigs')[Number(worker) - 1]
  if (!state) throw new Error(`No rig was started for the worker ${worker}: setup.ts starts one for each.`)
  return state
}
