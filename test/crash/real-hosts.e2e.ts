import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sharedRig } from '../e2e/shared-rig.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'
import { allPoints, livesFrom, sample } from './points.ts'
import { startRigWorld } from './rig-world.ts'
import { tryPoints } from './try-points.ts'

const { CRASH_SEED, CRASH_POINT, TOUCHDOWN_TORTURE } = process.env
const HOW = 'npx vitest run --config vitest.e2e.config.ts test/crash/real-hosts.e2e.ts'
/** In torture all of them, each by itself, unless a seed is given. */
const isAll = TOUCHDOWN_TORTURE !== undefined && CRASH_SEED === undefined
const COUNT = 20
const IN_A_ROW = 3

const rig = sharedRig()
let server: PostgresServer
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  folder = mkdtempSync(join(tmpdir(), 'td-points-'))
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

it(
  'G4, G5: a bot on PostgreSQL that is killed at any moment loses nothing and does nothing twice',
  async () => {
    // The very first start has nothing that hosts could know.
    const points = allPoints().filter(({ place }) => place !== 'fresh')
    const some = isAll ? points : sample(points, COUNT, Number(CRASH_SEED ?? 1))
    const lives = CRASH_POINT === undefined ? some : livesFrom(CRASH_POINT)
    const inARow = isAll && CRASH_POINT === undefined ? 1 : IN_A_ROW
    const [one, two, three, four] = rig.hosts
    // Nobody else's turns in the journals that a lane reads.
    const pairs = [
      [one, two],
      [three, four],
    ]
    const lanes = pairs.map((pair, index) => async (program: string) => {
      const hosts = pair.flatMap(host => host ?? [])
      const service = await rig.service(`x-${index}`, { hosts, port: 8_970 + index })
      return startRigWorld({ rig, service, server: server.address, folder, program })
    })
    expect(await tryPoints({ lives, lanes, how: HOW, inARow })).toEqual([])
  },
  isAll ? 7_200_000 : 900_000,
)
