import { defineConfig } from 'vitest/config'
import { requireTools } from './test/e2e/rig/tools.ts'

const possible = requireTools()
const REAL_HOSTS = ['test/crash/real-hosts.e2e.ts', 'test/e2e/chaos.e2e.ts', 'test/e2e/load.e2e.ts']

/**
 * What takes too long for every change: `npm run torture` lets the bot die at every moment of its life, breaks all
 * that is around it for a quarter of an hour, and says a thousand commands to it at once.
 */
export default defineConfig({
  test: {
    include: ['test/crash/sample-hosts.e2e.ts', ...(possible ? REAL_HOSTS : [])],
    ...(possible && { globalSetup: ['test/e2e/setup.ts'] }),
    env: {
      TOUCHDOWN_TORTURE: '1',
      CHAOS_COMMANDS: process.env['CHAOS_COMMANDS'] ?? '500',
      LOAD_COMMANDS: process.env['LOAD_COMMANDS'] ?? '1000',
      LOAD_DEPLOYS: process.env['LOAD_DEPLOYS'] ?? '400',
    },
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 7_200_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    reporters: ['default', './test/figures-reporter.ts'],
    disableConsoleIntercept: true,
  },
})
