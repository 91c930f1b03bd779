import fc from 'fast-check'
import { RESERVED_WORDS } from '../../src/intent/grammar.ts'
import type { Intent, TypedRef } from '../../src/intent/intent.ts'
import { isName, refProblem } from '../../src/intent/names.ts'

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/).filter(isName)
const service = name.filter(text => !RESERVED_WORDS.has(text))
const ref: fc.Arbitrary<TypedRef> = fc.record({
  kind: fc.constantFrom('any', 'branch', 'tag'),
  name: fc
    .stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,30}$/)
    .filter(text => refProblem(text) === undefined),
})

/** Whatever can be seen; it cannot begin with a word that says where or for how long, nor end with a space. */
const reason = fc
  .tuple(
    fc.stringMatching(/^[A-Za-z]{1,9}$/).filter(word => word !== 'to' && word !== 'for'),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
  )
  .map(([first, more]) => `${first} ${more}`.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replace(/\p{Zs}+$/u, ''))

/** Every intent that somebody can type. */
export const anyIntent: fc.Arbitrary<Intent> = fc.oneof(
  fc.record({
    kind: fc.constant('deploy' as const),
    as: fc.constantFrom('plain' as const, 'code' as const, 'container' as const, 'full' as const),
    service,
    ref: fc
      .option(ref, { nil: undefined })
      .filter(typedRef => typedRef?.kind !== 'any' || !/^(?:to|on)$/.test(typedRef.name)),
    environment: fc.option(name, { nil: undefined }),
    hosts: fc.option(fc.array(name, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    dryRun: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('status' as const, 'history' as const),
    service: fc.option(service, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('cancel' as const),
    service,
    environment: fc.option(name, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('rollback' as const),
    service,
    revision: fc.option(fc.stringMatching(/^[0-9a-f]{7,64}$/), { nil: undefined }),
    environment: fc.option(name, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('lock' as const),
    service,
    environment: fc.option(name, { nil: undefined }),
    forMs: fc.option(
      fc.integer({ min: 1, max: 30 * 24 * 60 }).map(minutes => minutes * 60_000),
      { nil: undefined },
    ),
    reason,
  }),
  fc.record({
    kind: fc.constant('unlock' as const),
    service,
    environment: fc.option(name, { nil: undefined }),
  }),
  fc.constant({ kind: 'help' as const }),
)

/** The text that means the intent. */
export function typed(intent: Intent): string {
  switch (intent.kind) {
    case 'deploy':
      return words(
        intent.service,
        intent.ref && (intent.ref.kind === 'any' ? intent.ref.name : `${intent.ref.kind}:${intent.ref.name}`),
        intent.environment && `to ${intent.environment}`,
        intent.hosts && `on ${intent.hosts.join(',')}`,
        intent.as !== 'plain' && `--${intent.as}`,
        intent.dryRun && '--dry-run',
      )
    case 'status':
    case 'history':
      return words(intent.kind, intent.service)
    case 'cancel':
      return words('cancel', intent.service, intent.environment && `to ${intent.environment}`)
    case 'rollback':
      return words(
        'rollback',
        intent.service,
        intent.revision,
        intent.environment && `to ${intent.environment}`,
      )
    case 'lock':
      return words(
        'lock',
        intent.service,
        intent.environment && `to ${intent.environment}`,
        intent.forMs !== undefined && `for ${intent.forMs / 60_000}m`,
        intent.reason,
      )
    case 'unlock':
      return words('unlock', intent.service, intent.environment && `to ${intent.environment}`)
    case 'help':
      return 'help'
  }
}

function words(...said: readonly (string | false | undefined)[]): string {
  return said.filter(word => typeof word === 'string').join(' ')
}
