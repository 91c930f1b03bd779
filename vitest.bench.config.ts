import { defineConfig } from 'vitest/config'

/** Measured, never asserted as a time: `npm run bench` prints ratios within one run. */
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
    disableConsoleIntercept: true,
  },
})
