import type { TestProject } from 'vitest/node'
import { type RigState, startRig } from './rig/rig.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    rig: RigState
  }
}

/** One rig for all files, which run one after another: hosts come up once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const rig = await startRig({ hosts: 4 })
  project.provide('rig', rig.state)
  return () => rig.stop()
}
