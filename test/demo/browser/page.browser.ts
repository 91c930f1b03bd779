import axe, { type AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page as Tab } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { DeploymentEvent } from '../../../src/event.ts'
import { answerMessage, finalMessage, parentMessage, threadMessage } from '../../../src/slack/blocks.ts'
import { NEW, OLD, viewAfter } from '../../sentences/deployments.ts'
import { wholeDeploy } from '../../slack/telling-world.ts'
import { openBrowser } from './browser.ts'
import { openHost, openStage, type Stage } from './stage.ts'

const DEPLOYS = 'C01DEPLOYS'

const changes = {
  from: OLD,
  commits: [{ revision: NEW, author: 'Ann', subject: 'Faster <b>landing</b> <img src=x onerror=alert(1)>' }],
  total: 3,
  removed: 0,
  compareUrl: 'https://git.example/compare',
}
const asked: DeploymentEvent = {
  kind: 'approval-asked',
  approvers: ['U02ARI'],
  expiresAt: Date.now() + 3_600_000,
  rehearsals: [],
}

let browser: Browser
let stage: Stage

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(() => browser.close())

beforeEach(async () => {
  stage = await openStage()
})

afterEach(() => stage.close())

describe('what the bot sends', () => {
  it('is shown as Slack shows it, and what people wrote stays text', async () => {
    const tab = await open()
    const ts = await aDeploymentIsTold()
    const message = tab.locator(`[data-ts="${ts}"]`)
    await message.getByText('Faster <b>landing</b> <img src=x onerror=alert(1)>').waitFor()
    expect(await tab.locator('.messages img').count()).toBe(0)
    expect(await message.getByRole('link', { name: NEW.slice(0, 7) }).getAttribute('href')).toBe(
      'https://git.example/compare',
    )
    expect(await message.getByText('@dana').count()).toBe(1)
    expect(await message.getByText('white_check_mark').count()).toBe(0)
    expect(await message.getByRole('img', { name: 'white check mark' }).count()).toBe(3)
  })

  it('is edited in its place', async () => {
    const tab = await open()
    const ts = await stage.bot('chat.postMessage', { channel: DEPLOYS, text: 'deploying' })
    await tab.getByText('deploying').waitFor()
    await stage.bot('chat.update', { channel: DEPLOYS, ts, text: 'deployed' })
    await tab.getByText('deployed', { exact: true }).waitFor()
    expect(await tab.getByRole('article').count()).toBe(1)
  })

  it('is in a thread, and in the channel as well when it was sent there', async () => {
    const tab = await open()
    await aDeploymentIsTold()
    const replies = tab.getByRole('button', { name: '2 replies' })
    await replies.press('Enter')
    const thread = tab.getByRole('complementary', { name: 'Thread' })
    await thread.getByText('web1: fetch').waitFor()
    await thread.getByText('Also sent to the channel').waitFor()
    await tab.getByRole('log', { name: 'Messages in deploys' }).getByText('replied to').waitFor()

    await tab.locator('#thread-title:focus').waitFor()
    await tab.keyboard.press('Escape')
    await thread.waitFor({ state: 'detached' })
    await replies.and(tab.locator(':focus')).waitFor()
  })

  it('for one person is shown to that person', async () => {
    const tab = await open()
    await stage.bot('chat.postEphemeral', {
      channel: DEPLOYS,
      user: 'U03GUS',
      ...answerMessage('Ask U02ARI.'),
    })
    await tab.getByLabel('Gus Guest').check()
    await tab.getByText('Only visible to you').waitFor()
    await tab.getByText('@ari', { exact: true }).last().waitFor()
    await tab.getByLabel('Ari Approver').check()
    await tab.getByText('Only visible to you').waitFor({ state: 'detached' })
  })
})

