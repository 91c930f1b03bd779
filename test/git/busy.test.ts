import { expect, test } from 'vitest'
import { makeOrigin, mirrorsOf, targetOf } from './origin.ts'

test('what git says is heard to its end, however busy the bot is', async () => {
  const origins = Array.from({ length: 8 }, () => makeOrigin())
  const revisions = origins.map(origin => origin.commit('one'))
  const mirrors = await mirrorsOf()
  const resolveAll = () =>
    Promise.all(
      origins.map(({ directory }) =>
        mirrors.resolve(targetOf(directory, { refs: ['main'] }), { kind: 'any', name: 'main' }),
      ),
    )
  // As when a hundred commands are recorded at once: the event loop is late by more than 50 ms again and again.
  const busy = setInterval(() => {
    const until = performance.now() + 80
    while (performance.now() < until);
  }, 5)
  try {
    for (let round = 0; round < 6; round++) {
      const resolved = await resolveAll()
      expect(resolved.map(({ kind }) => kind)).toEqual(revisions.map(() => 'yes'))
    }
  } finally {
    clearInterval(busy)
  }
})
