import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Secret } from '../../src/secret.ts'
import { openSharedStore } from '../../src/store/store.ts'
import { newDeployment } from '../contract/orders.ts'
import { type PostgresServer, startPostgres, urlOf } from './server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())

it('a store whose server is killed waits for it, goes on once it is back, and has what was committed', async () => {
  const url = urlOf(server.address, 'postgres')
  const store = await openSharedStore({ place: { url: new Secret(url), shown: 'here' }, newId: randomUUID })
  await store.create(newDeployment('d1'))
  await server.kill()
  const found = store.find('d1')
  await server.start()
  expect(await found).toMatchObject({ id: 'd1' })
  expect(await store.claim('d1', 'bot:1')).toMatchObject({ fence: 1 })
  await store.close()
})
