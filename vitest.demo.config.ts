import { defineConfig } from 'vitest/config'

/** The whole demo, as `npm run build` made it: Linux, Node.js and git are enough. */
export default defineConfig({
  test: {
    include: ['test/demo/*.e2e.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
})
