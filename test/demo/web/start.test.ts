import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LocalSlack } from '../../../demo/slack/local-slack.ts'
import type { Act, FromServer, HostLook } from '../../../demo/web/protocol.ts'
import { type Page, type Shown, startPage } from '../../../demo/web/start.ts'
import { openSlack, posted } from '../slack/open-slack.ts'
import { act, listen, opens, statusOf } from './page-client.ts'

const shown: Shown = {
  roles: { developer: 'U1', approver: 'U2', guest: 'U3' },
  commands: [],
  hosts: [],
  files: [{ name: 'touchdown.yml', text: 'hosts:' }],
  tour: [],
}

const hello: Act = { kind: 'type', as: 'U1', channel: 'C1', text: 'hello' }

let slack: LocalSlack
let page: Page
let folder: string
let built: string

beforeEach(async () => {
  slack = await openSlack()
  folder = mkdtempSync(join(tmpdir(), 'page-'))
  built = join(folder, 'built')
  mkdirSync(built)
  writeFileSync(join(folder, 'secret.html'), 'not of the page')
  writeFileSync(join(built, 'index.html'), '<title>the page</title>')
  page = await startPage(slack, shown, { port: 0, built })
})

afterEach(async () => {
  await page.stop()
  await slack.close()
  rmSync(folder, { recursive: true })
})

describe('who may use the page', () => {
  it('serves it to a browser, and lets no other page frame it', async () => {
    const response = await fetch(page.url)
    expect(await response.text()).toContain('the page')
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  it.each(['/../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html', '/nothing.js', '/touchdown.yml'])(
    'serves nothing for %s',
    async path => {
      expect(await statusOf(page.url, { path })).toBe(404)
    },
  )

  it('refuses another name that leads to this port, whatever is asked', async () => {
    expect(await statusOf(page.url, { host: 'evil.example' })).toBe(403)
    expect(await statusOf(page.url, { host: `evil.example:${portOf(page)}` })).toBe(403)
    expect(await statusOf(page.url, { host: `localhost:${portOf(page)}` })).toBe(200)
  })

  it.each([
    ['a foreign page', 'https://evil.example'],
    ['a page of another port', 'http://127.0.0.1:1'],
    ['a page without an address', 'null'],
    ['a program that names no page', undefined],
  ])('lets %s neither act nor listen', async (_, origin) => {
    expect(await statusOf(page.url, { method: 'POST', path: '/act', origin, body: hello })).toBe(403)
    expect(await opens(page.url, origin)).toBe(false)
    expect(slack.messages('C1')).toEqual([])
  })

  it('lets its own page act and listen', async () => {
    const origin = ownOrigin()
    expect(await statusOf(page.url, { method: 'POST', path: '/act', origin, body: hello })).toBe(200)
    expect(await opens(page.url, origin)).toBe(true)
    expect(slack.messages('C1')).toMatchObject([{ user: 'U1', text: 'hello' }])
  })
})

describe('what people do in the page', () => {
  it('sends a command to the app, and shows the asker what was typed', async () => {
    const heard = listen(page.url)
    await act(page.url, { ...hello, text: ' /deploy shop  to staging' })
    expect(slack.envelopes).toMatchObject([
      { type: 'slash_commands', payload: { command: '/deploy', text: 'shop  to staging', user_id: 'U1' } },
    ])
    await heard.until(
      news => news.kind === 'message' && news.message.isTyped && news.message.text.startsWith('/deploy shop'),
    )
    // Nothing is connected: Slack says so itself.
    expect(slack.ephemerals('U1')[0]?.text).toContain('dispatch_failed')
  })

  it('says which command there is when another is typed', async () => {
    expect(await act(page.url, { ...hello, text: '/remind me' })).toEqual({
      ok: false,
      problem: '/remind is not a command here. Try /deploy help.',
    })
  })

  it('lets nothing that is typed call anybody', async () => {
    await act(page.url, { ...hello, text: '<!channel> & <@U2>' })
    expect(slack.messages('C1')[0]?.text).toBe('&lt;!channel&gt; &amp; &lt;@U2&gt;')
  })

  it('does for nobody what Slack would not', async () => {
    expect(await act(page.url, { ...hello, as: 'U2', channel: 'C5' })).toEqual({
      ok: false,
      problem: 'bob is not in small.',
    })
    expect(
      await statusOf(page.url, { method: 'POST', path: '/act', origin: ownOrigin(), body: { kind: 'x' } }),
    ).toBe(400)
  })

  it('tells an open page of each message, each edit, and the hosts', async () => {
    const heard = listen(page.url)
    await heard.until(news => news.kind === 'hello' && news.shown.files[0]?.name === 'touchdown.yml')
    const ts = await posted(slack, { text: 'deploying' })
    await heard.until(news => news.kind === 'message' && news.message.ts === ts)
    slack.faults.deleteMessage('C1', ts)
    await heard.until(news => news.kind === 'gone' && news.ts === ts)
  })
})

describe('the hosts beside the chat', () => {
  it('are seen to go away, and to come back with another revision', async () => {
    let revision = 'aaa'
    const service = createServer((_, response) => response.setHeader('X-Revision', revision).end('page'))
    service.listen(0, '127.0.0.1')
    await once(service, 'listening')
    const address = service.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
    await page.stop()
    page = await startPage(slack, { ...shown, hosts: [{ name: 'web1', url }] }, { port: 0, built })
    // A new listener each time: what it hears first is how things stand.
    const sees = (isUp: boolean, wanted?: string) =>
      listen(page.url).until(news =>
        looksIn(news).some(look => look.isUp === isUp && look.revision === wanted),
      )
    await sees(true, 'aaa')
    revision = 'bbb'
    await sees(true, 'bbb')
    service.close()
    service.closeAllConnections()
    await sees(false)
  })
})

describe('the port', () => {
  it('is the next free one when it is taken, and the page says which was', async () => {
    const second = await startPage(slack, shown, { port: portOf(page), built })
    expect(second.taken).toBe(portOf(page))
    expect(await (await fetch(second.url)).text()).toContain('the page')
    await second.stop()
    expect(page.taken).toBeUndefined()
  })
})

function portOf({ url }: Page): number {
  return Number(new URL(url).port)
}

function ownOrigin(): string {
  return new URL(page.url).origin
}

function looksIn(news: FromServer): readonly HostLook[] {
  if (news.kind === 'hello') return news.hosts
  return news.kind === 'host' ? [news.host] : []
}
