import { expect, it, onTestFinished } from 'vitest'
import { scene } from '../cli/scene.ts'
import { newDeployment } from '../contract/orders.ts'
import { freshDatabase } from './databases.ts'

it('a bot that another one has taken over from ends, says why, and leaves the other its claim', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.remove())
  const { run, connected } = await scene(async () => {}, { kind: 'postgres', ...database.place })
  const ended = run()
  await Promise.race([connected(), ended])
  const other = "SELECT owner FROM leases WHERE name = 'bot' AND owner = 'other' AND held_until > 1"
  await database.query("UPDATE leases SET owner = 'other', held_until = held_until + 600000")
  await expect(ended).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringContaining('another touchdown has taken over'),
  })
  expect(await database.query(other)).toHaveLength(1)
})

it('and tells nothing more in Slack, nor over what the other one has told', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.remove())
  const { slack, run } = await scene(
    async store => {
      for (let n = 0; n < 12; n++) {
        await store.create(newDeployment(`d${n}`))
        await store.append(`d${n}`, { kind: 'ended', ending: 'succeeded', durationMs: 1 })
      }
    },
    { kind: 'postgres', ...database.place },
  )
  const posts = () => slack.calls.filter(({ method }) => method.startsWith('chat.')).length
  const ended = run().catch(error => error)
  await slack.waitFor(() => posts() > 0, 10_000)
  await database.query(`
    UPDATE leases SET owner = 'other', held_until = held_until + 600000;
    INSERT INTO told SELECT id, 'C01GEN', '1.1', 2, 1, 0, '[]', 1 FROM deployments
    ON CONFLICT (deployment_id) DO UPDATE SET parent = '1.1', done = 1`)
  const before = posts()
  expect(await ended).toMatchObject({ exitCode: 75 })
  // One may have been on its way, and be the one by which it learns it.
  expect(posts() - before).toBeLessThan(3)
  expect(await database.query("SELECT * FROM told WHERE parent <> '1.1' OR done = 0")).toEqual([])
})
