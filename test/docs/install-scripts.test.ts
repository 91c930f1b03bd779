import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))

it('package.json lets no dependency run a script when it is installed, and names each that has one', () => {
  const scripted = Object.entries<{ hasInstallScript?: boolean }>(packages).flatMap(([path, entry]) =>
    path !== '' && entry.hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
  )
  expect(allowScripts).toEqual(Object.fromEntries(scripted.map(name => [name, false])))
})
