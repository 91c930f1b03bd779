import { describe, expect, it } from 'vitest'
import { refuse } from '../../src/refusal.ts'
import { hear } from '../../src/touchdown.ts'
import { aTarget } from '../policy/configs.ts'
import { said, stage } from './bot.ts'

/** A stage whose repository lost the branch and whose service lost its deployers after the first delivery. */
async function changing() {
  const scene = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
  const after = await stage({ targets: [aTarget({ deployers: [] })] })
  const mirrors = {
    ...scene.bot.mirrors,
    resolve: async () => refuse({ reason: 'unknown-ref', service: 'creator', ref: 'main', near: [] }),
  }
  return { ...scene, changed: { ...scene.bot, config: after.bot.config, mirrors } }
}

describe('a command that is delivered again (G4)', () => {
  it('to deploy gets the same answer, whatever policy and git would say by now', async () => {
    const { bot, changed, store, touched } = await changing()
    const command = said('creator')
    const first = await hear(bot, command)
    const before = [...touched]
    expect(await hear(changed, command)).toEqual(first)
    expect(touched).toEqual(before)
    expect(await store.unfinished()).toHaveLength(1)
  })

  it('to cancel gets the same answer, stops no second one and tells nothing twice', async () => {
    const { bot, changed, store, told } = await changing()
    for (let count = 0; count < 2; count++) await hear(bot, said('creator'))
    const command = said('cancel creator')
    const first = await hear(bot, command)
    expect(told.map(event => event.kind)).toEqual(['cancel-asked', 'ended'])
    expect(await hear(changed, command)).toEqual(first)
    expect(told).toHaveLength(2)
    expect(await store.unfinished()).toHaveLength(1)
    const second = await hear(bot, said('cancel creator'))
    expect(second.kind).toBe('cancelled')
    expect(second).not.toEqual(first)
    expect(await store.unfinished()).toEqual([])
  })
})
