import { defineConfig } from 'vitest/config'
import { requireTools } from './test/e2e/rig/tools.ts'

const possible = requireTools()

/** One after another, with nothing beside them: they keep both cores busy for moments and would measure the others. */
export default defineConfig({
  test: {
    include: possible ? ['test/e2e/chaos.e2e.ts', 'test/e2e/load.e2e.ts'] : [],
    passWithNoTests: !possible,
    ...(possible && { globalSetup: ['test/e2e/setup.ts'] }),
    maxWorkers: 1,
    fileParallelism: false,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    // The seed and the figures, as they come.
    reporters: ['default', './test/figures-reporter.ts'],
    disableConsoleIntercept: true,
  },
})
