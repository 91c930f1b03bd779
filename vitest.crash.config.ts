import { defineConfig } from 'vitest/config'

/** The bot, as `npm run build` made it, dies once before and once after each of its effects, on SQLite and the demo's hosts. */
export default defineConfig({
  test: {
    include: ['test/crash/sample-hosts.e2e.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/figures-reporter.ts'],
    disableConsoleIntercept: true,
  },
})
