import { defineConfig } from 'vitest/config'
import { requireTools } from './test/e2e/rig/tools.ts'

const possible = requireTools()

export default defineConfig({
  test: {
    include: possible ? ['test/e2e/**/*.e2e.ts', 'test/crash/real-hosts.e2e.ts'] : [],
    // They keep both cores busy, so beside others they measure those: vitest.chaos.config.ts has them, alone.
    exclude: ['test/e2e/load.e2e.ts', 'test/e2e/chaos.e2e.ts'],
    passWithNoTests: !possible,
    ...(possible && { globalSetup: ['test/e2e/setup.ts'] }),
    // A test waits for two thirds of its time: four at a time, each with hosts of its own, keep two cores busy and not full.
    maxWorkers: 4,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
  },
})
