import { expect, it } from 'vitest'
import { dryRun } from '../../src/run/dry-run.ts'
import { askStatus } from '../../src/run/status.ts'
import { fakeHosts } from '../fakes/hosts.ts'
import { OLD, order } from '../plan/orders.ts'
import { aHost, aTarget } from '../policy/configs.ts'
import { stage } from '../stories/bot.ts'

it.each([
  ['failed', { kind: 'exit', code: 1, output: 'no' }],
  ['lost', { kind: 'link-lost' }],
] as const)('a look that %s says why, in a dry run and in the status', async (how, why) => {
  const target = aTarget({ hosts: [aHost('web1')] })
  const bot = { ...(await stage({ targets: [target] })).bot, hosts: fakeHosts(OLD, async () => how) }
  const { hosts } = await dryRun(bot, order())
  expect(hosts[0]).toMatchObject({ kind: 'impossible', step: 'look', because: why })
  const { targets } = await askStatus(bot, [target])
  expect(targets[0]?.hosts[0]).toMatchObject({ status: 'unreachable', because: why })
})
