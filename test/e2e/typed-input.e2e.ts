import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Content } from '../../demo/slack/content.ts'
import { mentionsIn } from '../../demo/slack/mentions.ts'
import { ALICE, CHANNEL, startBot, type TestBot } from './bot.ts'
import { footprintOf, onHostsOnly } from './footprint.ts'
import { recordsOf } from './records.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')

/** Names that git itself stores, and that nobody may type. */
const ODD_BRANCHES = ['a;b', 'a$(id)', '<!channel>', "it's", 'ma\u202ein', 'ｍａｉｎ']

let app: RigService
let bot: TestBot

beforeAll(async () => {
  app = await rig.service('c-typed', { hosts: [web1], port: 8870 })
  for (const branch of ODD_BRANCHES) await app.repo.createBranch(branch)
  await app.repo.createBranch('release-1')
  bot = await startBot({
    rig,
    services: [app],
    changes: { 'c-typed': { environments: { staging: { hosts: ['web2'] } } } },
  })
  bot.slack.setChannel({ id: CHANNEL, name: 'general', is_ext_shared: true })
})
afterAll(() => bot?.stop())

/** What one command leaves: the answer, and the audit rows that it wrote. */
async function said(text: string, user?: string) {
  const before = recordsOf(bot).audit.length
  const answer = await bot.ask(text, user)
  return { answer, audit: recordsOf(bot).audit.slice(before) }
}

/** A sentence for people: it ends as one does, and nothing in it calls anybody or is invisible. */
function expectSentence(answer: string): void {
  expect(answer).toMatch(/^[\x20-\x7e\n’…]+$/)
  expect(answer.trim()).toMatch(/[.?]$/)
}

const HOSTILE: readonly (readonly [what: string, word: string])[] = [
  ['an option', '-x'],
  ['an option of git', '--upload-pack=touch x'],
  ['an option of git in quotes', '"--upload-pack=touch x"'],
  ['two shell commands', 'a;b'],
  ['a shell command', '$(id)'],
  ['a shell command in backticks', 'x`id`'],
  ['a refspec', 'main:x'],
  ['a path', '../x'],
  ['an absolute path', '/etc/passwd'],
  ['40 kB', 'a'.repeat(40_000)],
  ['a character that turns the reading direction', 'ma\u202ein'],
  ['an invisible character', 'ma\u200bin'],
  ['fullwidth letters', 'ｍａｉｎ'],
  ['letters of another script', 'mаin'],
  ['a name of every object', '__proto__'],
  ['a line feed', 'main\nrm'],
  ['a carriage return', 'main\r\nrm'],
  ['a NUL', 'main\u0000'],
  ['half a surrogate pair', 'main\ud800'],
  ['a mention of everybody', '<!channel>'],
  ['a mention of somebody', '<@U02BOB>'],
  ['a link that says something else', '<https://evil.example|main>'],
  ['three backticks', '```'],
  ['a revision expression', 'main~1'],
  ['a reflog expression', 'main@{1}'],
]

// First of all: the bot has not been anywhere yet, so every connection is a new line in some log.
describe('a word that cannot be a name', () => {
  const places: readonly (readonly [string, (word: string) => string])[] = [
    ['a service', word => word],
    ['a ref', word => `c-typed ${word}`],
    ['a branch', word => `c-typed branch:${word}`],
    ['a tag', word => `c-typed tag:${word}`],
    ['an environment', word => `c-typed to ${word}`],
    ['a host', word => `c-typed on ${word}`],
    ['a service to cancel', word => `cancel ${word}`],
  ]

  it.each(places)('in the place of %s is refused with a sentence and starts nothing', async (_, typed) => {
    const before = footprintOf(rig, bot)
    for (const [what, word] of HOSTILE) {
      const { answer, audit } = await said(typed(word))
      expectSentence(answer)
      expect(audit, what).toMatchObject([{ actor: ALICE, decision: 'unreadable' }])
      expect(audit[0]?.detail.length, what).toBeLessThan(2_000)
    }
    expect(footprintOf(rig, bot)).toEqual(before)
  })

  it('that every JavaScript object has is no service, environment or host', async () => {
    const before = footprintOf(rig, bot)
    for (const word of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      for (const text of [
        word,
        `c-typed to ${word}`,
        `c-typed on ${word}`,
        `status ${word}`,
        `history ${word}`,
      ]) {
        const { answer, audit } = await said(text)
        expectSentence(answer)
        expect(audit, text).toMatchObject([{ decision: expect.stringMatching(/^unknown-/) }])
      }
    }
    expect(footprintOf(rig, bot)).toEqual(before)
  })
})

