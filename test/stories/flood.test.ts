import { expect, it } from 'vitest'
import { floodLimit, MOST_A_MINUTE } from '../../src/policy/flood.ts'
import { hear } from '../../src/touchdown.ts'
import { aTarget } from '../policy/configs.ts'
import { said, stage } from './bot.ts'

it('A26: of a flood of commands so many count, nothing is done for the rest, and nobody else is held up', async () => {
  const { bot, store, touched } = await stage({ targets: [aTarget()] })
  const limited = { ...bot, flood: floodLimit() }
  for (let index = 0; index < MOST_A_MINUTE; index += 1)
    expect(await hear(limited, said('history'))).toMatchObject({ kind: 'history' })
  const before = touched.length
  const last = said('creator')
  expect(await hear(limited, last)).toMatchObject({
    kind: 'refused',
    refusal: { reason: 'too-many', perMinute: MOST_A_MINUTE, waitMs: expect.any(Number) },
  })
  expect(touched.slice(before)).toEqual([])
  expect(await store.doneBy(last.trigger)).toBeUndefined()
  expect(await hear(limited, said('creator', 'U02BOB'))).not.toMatchObject({
    refusal: { reason: 'too-many' },
  })
})
