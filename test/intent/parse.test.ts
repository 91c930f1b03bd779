import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GRAMMAR, RESERVED_WORDS, usage } from '../../src/intent/grammar.ts'
import type { DeployIntent, Intent, LockIntent, RollbackIntent } from '../../src/intent/intent.ts'
import { parse } from '../../src/intent/parse.ts'
import type { Unreadable } from '../../src/refusal.ts'
import { anyIntent, typed } from './intents.ts'

describe('a text that follows the grammar', () => {
  it.each<[string, Intent]>([
    ['creator', deploy({})],
    ['creator master', deploy({ ref: { kind: 'any', name: 'master' } })],
    ['creator release/2.4', deploy({ ref: { kind: 'any', name: 'release/2.4' } })],
    ['creator 4f2c1ab', deploy({ ref: { kind: 'any', name: '4f2c1ab' } })],
    ['creator branch:v1', deploy({ ref: { kind: 'branch', name: 'v1' } })],
    ['creator tag:v1', deploy({ ref: { kind: 'tag', name: 'v1' } })],
    ['creator to staging', deploy({ environment: 'staging' })],
    ['creator on web1', deploy({ hosts: ['web1'] })],
    ['creator on web1,web2', deploy({ hosts: ['web1', 'web2'] })],
    [
      'creator on web1, web2 ,web3 to staging',
      deploy({ hosts: ['web1', 'web2', 'web3'], environment: 'staging' }),
    ],
    ['creator --dry-run', deploy({ dryRun: true })],
    ['creator --container', deploy({ as: 'container' })],
    [
      'creator main --full --dry-run',
      deploy({ as: 'full', ref: { kind: 'any', name: 'main' }, dryRun: true }),
    ],
    ['creator \u2014full', deploy({ as: 'full' })],
    [
      '--dry-run creator on web1 to staging',
      deploy({ dryRun: true, hosts: ['web1'], environment: 'staging' }),
    ],
    ['deploy creator', deploy({})],
    ['creator deploy', deploy({ ref: { kind: 'any', name: 'deploy' } })],
    ['creator branch:to to staging', deploy({ ref: { kind: 'branch', name: 'to' }, environment: 'staging' })],
    ['status', { kind: 'status', service: undefined }],
    ['status creator', { kind: 'status', service: 'creator' }],
    ['history', { kind: 'history', service: undefined }],
    ['history creator', { kind: 'history', service: 'creator' }],
    ['cancel creator', { kind: 'cancel', service: 'creator', environment: undefined }],
    ['cancel creator to staging', { kind: 'cancel', service: 'creator', environment: 'staging' }],
    ['rollback creator', rollback({})],
    ['rollback creator 1a2b3c4', rollback({ revision: '1a2b3c4' })],
    ['rollback creator to staging 1A2B3C4D', rollback({ revision: '1a2b3c4d', environment: 'staging' })],
    ['lock creator release freeze', lock({})],
    ['lock creator to staging release freeze', lock({ environment: 'staging' })],
    ['lock to staging creator release freeze', lock({ environment: 'staging' })],
    ['lock creator for 2h release freeze', lock({ forMs: 2 * 3_600_000 })],
    ['lock creator for 90m to staging release freeze', lock({ forMs: 5_400_000, environment: 'staging' })],
    ['lock creator for 30d release freeze', lock({ forMs: 30 * 86_400_000 })],
    [
      'lock creator to staging to find the leak',
      lock({ environment: 'staging', reason: 'to find the leak' }),
    ],
    // A reason is kept as it was typed.
    [
      'lock creator wir frieren ein: \u201cnichts\u201d \u2014 bis Montag \u2744\ufe0f',
      lock({ reason: 'wir frieren ein: \u201cnichts\u201d \u2014 bis Montag \u2744\ufe0f' }),
    ],
    ['lock creator  --force `x`  "y" $(id) ', lock({ reason: '--force `x`  "y" $(id)' })],
    [
      '\u201clock\u201d\u00a0creator\u00a0for 2h\u00a0release\u00a0freeze',
      lock({ forMs: 7_200_000, reason: 'release\u00a0freeze' }),
    ],
    ['`lock creator release freeze`', lock({})],
    ['unlock creator', { kind: 'unlock', service: 'creator', environment: undefined }],
    ['unlock creator to staging', { kind: 'unlock', service: 'creator', environment: 'staging' }],
    ['help', { kind: 'help' }],
    ['--help', { kind: 'help' }],
    ['', { kind: 'help' }],
    ['   ', { kind: 'help' }],
    // Names that JavaScript objects have are names like others; whether such a service exists is for policy to say.
    ['constructor', deploy({ service: 'constructor' })],
    ['toString', deploy({ service: 'toString' })],
  ])('%j is understood', (text, intent) => {
    expect(parse(text)).toEqual({ kind: 'yes', value: intent })
  })

  it.each([
    ['no-break and other Unicode spaces', '\u00a0creator\u00a0\u2003master\u3000'],
    ['curly quotes around words (A25)', '\u201ccreator\u201d \u2018master\u2019'],
    ['backticks around the whole text', '`creator master`'],
    ['a pasted code block', '```creator master```'],
    ['quotes around each word', '"creator" \'master\''],
  ])('is understood with what phones and paste make of it: %s', (_, text) => {
    expect(parse(text)).toEqual(parse('creator master'))
  })

  it.each(['\u2014dry-run', '\u2013dry-run', '\u201c\u2014dry-run\u201d'])(
    'reads %j as --dry-run',
    option => {
      expect(parse(`creator ${option}`)).toEqual(parse('creator --dry-run'))
    },
  )

  it('is read back from every intent that can be typed', () => {
    fc.assert(
      fc.property(anyIntent, intent => {
        expect(parse(typed(intent))).toEqual({ kind: 'yes', value: intent })
      }),
    )
  })
})

