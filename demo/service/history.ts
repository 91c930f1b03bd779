/** One commit of the sample service. `files` holds what it changes; `undefined` deletes. */
export interface Commit {
  readonly subject: string
  readonly author: 'Ada Example' | 'Grace Example'
  readonly files: Readonly<Record<string, string | undefined>>
}

/** A branch begins where its base ends. */
export interface Branch {
  readonly name: string
  readonly base: string | undefined
  readonly commits: readonly Commit[]
}

/** What production runs when the demo starts, and what staging does. */
export const FIRST_TAG = 'v1.0'
export const FIRST_STAGING = 'bigger-engine'

/** The sample service's history; `app` are its files as the first commit has them. `FIRST_TAG` is at `tagged`. */
export function historyOf(app: Readonly<Record<string, string>>): {
  readonly branches: readonly Branch[]
  readonly tagged: string
} {
  const ada = commitBy('Ada Example')
  const grace = commitBy('Grace Example')
  return {
    tagged: 'Release 1.0',
    branches: [
      {
        name: 'main',
        base: undefined,
        commits: [
          ada('Start the lander', app),
          grace('Describe the lander', { 'README.md': '# Lander\n' }),
          ada('Say how to start it', { 'README.md': `${ABOUT}\nStart it with \`node server.js\`.\n` }),
          grace('Say how to check it', { 'README.md': `${ABOUT}${STARTED}` }),
          ada('Name the colours', { 'COLOURS.md': 'Blue is 1.0.\n' }),
          grace('Release 1.0', { 'CHANGES.md': '1.0: it lands.\n' }),
          ada('Plan the next colour', { 'COLOURS.md': 'Blue is 1.0. Green is 1.1.\n' }),
          grace('Greet whoever waits on the ground', { 'look.js': look('1.0', BLUE, 'Hello down there.') }),
          ada('Turn green', { 'look.js': look('1.1', GREEN, 'Hello down there.') }),
          grace('Release 1.1', { 'CHANGES.md': '1.1: it lands, in green.\n1.0: it lands.\n' }),
        ],
      },
      {
        name: 'lost-parachute',
        base: 'main',
        commits: [ada('Save weight: leave the parachute out', { 'parachute.js': undefined })],
      },
      {
        name: 'bigger-engine',
        base: 'main',
        commits: [
          grace('Ask for a newer engine', { 'package.json': PACKAGE }),
          ada('Turn orange with the bigger engine', { 'look.js': look('2.0', ORANGE, 'Full thrust.') }),
        ],
      },
      {
        name: 'night-landing',
        base: 'bigger-engine',
        commits: [grace('Land at night', { 'look.js': look('2.1', NIGHT, 'Who turned off the light?') })],
      },
    ],
  }
}

const BLUE = '#1d4ed8'
const GREEN = '#15803d'
const ORANGE = '#c2410c'
const NIGHT = '#1e1b4b'

const ABOUT = '# Lander\n\nA page that says which revision of itself it is.\n'
const STARTED = '\nStart it with `node server.js`, check it with `node check.js`.\n'

const PACKAGE = `${JSON.stringify({ name: 'lander', type: 'module', private: true, engines: { node: '>=20' } }, undefined, 2)}\n`

function look(version: string, colour: string, words: string): string {
  return `export const VERSION = '${version}'\nexport const COLOUR = '${colour}'\nexport const WORDS = '${words}'\n`
}

function commitBy(author: Commit['author']) {
  return (subject: string, files: Commit['files']): Commit => ({ subject, author, files })
}
