import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'

it('two names of one machine in one service are refused: each would wait for the other', () => {
  const loaded = loadConfig(
    `hosts:
  web1: { address: 10.0.0.11, user: deploy }
  web1b: { address: 10.0.0.11, user: deploy }
services:
  creator:
    repo: git@example.com:creator.git
    ref: main
    hosts: [web1, web1b]
    path: /srv/creator
    container: { image: registry.example.com/creator:latest, mount: /app }
    touch: .reload
`,
    'touchdown.yml',
  )
  expect('problems' in loaded && loaded.problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
    expect.stringMatching(
      /hosts\[?\.?1\]? names one machine twice: `web1` and `web1b` are both 10\.0\.0\.11:22/,
    ),
  ])
})
