import { defineConfig } from 'vitest/config'
import { requireBrowser } from './test/demo/browser/browser.ts'

const possible = requireBrowser()

/** The demo's page in a real browser. */
export default defineConfig({
  test: {
    include: possible ? ['test/demo/browser/*.browser.ts'] : [],
    passWithNoTests: !possible,
    // The tour waits for hosts most of the time.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
