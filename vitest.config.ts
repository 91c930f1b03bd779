import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { requirePostgres } from './test/postgres/server.ts'

const possible = requirePostgres()

/** The same on every Node: pure rooms, whole commands over fakes, what is written down, the hosts' scripts under sh. */
const RULES = ['test/{intent,policy,plan,sentences,stories,docs}/**', 'test/*.test.ts', 'test/ssh/script/**']

export default defineConfig({
  test: {
    // What no test asserts: a machine may be busy with more than these.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Half of the time they wait: for a lease, a shell, git.
    maxWorkers: 2 * availableParallelism(),
    // A worker loads the bot's packages once and not for each of its files, which is a third of all work.
    isolate: false,
    projects: [
      {
        // What touches Node, its packages, sockets, files and children. CI runs it and `postgres` on the next Node as well.
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/postgres/**', ...RULES],
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
      {
        extends: true,
        test: { name: 'rules', include: RULES.map(rule => rule.replace(/\/\*\*$/, '/**/*.test.ts')) },
      },
    ],
  },
})
