import type { Browser, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOUR } from '../../../demo/tour/steps.ts'
import { openBrowser } from './browser.ts'
import { type Demo, startDemo } from './demo.ts'
import { shoot } from './screenshots.ts'

/** Which hosts serve something else after a step than before it; no host when it is not here. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  Deploy: ['web1', 'web2'],
  'Approve it as the other person': ['web1', 'web2'],
  'Try it in staging': ['stage1'],
  'Bring it to production': ['web1', 'web2'],
  'Roll back': ['web1', 'web2'],
}

const ASK_FIRST: readonly string[] = ['approve', 'rollback']

describe('the guided tour, with the real bot', () => {
  let browser: Browser
  let demo: Demo
  let tab: Tab

  beforeAll(async () => {
    demo = await startDemo()
    browser = await openBrowser()
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    tab = await context.newPage()
    await tab.goto(demo.url)
    await tab.getByText('Touchdown is connected').waitFor()
  })

  afterAll(async () => {
    await browser?.close()
    await demo?.stop()
  })

  it.each(TOUR)('$title', async step => {
    const before = await served(tab)
    const tour = tab.getByRole('region', { name: step.title })
    await tour.getByRole('button', { name: / as / }).click()
    if (step.presses && ASK_FIRST.includes(step.presses.action)) {
      await tab.getByRole('dialog').waitFor()
      await shoot(tab, `${step.presses.action} asks first`)
      await tab.getByRole('dialog').getByRole('button').last().click()
    }
    await tour.getByText('Done:').waitFor({ timeout: 90_000 })

    const now = await served(tab)
    const changed = Object.keys(now).filter(host => now[host] !== before[host])
    expect(changed.sort()).toEqual([...(CHANGES[step.title] ?? [])].sort())
    const threads = tab.getByRole('button', { name: /^\d+ repl/ })
    await threads.last().click()
    await shoot(tab, step.title)
    await tab.keyboard.press('Escape')
    await tour.getByRole('button', { name: /^(Next|Finish)$/ }).click()
  })
})

/** What each host answers to anybody who asks it over HTTP: revision and container. */
async function served(tab: Tab): Promise<Readonly<Record<string, string>>> {
  const links = await tab.getByRole('link', { name: /^Open the page of / }).all()
  const answers = links.map(async link => {
    const name = (await link.textContent())?.replace(/^Open the page of (\w+).*$/s, '$1') ?? ''
    const { headers } = await fetch((await link.getAttribute('href')) ?? '')
    return [name, `${headers.get('x-revision')} ${headers.get('x-container')}`] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}
