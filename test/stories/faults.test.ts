import { describe, expect, it } from 'vitest'
import { runDeployment, type World } from '../../src/run/deploy.ts'
import { hear } from '../../src/touchdown.ts'
import { aTarget } from '../policy/configs.ts'
import { said, stage } from './bot.ts'

/** A queued deployment of two hosts, claimed; the world is changed before it runs. */
async function running(change: (world: World) => Partial<World>) {
  const { bot, store, told } = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
  await hear(bot, said('creator'))
  const [queued] = await store.startable()
  const claimed = queued && (await store.claim(queued.id, 'bot:story'))
  if (!claimed) throw new Error('nothing was claimed')
  const problems: string[] = []
  const world = { ...bot, problem: (what: string) => problems.push(what), ...change(bot) }
  const ending = await runDeployment(world, claimed.deployment, claimed.fence)
  return { ending, told, problems, status: (await store.find(claimed.deployment.id))?.status }
}

describe('a deployment always ends and is told (G5)', () => {
  it('when no host can be reached', async () => {
    const { ending, told, status } = await running(() => ({}))
    expect([ending, status]).toEqual(['failed', 'failed'])
    expect(told.at(-1)).toMatchObject({ kind: 'ended', ending: 'failed' })
  })

  it('as interrupted when our own code meets a fault: unknown is never success', async () => {
    const { ending, told, status, problems } = await running(() => ({
      hosts: { open: () => Promise.reject(new Error('a fault of ours')), close: async () => {} },
    }))
    expect([ending, status]).toEqual(['interrupted', 'interrupted'])
    expect(told.filter(event => event.kind === 'host-ended')).toHaveLength(2)
    expect(problems).toContain('web1 met a fault')
  })

  it('when its end cannot be recorded, it is told all the same', async () => {
    const { told, status, problems } = await running(({ store }) => ({
      store: { ...store, end: () => Promise.reject(new Error('disk full')) },
    }))
    expect(told.at(-1)).toMatchObject({ kind: 'ended', ending: 'failed' })
    expect(status).toBe('running')
    expect(problems).toEqual(['an end could not be recorded'])
  })
})
