import { expect, it } from 'vitest'
import { floodLimit, MOST_A_MINUTE } from '../../src/policy/flood.ts'
import { hear } from '../../src/touchdown.ts'
import { aTarget } from '../policy/configs.ts'
import { said, stage } from './bot.ts'

const tooMany = { kind: 'refused', refusal: { reason: 'too-many', perMinute: MOST_A_MINUTE } }

async function flooded() {
  const { bot, store, touched } = await stage({
    targets: [aTarget({ deployers: ['U01ALICE', 'U02BOB'] })],
  })
  const limited = { ...bot, flood: floodLimit() }
  for (let index = 0; index < MOST_A_MINUTE; index += 1)
    expect(await hear(limited, said('creator no-such-branch'))).not.toMatchObject(tooMany)
  return { bot: limited, store, outside: () => touched.filter(what => !what.startsWith('asked ')) }
}

it.each(['creator', 'creator --dry-run', 'status creator'])(
  'A26: of a flood of commands so many are acted on, nothing is done for the next: %s',
  async text => {
    const { bot, store, outside } = await flooded()
    const before = outside()
    const last = said(text)
    expect(await hear(bot, last)).toMatchObject(tooMany)
    expect(outside()).toEqual(before)
    expect(await store.doneBy(last.trigger)).toBeUndefined()
  },
)

it('A26: whoever floods holds up nobody else, and is still told what costs nothing', async () => {
  const { bot } = await flooded()
  expect(await hear(bot, said('creator', 'U02BOB'))).toMatchObject({ kind: 'accepted' })
  for (const text of ['help', 'history', 'cancel creator', 'creatr'])
    expect(await hear(bot, said(text))).not.toMatchObject(tooMany)
})

it('A26: what is refused anyway does not count', async () => {
  const { bot } = await stage({ targets: [aTarget({ deployers: ['U01ALICE'] })] })
  const limited = { ...bot, flood: floodLimit() }
  for (let index = 0; index < MOST_A_MINUTE; index += 1) await hear(limited, said('creatr'))
  expect(await hear(limited, said('creator'))).toMatchObject({ kind: 'accepted' })
})
