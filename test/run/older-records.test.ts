import { expect, it } from 'vitest'
import type { Hosts, Opening } from '../../src/ports.ts'
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
    2,
  ],
  ['D6: they gave it to another run, which has taken over', 1, 'stale-fence', 0],
])('a host that has seen a higher number turns us away. %s', async (_, number, kind, problems) => {
  const scene = await running(['a'])
  const { world, queued } = scene
  const claimed = await world.store.claim(queued[0]?.id ?? '', 'bot:first')
  if (!claimed) throw new Error('it cannot be claimed')
  await runOut({ ...world, hosts: turnedAway(`${world.store.installation} ${number}`) }, claimed)
  const ends = [...(await world.store.hostResults('d1')).values()].map(({ result }) => result)
  const given = { seen: 57, given: 1 }
  for (const end of ends)
    expect(end).toMatchObject({
      status: 'failed',
      because: kind === 'older-records' ? { kind, ...given } : { kind },
    })
  expect(scene.problems).toHaveLength(problems)
})
