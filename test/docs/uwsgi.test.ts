import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/uwsgi.md', 'utf8')
const app = 'test/e2e/rig/app'

/** Where it is and how it is built differs from team to team; so does what it logs. */
const OURS = /^(plugin|http-socket|disable-logging) =/

test('docs/uwsgi.md recommends the settings that the tests on real hosts run with', () => {
  const recommended = /```ini\n([\s\S]*?)```/.exec(page)?.[1]
  const used = readFileSync(`${app}/uwsgi.ini`, 'utf8')
  expect(settings(recommended ?? '')).toEqual(settings(used).filter(line => !OURS.test(line)))
})

test('the tests on real hosts try the other settings that docs/uwsgi.md speaks of', () => {
  const variants = readdirSync(`${app}/variants`).filter(name =>
    readdirSync(`${app}/variants/${name}`).includes('uwsgi.ini'),
  )
  expect(variants.sort()).toEqual(['chain', 'legacy'])
  for (const variant of variants) {
    const used = settings(readFileSync(`${app}/variants/${variant}/uwsgi.ini`, 'utf8'))
    const differing = used.filter(line => !settings(readFileSync(`${app}/uwsgi.ini`, 'utf8')).includes(line))
    for (const line of differing) expect(page).toContain(`${line}`)
  }
})

test('the module of docs/uwsgi.md that reads REVISION is read first by the sample app too', () => {
  expect(readFileSync(`${app}/wsgi.py`, 'utf8')).toMatch(
    /^from revision import REVISION\nfrom page import COLOUR\n/,
  )
  expect(page).toMatch(/```python\n# wsgi\.py\nfrom revision import REVISION/)
})

function settings(ini: string): readonly string[] {
  return ini.split('\n').filter(line => line !== '')
}
