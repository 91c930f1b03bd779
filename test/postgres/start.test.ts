import { expect, it, onTestFinished } from 'vitest'
import { scene } from '../cli/scene.ts'
import { freshDatabase } from './databases.ts'

it('a bot that another one has taken over from ends, says why, and leaves the other its claim', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.remove())
  const { run, connected } = await scene(async () => {}, { kind: 'postgres', ...database.place })
  const ended = run()
  await Promise.race([connected(), ended])
  const other = "SELECT owner FROM leases WHERE owner = 'other' AND held_until > 1"
  await database.query("UPDATE leases SET owner = 'other', held_until = held_until + 600000")
  await expect(ended).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringContaining('another touchdown has taken over'),
  })
  expect(await database.query(other)).toHaveLength(1)
})