describe('a person who may not', () => {
  it.each([
    ['a guest', { id: 'U03GUEST', name: 'guest', is_restricted: true }, 'not-a-member', /[Gg]uests/],
    [
      'a guest of one channel',
      { id: 'U05ONE', name: 'one', is_ultra_restricted: true },
      'not-a-member',
      /[Gg]uests/,
    ],
    [
      'a stranger of a shared channel',
      { id: 'U04OTHER', name: 'eve', team_id: 'T02' },
      'not-a-member',
      /other workspaces/,
    ],
    [
      'a stranger by flag',
      { id: 'U06OTHER', name: 'mallory', is_stranger: true },
      'not-a-member',
      /other workspaces/,
    ],
    ['a bot', { id: 'U07BOT', name: 'robot', is_bot: true }, 'not-a-member', /Bots/],
    ['a deactivated account', { id: 'U08GONE', name: 'gone', deleted: true }, 'not-a-member', /deactivated/],
    [
      'a member who is not listed',
      { id: 'U02BOB', name: 'bob' },
      'not-permitted',
      /U01ALICE|Ask one of those/,
    ],
  ])('%s is refused, with the reason, and starts nothing', async (_, user, decision, sentence) => {
    bot.slack.setUser(user)
    const before = footprintOf(rig, bot)
    for (const text of ['c-typed', 'c-typed main', 'c-typed --dry-run', 'cancel c-typed']) {
      const { answer, audit } = await said(text, user.id)
      expect(answer).toMatch(sentence)
      expect(audit, text).toMatchObject([{ actor: user.id, decision }])
    }
    expect(footprintOf(rig, bot)).toEqual(before)
  })

  it('somebody of whom Slack says nothing is refused, and asked about anew the next time', async () => {
    bot.slack.setUser({ id: 'U09DAVE', name: 'dave' })
    const before = footprintOf(rig, bot)
    bot.slack.faults.usersInfoFails(5)
    const unknown = await said('status', 'U09DAVE')
    bot.slack.faults.heal('users.info')
    expect(unknown.answer).toContain('could not be found out who you are')
    expect(unknown.audit).toMatchObject([{ actor: 'U09DAVE', decision: 'member-unknown' }])
    expect(footprintOf(rig, bot)).toEqual(before)
    expect((await said('c-typed', 'U09DAVE')).audit).toMatchObject([{ decision: 'not-permitted' }])
  })
})

describe('a name that is not there', () => {
  it.each([
    ['c-type', 'unknown-service', /Did you mean .*c-typed/],
    ['hisotry', 'unknown-service', /Did you mean .*history/],
    ['nothing-like-it', 'unknown-service', /status/],
    ['c-typed to stagin', 'unknown-environment', /Did you mean .*to staging/],
    ['c-typed to moon', 'unknown-environment', /production.*staging/],
    ['c-typed on wbe1', 'unknown-host', /Did you mean .*on web1/],
    ['c-typed to staging on web1', 'unknown-host', /on web2/],
  ])('%s: the nearest is named, and nothing is started', async (text, decision, sentence) => {
    const before = footprintOf(rig, bot)
    const { answer, audit } = await said(text)
    expect(answer).toMatch(sentence)
    expect(audit).toMatchObject([{ decision }])
    expect(footprintOf(rig, bot)).toEqual(before)
  })

  it.each([
    ['c-typed mian', 'unknown-ref', /Did you mean .*main/],
    ['c-typed relase-1', 'unknown-ref', /Did you mean .*release-1/],
    ['c-typed stagin', 'unknown-ref', /Did you mean .*to staging/],
    ['c-typed branch:mian', 'unknown-ref', /main/],
    ['c-typed constructor', 'unknown-ref', /no branch, tag or commit/],
    ['c-typed 1234567', 'unknown-ref', /no branch, tag or commit/],
    ['c-typed staging', 'ambiguous-ref', /to staging/],
    ['c-typed refs/heads/mian', 'unknown-ref', /no branch, tag or commit/],
  ])('%s: the repository is asked, no host is', async (text, decision, sentence) => {
    const before = footprintOf(rig, bot)
    const { answer, audit } = await said(text)
    expect(answer).toMatch(sentence)
    expect(audit).toMatchObject([{ decision }])
    expect(onHostsOnly(footprintOf(rig, bot))).toEqual(onHostsOnly(before))
  })

  it('is never proposed as something that nobody may type', async () => {
    for (const typed of ['a-b', 'a.b', 'channel', 'its']) {
      const { answer } = await said(`c-typed ${typed}`)
      expect(answer).toContain('no branch, tag or commit')
      for (const branch of ODD_BRANCHES) expect(answer).not.toContain(branch)
    }
  })
})

