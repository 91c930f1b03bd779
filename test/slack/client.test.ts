import { expect, it, onTestFinished } from 'vitest'
import { startLocalSlack } from '../../demo/slack/server.ts'
import { callProblem, mayHaveArrived, webClient } from '../../src/slack/client.ts'
import { quiet, settingsFor, team } from './telling-world.ts'

/** How a post at this address ends. */
function failure(apiUrl: string): Promise<unknown> {
  const client = webClient(settingsFor(apiUrl), quiet, 200)
  return client.chat.postMessage({ channel: 'C01GEN', text: 'hello' }).then(
    () => 'it went well',
    error => error,
  )
}

it('a post may have arrived when only its answer was lost, or did not come in time', async () => {
  const slack = await startLocalSlack(team)
  onTestFinished(() => slack.close())
  slack.faults.loseAnswer('chat.postMessage')
  expect(mayHaveArrived(await failure(slack.apiUrl))).toBe(true)
  const release = slack.faults.hold('chat.postMessage')
  expect(mayHaveArrived(await failure(slack.apiUrl))).toBe(true)
  release()
})

it('a post has not arrived when Slack says no, has trouble, or could not be reached', async () => {
  const slack = await startLocalSlack(team)
  onTestFinished(() => slack.close())
  slack.faults.refuse('chat.postMessage', 'as_yet_unknown')
  slack.faults.serverError('chat.postMessage')
  for (const said of ['Slack says as_yet_unknown', 'Slack answers HTTP 503']) {
    const error = await failure(slack.apiUrl)
    expect([callProblem(error), mayHaveArrived(error)]).toEqual([said, false])
  }
  const gone = await startLocalSlack(team)
  await gone.close()
  const error = await failure(gone.apiUrl)
  expect([callProblem(error), mayHaveArrived(error)]).toEqual([
    'Slack cannot be reached (ECONNREFUSED)',
    false,
  ])
})
