import { defineConfig } from 'vitest/config'
import { requirePostgres } from './test/postgres/server.ts'

const possible = requirePostgres()

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // vitest leaves one core free: on two that is half of them.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/postgres/**'],
        },
      },
      {
        // With a server, which is started only when one of these tests runs.
        extends: true,
        test: {
          name: 'postgres',
          include: possible ? ['test/postgres/**/*.test.ts'] : [],
          ...(possible && { globalSetup: ['test/postgres/setup.ts'] }),
        },
      },
    ],
  },
})
