import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page as Tab } from 'playwright-core'

/** With TOUCHDOWN_SCREENSHOTS=<folder>: the tab as it looks now, light and dark. */
export async function shoot(tab: Tab, name: string): Promise<void> {
  const folder = process.env['TOUCHDOWN_SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await tab.emulateMedia({ colorScheme })
    const file = `${name.toLowerCase().replaceAll(/\W+/g, '-')}-${colorScheme}.png`
    await tab.screenshot({ path: join(folder, file), animations: 'disabled' })
  }
}
