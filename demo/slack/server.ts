import { createServer, type Server } from 'node:http'
import { Budget } from './budget.ts'
import { Faults } from './faults.ts'
import { type LoggedCall, serve } from './http.ts'
import type { LocalSlack, LocalSlackOptions, Outage } from './local-slack.ts'
import { People } from './people.ts'
import { ResponseUrls } from './responses.ts'
import type { Team } from './shapes.ts'
import { type DisconnectReason, SocketMode } from './socket-mode.ts'
import { Triggers } from './triggers.ts'
import { Workspace } from './workspace.ts'
import type { World } from './world.ts'

const DEPLOY_BOT_SCOPES = ['commands', 'chat:write', 'users:read', 'usergroups:read']

/** Starts a Slack for one app and one workspace, on 127.0.0.1 only. It speaks plain HTTP and WebSocket. */
export async function startLocalSlack(options: LocalSlackOptions): Promise<LocalSlack> {
  const now = options.now ?? Date.now
  const workspace = new Workspace(completed(options.team), now)
  for (const user of options.users) workspace.users.set(user.id, user)
  for (const group of options.groups ?? []) workspace.groups.set(group.id, group)
  for (const channel of options.channels) workspace.channels.set(channel.id, channel)

  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The local Slack got no TCP port.')
  const origin = `http://127.0.0.1:${address.port}`

  const outage = outageOf(server)
  const faults = new Faults()
  const triggers = new Triggers(now)
  const socketMode = new SocketMode(workspace, faults, options.ackLimitMs ?? 3000)
  const responseUrls = new ResponseUrls(workspace, origin)
  const people = new People(workspace, socketMode, triggers, responseUrls)
  const budget = new Budget(options.rateLimits ?? {}, now)
  const calls: LoggedCall[] = []
  const world: World = {
    workspace,
    faults,
    triggers,
    scopes: options.scopes ?? DEPLOY_BOT_SCOPES,
    origin,
    newSocketUrl: () => `ws://127.0.0.1:${address.port}${socketMode.newPath()}`,
  }
  const log = (call: LoggedCall): void => {
    calls.push(call)
    workspace.announce({ kind: 'called', method: call.method })
  }
  server.on('request', (request, response) => {
    // A client that hangs up in mid-request is no reason to fall over.
    serve({ world, tokens: options.tokens, responseUrls, budget, log }, request, response).catch(() =>
      response.destroy(),
    )
  })
  server.on('upgrade', (request, stream, head) => socketMode.upgrade(request, stream, head))

  const slack: LocalSlack = {
    apiUrl: `${origin}/api/`,
    workspace,
    faults: Object.assign(faults, {
      disconnect: (reason: DisconnectReason, connection?: number) =>
        socketMode.disconnect(reason, connection),
      dropConnections: (connection?: number) => socketMode.drop(connection),
      outage: () => {
        socketMode.drop()
        return outage()
      },
      deleteMessage: (channel: string, ts: string) => {
        const message = workspace.message(channel, ts)
        if (message === undefined) throw new Error(`There is no message ${ts} in ${channel} to delete.`)
        workspace.remove(message)
      },
    }),
    command: command => people.command(command),
    click: click => people.click(click),
    say: (user, channel, text) => people.say(user, channel, text),
    messages: channel => workspace.messages(channel),
    thread: (channel, ts) => workspace.messages(channel).filter(message => message.thread_ts === ts),
    timeline: channel =>
      workspace.messages(channel).filter(message => message.thread_ts === undefined || message.broadcast),
    ephemerals: user => workspace.ephemerals(user),
    calls,
    get envelopes() {
      return socketMode.envelopes
    },
    get complaints() {
      return socketMode.complaints
    },
    get openConnections() {
      return socketMode.open
    },
    setUser: user => {
      workspace.users.set(user.id, user)
      workspace.announce({ kind: 'people changed' })
    },
    setGroup: group => {
      workspace.groups.set(group.id, group)
      workspace.announce({ kind: 'people changed' })
    },
    setChannel: channel => {
      workspace.channels.set(channel.id, channel)
      workspace.announce({ kind: 'people changed' })
    },
    onChange: listener => workspace.onChange(listener),
    waitFor: (predicate, timeoutMs = 5000, what = 'what the test waits for') =>
      waitFor(slack, predicate, timeoutMs, what),
    close: async () => {
      socketMode.close()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  return slack
}

/** Every connection that is made, for HTTP or a WebSocket, is reset. */
function outageOf(server: Server): () => Outage {
  let current: { refused: number } | undefined
  server.on('connection', socket => {
    if (!current) return
    current.refused += 1
    socket.resetAndDestroy()
  })
  return () => {
    const mine = { refused: 0 }
    current = mine
    server.closeAllConnections()
    return {
      refused: () => mine.refused,
      end: () => {
        current = undefined
      },
    }
  }
}

function waitFor<T>(
  slack: LocalSlack,
  predicate: (slack: LocalSlack) => T | undefined | false,
  timeoutMs: number,
  what: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const stop = slack.onChange(look)
    timer = setTimeout(() => {
      stop()
      reject(new Error(`${what} did not come about in Slack within ${timeoutMs} ms.`))
    }, timeoutMs)
    look()

    function look(): void {
      try {
        const found = predicate(slack)
        if (found === undefined || found === false) return
        resolve(found)
      } catch (error) {
        reject(error)
      }
      stop()
      clearTimeout(timer)
    }
  })
}

function completed(team: LocalSlackOptions['team']): Team {
  const ids = { appId: 'A1', botUserId: 'U0BOT', botId: 'B1', botName: 'touchdown' }
  return { domain: team.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), ...ids, ...team }
}
