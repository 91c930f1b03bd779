import type { TestProject } from 'vitest/node'
import { type RigState, startRig } from './rig/rig.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    rigs: readonly RigState[]
  }
}

/** A rig for each worker, whose files run one after another on it: hosts come up once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const workers = Array.from({ length: Number(project.config.maxWorkers) })
  const rigs = await Promise.all(workers.map(() => startRig({ hosts: 4 })))
  project.provide(
    'rigs',
    rigs.map(rig => rig.state),
  )
  return async () => {
    await Promise.all(rigs.map(rig => rig.stop()))
  }
}
