import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** False: leave the browser tests out, and it has been printed why. With TOUCHDOWN_E2E=required that is an error instead. */
export function requireBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true
  const missing = `there is no ${CHROMIUM}. On Debian: apt-get install -y --no-install-recommends chromium`
  if (process.env['TOUCHDOWN_E2E'] === 'required')
    throw new Error(`The tests of the demo's page are required here, but ${missing}`)
  console.warn(`SKIPPED: test/demo/browser (the demo's page in Chromium): ${missing}`)
  return false
}

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
