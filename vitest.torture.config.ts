import { defineConfig } from 'vitest/config'

/** What takes too long for every change: `npm run torture` lets the bot die at every moment of its life. */
export default defineConfig({
  test: {
    include: ['test/crash/*.e2e.ts'],
    env: { TOUCHDOWN_TORTURE: '1' },
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 7_200_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    disableConsoleIntercept: true,
  },
})
