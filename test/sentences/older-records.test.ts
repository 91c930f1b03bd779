import { expect, it } from 'vitest'
import { caughtUpText } from '../../src/sentences/older-records.ts'
import { aDeployment } from './deployments.ts'

it('F11: who catches up reads what was cancelled, and which hosts are still to be asked', () => {
  const text = caughtUpText(
    { seen: 57, given: 41 },
    [aDeployment({ id: 'd1' }), aDeployment({ id: 'd2' })],
    ['web2'],
  )
  expect(text).toBe(
    'The hosts have seen attempt 57, and the records had given 41 at most: from now on they give higher numbers. Deploy again.\n' +
      'What waited was cancelled, for others may have followed it since that copy was made: creator (d1), creator (d2).\n' +
      'web2 could not be asked: touchdown check says why. Then run touchdown catch-up again.',
  )
})
