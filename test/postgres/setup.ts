import type { TestProject } from 'vitest/node'
import { startPostgres } from './server.ts'

/** One server for all the tests of this folder; each makes databases of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('postgres', server.address)
  return server.stop
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** `127.0.0.1:<port>`. */
    readonly postgres: string
  }
}
