import { expect, it } from 'vitest'
import type { Hosts, Opening } from '../../src/ports/hosts.ts'
import { running, runOut } from './running.ts'

const turnedAway = (found: string): Hosts => ({
  open: async (): Promise<Opening> => ({ kind: 'closed', because: { kind: 'stale-fence', found } }),
  close: async () => {},
})

it.each([
  [
    'F11: these records never gave the number: they are an older copy, which the log has, too',
    57,
    'older-records',
    { seen: 57, given: 2 },
  ],
  [
    'F11: they gave it to this attempt, and before to another one in the copy that was in use then',
    1,
    'older-records',
    { seen: 1, given: 0 },
  ],
  ['D6: they gave it to another run, which has taken over', 2, 'stale-fence', undefined],
])('a host that has seen a higher number turns us away. %s', async (_, number, kind, given) => {
  const scene = await running(['a', 'b'])
  const { world, queued } = scene
  const claimed = await world.store.claim(queued[0]?.id ?? '', 'bot:first')
  await world.store.claim(queued[1]?.id ?? '', 'bot:second')
  if (!claimed) throw new Error('it cannot be claimed')
  await runOut({ ...world, hosts: turnedAway(`${world.store.installation} ${number}`) }, claimed)
  const ends = [...(await world.store.hostResults('d1')).values()].map(({ result }) => result)
  for (const end of ends)
    expect(end).toMatchObject({
      status: 'failed',
      because: { kind, ...given },
    })
  expect(scene.problems).toHaveLength(given ? 2 : 0)
})
