import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const PAGES = [
  ...[
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'demo/README.md',
    'demo/slack/README.md',
  ],
  ...readdirSync('docs').flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

it.each(PAGES)('%s leads to headings, files and tests that are there', page => {
  const text = readFileSync(page, 'utf8')
  for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(link)) continue
    const [file = '', heading] = link.split('#')
    const path = file === '' ? page : join(dirname(page), file)
    expect(existsSync(path), link).toBe(true)
    if (heading) expect(anchorsOf(path), link).toContain(heading)
  }
  for (const [, path = ''] of text.matchAll(/`((?:src|test|bench|demo|docs|deploy)\/[\w./-]+)`/g))
    expect(existsSync(path) || existsSync(join(dirname(page), path)), path).toBe(true)
})

/** As GitHub makes them of headings. */
function anchorsOf(file: string): readonly string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}