describe('what people do', () => {
  it('a slash suggests commands, which keys choose and send', async () => {
    const tab = await open()
    const field = tab.getByRole('combobox')
    await field.fill('/')
    await expect.poll(() => tab.getByRole('option').count()).toBe(3)
    await field.press('ArrowDown')
    await field.press('ArrowDown')
    expect(await tab.getByRole('option', { selected: true }).textContent()).toContain('--dry-run')
    await field.press('Tab')
    expect(await field.inputValue()).toBe('/deploy lander --dry-run')
    await field.press('Enter')
    await tab.getByText('You typed').waitFor()
    expect(stage.slack.envelopes).toMatchObject([
      { payload: { text: 'lander --dry-run', user_id: 'U01DANA' } },
    ])
    await expect.poll(() => field.inputValue()).toBe('')
  })

  it('a suggestion can be clicked', async () => {
    const tab = await open()
    const field = tab.getByRole('combobox')
    await field.fill('/')
    await tab.getByRole('option').last().click({ delay: 100, timeout: 5_000 })
    expect(await field.inputValue()).toMatch(/^\/deploy ./)
    await field.and(tab.locator(':focus')).waitFor()
  })

  it('what is typed is sent once, however often Enter is pressed, and comes back when it was not taken', async () => {
    const tab = await open()
    const field = tab.getByRole('combobox')
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    let asked = 0
    await tab.route('**/act', async route => {
      asked++
      await held
      await route.continue()
    })
    await field.fill('/remind me')
    await field.press('Enter')
    await field.press('Enter')
    release()
    await tab.getByRole('alert').getByText('/remind is not a command here').waitFor()
    expect(asked).toBe(1)
    expect(await field.inputValue()).toBe('/remind me')
  })

  it('a button with a dialog asks first: Escape sends nothing, yes sends it as the person', async () => {
    const tab = await open()
    await aDeploymentIsTold()
    await tab.getByRole('button', { name: '2 replies' }).click()
    await stage.bot('chat.postMessage', {
      channel: DEPLOYS,
      ...parentMessage(viewAfter([asked], { changes })),
    })
    await tab.getByLabel('Ari Approver').check()
    const approve = tab.getByRole('button', { name: /^Approve creator/ })
    await approve.press('Enter')
    const dialog = tab.getByRole('dialog', { name: 'Approve creator?' })
    await dialog.waitFor()
    await tab.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(stage.slack.envelopes).toEqual([])
    await approve.and(tab.locator(':focus')).waitFor()
    // Only the dialog has heard the Escape.
    expect(await tab.getByRole('complementary', { name: 'Thread' }).count()).toBe(1)
    await approve.click()
    await dialog.getByRole('button', { name: 'Approve' }).click()
    // Nobody is there to answer, and the page says so.
    await tab.getByRole('alert').getByText('The app did not answer').waitFor()
    expect(stage.slack.envelopes).toMatchObject([
      {
        payload: {
          type: 'block_actions',
          user: { id: 'U02ARI' },
          actions: [{ action_id: 'approve', value: 'd1' }],
        },
      },
    ])
  })

  it('a button that only one person sees can be pressed', async () => {
    const tab = await open()
    const answer = answerMessage('Say which.', 'c1')
    await stage.bot('chat.postEphemeral', { channel: DEPLOYS, user: 'U01DANA', ...answer })
    await tab.getByRole('button', { name: 'Full deploy' }).click()
    await tab.getByRole('alert').waitFor()
    expect(stage.slack.envelopes).toMatchObject([
      { payload: { container: { is_ephemeral: true }, actions: [{ action_id: 'full', value: 'c1' }] } },
    ])
  })
})