describe('a text that does not', () => {
  const rollbackUsage = 'rollback <service> [<revision>] [to <environment>]'
  const lockUsage = 'lock <service> [to <environment>] [for <duration>] <reason>'
  const deployUsage =
    '<service> [<ref>] [to <environment>] [on <host>[,<host>]] [--code | --container | --full] [--dry-run]'
  const known = ['--code', '--container', '--full', '--dry-run']
  it.each<[string, Unreadable]>([
    // A1, A2: nothing that begins with a dash is anything but an option of ours.
    ['-x', option('-x', ...known)],
    ['creator -x', option('-x', ...known)],
    ['creator --upload-pack=touch x', option('--upload-pack=touch', ...known)],
    ['creator --', option('--', ...known)],
    ['creator -', option('-', ...known)],
    ['creator --contaner', option('--contaner', ...known)],
    ['status --dry-run', option('--dry-run')],
    ['creator branch:-x', badRef('branch:-x', 'it does not begin with a letter or digit')],
    [
      'creator --full --container',
      { kind: 'either-or', options: ['--container', '--full'], usage: deployUsage },
    ],
    // A3: what a shell would read.
    ['a;b', badName('service', 'a;b')],
    ['$(id)', badName('service', '$(id)')],
    ['creator a;b', badRef('a;b', 'it contains ;')],
    ['creator $(id)', badRef('$(id)', 'it does not begin with a letter or digit')],
    ['creator a`id`', badRef('a\\u0060id\\u0060', 'it contains \\u0060')],
    ["creator a'b", badRef("a'b", "it contains '")],
    ['creator a&b', badRef('a&b', 'it contains &')],
    // A4, A5: URLs, transport helpers, refspecs, revision expressions.
    ['creator ext::sh', badRef('ext::sh', 'it contains :')],
    ['creator https://evil/x', badRef('https://evil/x', 'it contains :')],
    ['creator +main', badRef('+main', 'it does not begin with a letter or digit')],
    ['creator main:x', badRef('main:x', 'it contains :')],
    ['main:x', badName('service', 'main:x')],
    ['creator ma*n', badRef('ma*n', 'it contains *')],
    ['creator main@{1}', badRef('main@{1}', 'it contains @')],
    ['creator a~1', badRef('a~1', 'it contains ~')],
    ['creator a^', badRef('a^', 'it contains ^')],
    ['creator a\\b', badRef('a\\b', 'it contains \\')],
    ['creator ../x', badRef('../x', 'it does not begin with a letter or digit')],
    ['creator a/../x', badRef('a/../x', 'it contains ..')],
    ['creator a//b', badRef('a//b', 'it contains //')],
    ['creator a/.b', badRef('a/.b', 'it contains /.')],
    ['creator a.lock', badRef('a.lock', 'it ends with .lock')],
    ['creator a.lock/b', badRef('a.lock/b', 'it contains .lock/')],
    ['creator a/', badRef('a/', 'it ends with /')],
    ['creator a.', badRef('a.', 'it ends with .')],
    ['creator branch:', badRef('branch:', 'it does not begin with a letter or digit')],
    // A7: words that git reads as "whatever is checked out".
    ['creator HEAD', badRef('HEAD', 'it means something else in every checkout')],
    ['creator branch:HEAD', badRef('branch:HEAD', 'it means something else in every checkout')],
    ['creator @', badRef('@', 'it means something else in every checkout')],
    ['../x', badName('service', '../x')],
    ['__proto__', badName('service', '__proto__')],
    ['<!channel>', badName('service', '<!channel>')],
    ['creator to a/b', badName('environment', 'a/b')],
    ['creator to a..b', badName('environment', 'a..b')],
    ['creator on web1.', badName('host', 'web1.')],
    ['creator on web1;id', badName('host', 'web1;id')],
    ['creator on web1,', badName('host', '')],
    ['creator on ,', badName('host', '')],
    ['diff creator', badName('service', 'diff')],
    ['deploy status', badName('service', 'status')],
    [`${'a'.repeat(64)}`, badName('service', 'a'.repeat(64))],
    [`creator ${'a'.repeat(201)}`, badRef(`${'a'.repeat(80)}...`, 'it is longer than 200 characters')],
    // A9, A10: what cannot be seen, or looks like something else.
    ['creator ma\u202ein', { kind: 'character', shown: 'ma\\u202ein' }],
    ['creator \uff4dain', { kind: 'character', shown: '\\uff4dain' }],
    ['cre\u0430tor', { kind: 'character', shown: 'cre\\u0430tor' }],
    ['creator ma\u200bin', { kind: 'character', shown: 'ma\\u200bin' }],
    ['\ufeffcreator main', { kind: 'character', shown: '\\ufeffcreator' }],
    ['creator main\nrm -rf /', { kind: 'character', shown: 'main\\u000arm' }],
    ['creator\r', { kind: 'character', shown: 'creator\\u000d' }],
    ['creator\tmain', { kind: 'character', shown: 'creator\\u0009main' }],
    ['creator \0', { kind: 'character', shown: '\\u0000' }],
    ['creator\u2028main', { kind: 'character', shown: 'creator\\u2028main' }],
    ['creator \u{1f680}', { kind: 'character', shown: '\\u{1f680}' }],
    ['creator a\u2014b', { kind: 'character', shown: 'a\\u2014b' }],
    ['creator \ud800', { kind: 'character', shown: '\\ud800' }],
    // Too few words, and too many.
    ['deploy', { kind: 'missing', what: 'service', usage: deployUsage }],
    ['to staging', { kind: 'missing', what: 'service', usage: deployUsage }],
    ['cancel', { kind: 'missing', what: 'service', usage: 'cancel <service> [to <environment>]' }],
    ['rollback', { kind: 'missing', what: 'service', usage: rollbackUsage }],
    ...['master', 'staging', '1a2b3c', '1a2b3cg', 'tag:1a2b3c4', '1a2b3c4^', 'a'.repeat(65)].map(
      (text): [string, Unreadable] => [`rollback creator ${text}`, { kind: 'bad-revision', text }],
    ),
    ['rollback creator 1a2b3c4 5d6e7f8', { kind: 'unexpected', word: '5d6e7f8', usage: rollbackUsage }],
    ['rollback creator on web1', { kind: 'unexpected', word: 'web1', usage: rollbackUsage }],
    ['rollback creator --dry-run', option('--dry-run')],
    ['lock', { kind: 'missing', what: 'service', usage: lockUsage }],
    ['lock creator', { kind: 'missing', what: 'reason', usage: lockUsage }],
    ['lock creator to staging', { kind: 'missing', what: 'reason', usage: lockUsage }],
    ['lock creator for 2h ""', { kind: 'missing', what: 'reason', usage: lockUsage }],
    ['lock creator to', { kind: 'missing', what: 'environment', usage: lockUsage }],
    ['lock creator for', { kind: 'missing', what: 'duration', usage: lockUsage }],
    ...['now', '0h', '2', '2H', '2w', '1.5h', '31d', '721h', '99999d', '2h;id'].map(
      (text): [string, Unreadable] => [`lock creator for ${text} freeze`, { kind: 'bad-duration', text }],
    ),
    ['lock creator for -2h freeze', { kind: 'missing', what: 'duration', usage: lockUsage }],
    ['lock cre\u0430tor freeze', { kind: 'character', shown: 'cre\\u0430tor' }],
    ['lock to staging creator', { kind: 'missing', what: 'reason', usage: lockUsage }],
    ['lock to staging to creator freeze', { kind: 'unexpected', word: 'to', usage: lockUsage }],
    ['lock creator free\u202eze', { kind: 'bad-reason', character: '\\u202e' }],
    ['lock creator free\u200bze', { kind: 'bad-reason', character: '\\u200b' }],
    ['lock creator freeze\n', { kind: 'bad-reason', character: '\\u000a' }],
    ['lock creator a\tb', { kind: 'bad-reason', character: '\\u0009' }],
    ['lock creator a\u2028b', { kind: 'bad-reason', character: '\\u2028' }],
    ['lock creator \ud800', { kind: 'bad-reason', character: '\\ud800' }],
    ['unlock', { kind: 'missing', what: 'service', usage: 'unlock <service> [to <environment>]' }],
    ['unlock creator now', { kind: 'unexpected', word: 'now', usage: 'unlock <service> [to <environment>]' }],
    ['creator to', { kind: 'missing', what: 'environment', usage: deployUsage }],
    ['creator to --dry-run', { kind: 'missing', what: 'environment', usage: deployUsage }],
    ['creator on', { kind: 'missing', what: 'host', usage: deployUsage }],
    ['creator main twice', { kind: 'unexpected', word: 'twice', usage: deployUsage }],
    ['creator to a to b', { kind: 'unexpected', word: 'to', usage: deployUsage }],
    ['creator --dry-run --dry-run', { kind: 'unexpected', word: '--dry-run', usage: deployUsage }],
    ['status creator to staging', { kind: 'unexpected', word: 'to', usage: 'status [<service>]' }],
    ['help me', { kind: 'unexpected', word: 'me', usage: 'help' }],
    // A11: 1,024 bytes, not characters.
    ['x'.repeat(1025), { kind: 'too-long', bytes: 1025, limit: 1024 }],
    ['\u00a0'.repeat(600), { kind: 'too-long', bytes: 1200, limit: 1024 }],
    ['x'.repeat(40_000), { kind: 'too-long', bytes: 40_000, limit: 1024 }],
  ])('%j is refused with what is wrong in it', (text, problem) => {
    expect(parse(text)).toEqual({ kind: 'refused', refusal: { reason: 'unreadable', problem } })
  })

  it('is refused in a moment, however long and nasty it is (A12)', () => {
    const nasty = ['a', ' ', '"', '`', ',', '/.', 'a.lock/', '\u00a0', '-', '\u2014'].flatMap(piece => [
      `${piece.repeat(50_000)}!`,
      `creator ${piece.repeat(1_000 / Buffer.byteLength(piece))}!`,
    ])
    // A backtracking pattern would run past the test's own limit.
    for (const text of nasty) expect(parse(text).kind).toBe('refused')
  })

  it('never makes the parser throw, and what is shown of it is printable ASCII', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), mixed), text => {
        const decision = parse(text)
        if (decision.kind === 'refused') expect(JSON.stringify(decision)).toMatch(/^[\x20-\x5f\x61-\x7e]*$/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a ref', () => {
  it('is never what begins with a dash (A2)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), tail => {
        const decision = parse(`creator -${tail}`)
        expect(decision.kind === 'yes' && decision.value.kind === 'deploy' && decision.value.ref).toBeFalsy()
      }),
      { numRuns: 2_000 },
    )
  })

  it('that is accepted holds nothing that a shell, git or a path would read as more than a name', () => {
    fc.assert(
      fc.property(fc.oneof(mixed, fc.string({ unit: 'grapheme-ascii' })), text => {
        const decision = parse(`creator ${text}`)
        if (decision.kind === 'refused' || decision.value.kind !== 'deploy') return
        const { ref, hosts = [], environment = 'x' } = decision.value
        expect(ref?.name ?? 'x').toMatch(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/)
        expect(ref?.name ?? 'x').not.toMatch(/\.\.|\/\/|\/\.|\.lock$|[/.]$/)
        for (const name of [...hosts, environment]) {
          expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
          expect(name).not.toMatch(/\.\.|\.$/)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the grammar table', () => {
  it.each(GRAMMAR.map(form => [usage(form), form] as const))('says of %j what has to be typed', (_, form) => {
    const required = form.slots.filter(slot => slot.isRequired).map(slot => `some-${slot.name}`)
    const all = form.slots.map(slot => (slot.name === 'revision' ? '4f2c1ab' : `some-${slot.name}`))
    const freeText = form.freeText ? ['some', form.freeText] : []
    expect(parse([form.verb, ...required, ...freeText].join(' ')).kind).toBe('yes')
    expect(
      parse([form.verb, ...all, ...(form.options ?? []).map(([first]) => first), ...freeText].join(' ')).kind,
    ).toBe('yes')
    if (freeText.length > 0) expect(parse([form.verb, ...all].join(' ')).kind).toBe('refused')
    if (required.length > 0) expect(parse(form.verb).kind).toBe('refused')
  })

  it('keeps its words, and those of later commands, from being the name of a service', () => {
    for (const word of RESERVED_WORDS) expect(parse(`deploy ${word}`).kind).toBe('refused')
    expect([...RESERVED_WORDS]).toEqual(
      expect.arrayContaining(['status', 'rollback', 'lock', 'unlock', 'to', 'on']),
    )
  })
})

const mixed = fc
  .array(
    fc.constantFrom(
      'creator',
      'deploy',
      'to',
      'on',
      'web1',
      ',',
      '-',
      '--',
      '.',
      '/',
      '..',
      '.lock',
      ':',
      'branch:',
      '`',
      '"',
      '\u201c',
      '\u2014',
      ' ',
      '\u00a0',
      '\u202e',
      ';',
      '$(',
    ),
    { maxLength: 12 },
  )
  .map(pieces => pieces.join(''))

function deploy(said: Partial<DeployIntent>): DeployIntent {
  return {
    kind: 'deploy',
    as: 'plain',
    service: 'creator',
    ref: undefined,
    environment: undefined,
    hosts: undefined,
    dryRun: false,
    ...said,
  }
}

function rollback(said: Partial<RollbackIntent>): RollbackIntent {
  return { kind: 'rollback', service: 'creator', revision: undefined, environment: undefined, ...said }
}

function lock(said: Partial<LockIntent>): LockIntent {
  return {
    kind: 'lock',
    service: 'creator',
    environment: undefined,
    forMs: undefined,
    reason: 'release freeze',
    ...said,
  }
}

function option(typedOption: string, ...known: readonly string[]): Unreadable {
  return { kind: 'unknown-option', option: typedOption, known }
}

function badName(what: 'service' | 'environment' | 'host', text: string): Unreadable {
  return { kind: 'bad-name', what, text }
}

function badRef(text: string, why: string): Unreadable {
  return { kind: 'bad-ref', text, why }
}
