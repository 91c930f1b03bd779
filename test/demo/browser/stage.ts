import { createServer } from 'node:http'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import { startLocalSlack } from '../../../demo/slack/server.ts'
import { CHANNELS, ROLES, USERS } from '../../../demo/tour/cast.ts'
import { TOUR } from '../../../demo/tour/steps.ts'
import { type Page, type Shown, startPage } from '../../../demo/web/start.ts'
import { call } from '../slack/open-slack.ts'

/** The page over a local Slack whose bot is the test itself, and two hosts that are not there yet. */
export interface Stage {
  readonly slack: LocalSlack
  readonly page: Page
  /** The page's server goes away; `reopen` starts it again on the same port. */
  cut(): Promise<void>
  reopen(): Promise<void>
  /** One Web API call as the bot; what Slack refuses is an error. */
  bot(method: string, args: object): Promise<string>
  close(): Promise<void>
}

export async function openStage(shown: Partial<Shown> = {}): Promise<Stage> {
  const slack = await startLocalSlack({
    team: { id: 'T1', name: 'Moonbase', botName: 'Touchdown' },
    users: USERS,
    channels: CHANNELS,
    groups: [{ id: 'S0CREW', handle: 'crew', users: ['U01DANA'] }],
    tokens: { bot: 'xoxb-test', app: 'xapp-test' },
  })
  const all: Shown = {
    roles: ROLES,
    commands: [
      { text: '/deploy lander', about: 'brings main to all hosts' },
      { text: '/deploy lander --dry-run', about: 'only tells what would be done' },
      { text: '/deploy status', about: 'asks the hosts what they serve' },
    ],
    hosts: [],
    files: [
      {
        name: 'touchdown.yml',
        text: '# What there is to deploy\nhosts:\n  web1:\n    address: 127.0.0.1\n',
      },
    ],
    tour: TOUR,
    ...shown,
  }
  let page = await startPage(slack, all, { port: 0 })
  return {
    slack,
    get page() {
      return page
    },
    cut: () => page.stop(),
    reopen: async () => {
      page = await startPage(slack, all, { port: Number(new URL(page.url).port) })
    },
    bot: async (method, args) => {
      const answer = await call(slack, method, args)
      if (!answer.ok) throw new Error(`${method} was refused: ${JSON.stringify(answer)}`)
      return String(answer['ts'] ?? answer['message_ts'])
    },
    close: async () => {
      await page.stop()
      await slack.close()
    },
  }
}

/** A page of a host that says its revision. */
export async function openHost(name: string, revision: string, colour: string) {
  const server = createServer((_, response) => {
    response.setHeader('X-Revision', revision).setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><html lang="en"><title>${name}</title><body style="margin:0;min-height:100vh;display:grid;` +
        `place-content:center;font:600 20px system-ui;color:#fff;background:${colour}">Lander on ${name}</body></html>`,
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    name,
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