describe('what outsiders wrote into a commit', () => {
  const SUBJECT = '```<!channel> <https://evil.example|safe> <@U02BOB> @here *bold* `id` </div>&lt;!here&gt;'
  const AUTHOR = '```Eve @channel `x`'

  it('is shown in the thread and calls nobody', async () => {
    const before = footprintOf(rig, bot)
    await app.repo.commit({ files: { 'page.py': 'COLOUR = "evil"\n' }, message: SUBJECT, author: AUTHOR })
    const first = await bot.deploy('c-typed')
    expect(first.parent).toContain('succeeded')
    // What the tests above rely on: a command that is let through does show.
    const after = footprintOf(rig, bot)
    for (const key of ['connections', 'steps', 'children', 'deployments'] as const)
      expect(after[key]).not.toEqual(before[key])
    await app.repo.commit({ files: { 'page.py': 'COLOUR = "worse"\n' }, message: SUBJECT, author: AUTHOR })
    const thread = await bot.deploy('c-typed')
    expect(thread.parent).toContain('succeeded')
    expect(thread.text).toContain('Eve')
    expect(thread.text).toContain('safe')
    expectHarmless()
  })

  it('is shown when a host prints it, and calls nobody', async () => {
    await app.repo.commit({
      files: { 'page.py': '<!channel> <https://evil.example|safe> ```\n' },
      message: SUBJECT,
      author: AUTHOR,
    })
    const thread = await bot.deploy('c-typed')
    expect(thread.parent).toContain('failed at preflight')
    expect(thread.text).toContain('SyntaxError')
    expect(thread.text).toContain('evil.example')
    expectHarmless()
  })

  it('is shown by history and status, and calls nobody', async () => {
    expect(await bot.ask('history c-typed')).toContain('c-typed')
    expect(await bot.ask('status c-typed')).toContain('web1')
    expectHarmless()
  })

  /** Everything that was ever sent, edits too. Only the person who asked may be called. */
  function expectHarmless(): void {
    const channel = bot.slack.messages(CHANNEL).flatMap(message => [message, ...message.history])
    const alone = [ALICE, 'U02BOB'].flatMap(user => bot.slack.ephemerals(user))
    for (const content of [...channel, ...alone]) {
      expect([[], [ALICE]]).toContainEqual(mentionsIn(content))
      expect(linksIn(content).filter(url => url.includes('evil'))).toEqual([])
    }
    expect(bot.slack.complaints).toEqual([])
  }
})

/** Addresses that a click would open: of mrkdwn, the fallback text, and rich text's own links. */
function linksIn(content: Content): readonly string[] {
  const urls: string[] = [...content.text.matchAll(/<(https?:[^|>]+)/g)].map(([, url]) => url ?? '')
  JSON.stringify(content.blocks, (key, value) => {
    if (key === 'url' && typeof value === 'string') urls.push(value)
    if (typeof value === 'object' && value?.type === 'mrkdwn' && typeof value.text === 'string') {
      for (const [, url] of value.text.matchAll(/<(https?:[^|>]+)/g)) urls.push(url ?? '')
    }
    return value
  })
  return urls
}