describe('the page', () => {
  it('comes back by itself when it was cut off, with what it has missed', async () => {
    const tab = await open()
    await stage.cut()
    await tab.getByText('The demo does not answer').waitFor()
    stage.slack.say('U02ARI', DEPLOYS, 'meanwhile')
    await stage.reopen()
    await tab.getByText('meanwhile').waitFor()
    await expect.poll(() => tab.getByText('The demo does not answer').count()).toBe(0)
  })

  it('shows the hosts, and says when one does not answer', async () => {
    const host = await openHost('web1', NEW, '#1d4ed8')
    onTestFinished(host.close)
    await stage.close()
    stage = await openStage({ hosts: [host] })
    const tab = await open()
    await tab.frameLocator('[title="The page that web1 serves"]').getByText('Lander on web1').waitFor()
    await tab.getByRole('region', { name: 'web1' }).getByText(NEW.slice(0, 7)).waitFor()
    host.close()
    await tab.getByRole('region', { name: 'web1' }).getByText('does not answer').waitFor()
  })

  it('shows the configuration', async () => {
    const tab = await open()
    await tab.getByRole('tab', { name: 'Hosts' }).press('ArrowRight')
    expect(await tab.getByRole('region', { name: 'touchdown.yml' }).locator('pre').textContent()).toContain(
      '# What there is to deploy\nhosts:\n  web1:',
    )
  })

  it.each([
    [900, 800],
    [400, 800],
  ])('has the next thing to do in sight on %i x %i, and nothing to the side of it', async (width, height) => {
    const tab = await open({ viewport: { width, height } })
    await aDeploymentIsTold()
    const doIt = await tab.getByRole('button', { name: / as Dana Developer$/ }).boundingBox()
    expect((doIt?.y ?? height) + (doIt?.height ?? 0)).toBeLessThan(height)
    await tab.getByRole('combobox').fill('/')
    await tab.getByRole('option').first().waitFor()
    expect(await tab.evaluate(BEYOND)).toEqual([])
    await tab.getByRole('button', { name: '2 replies' }).click()
    await tab.getByRole('complementary', { name: 'Thread' }).getByText('web1: fetch').waitFor()
    expect(await tab.evaluate(BEYOND)).toEqual([])
    expect(await faults(tab)).toEqual([])
  })

  it('keeps dark or light once it was chosen', async () => {
    const tab = await open({ colorScheme: 'dark' })
    const dark = tab.getByRole('switch', { name: 'Dark' })
    expect(await dark.isChecked()).toBe(true)
    await dark.click()
    await tab.reload()
    await tab.getByRole('heading', { name: 'deploys' }).waitFor()
    expect(await dark.isChecked()).toBe(false)
    expect(await tab.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('light')
  })
})

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)('axe-core finds no serious fault (%s)', async colorScheme => {
    const tab = await open({ colorScheme })
    await aDeploymentIsTold()
    await stage.bot('chat.postMessage', {
      channel: DEPLOYS,
      ...parentMessage(viewAfter([asked], { changes })),
    })
    await stage.bot('chat.postEphemeral', {
      channel: DEPLOYS,
      user: 'U01DANA',
      ...answerMessage('No `x` here.'),
    })
    await tab.getByRole('button', { name: '2 replies' }).click()
    await tab.getByRole('complementary', { name: 'Thread' }).getByText('web1: fetch').waitFor()
    await tab.getByRole('combobox').fill('/')
    expect(await faults(tab)).toEqual([])
    await tab.getByRole('tab', { name: 'Configuration' }).click()
    await tab.getByRole('button', { name: /^Approve creator/ }).click()
    await tab.getByRole('dialog').waitFor()
    expect(await faults(tab)).toEqual([])
  })
})

/** What stands beyond the right edge of the window, but for files, which scroll. */
const BEYOND = `[...document.body.querySelectorAll('*')]
  .filter(element => element.getBoundingClientRect().right > innerWidth && element.checkVisibility())
  .map(element => element.outerHTML)`

/** A tab that is connected. An error of its page, or a look at another machine, fails the test. */
async function open(options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  onTestFinished(() => context.close())
  const tab = await context.newPage()
  tab.on('pageerror', error => {
    throw error
  })
  tab.on('request', request => expect(request.url()).toMatch(/^http:\/\/127\.0\.0\.1:/))
  await tab.goto(stage.page.url)
  await tab.getByRole('heading', { name: 'deploys' }).waitFor()
  return tab
}

/** A deployment that went well, with its thread; its ts. */
async function aDeploymentIsTold(): Promise<string> {
  const view = viewAfter(wholeDeploy, { changes, requestedBy: 'U01DANA', createdAt: Date.now() })
  const ts = await stage.bot('chat.postMessage', { channel: DEPLOYS, ...parentMessage(view) })
  const inThread = { channel: DEPLOYS, thread_ts: ts }
  const step = threadMessage(view, [{ kind: 'line', text: 'web1: fetch 0.12 s' }])
  await stage.bot('chat.postMessage', { ...inThread, ...step })
  await stage.bot('chat.postMessage', { ...inThread, ...finalMessage(view), reply_broadcast: true })
  return ts
}

/** The rules that axe-core finds broken seriously, each with where. */
async function faults(tab: Tab): Promise<readonly string[]> {
  // The page's policy lets no script in from elsewhere; what the debugger evaluates is none.
  await tab.evaluate(axe.source)
  const { violations } = (await tab.evaluate('axe.run(document, { iframes: false })')) as AxeResults
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`)
}
