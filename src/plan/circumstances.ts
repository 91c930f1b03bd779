import type { Because } from '../because.ts'
import type { Group, Host, Order } from '../order.ts'
import type { Maker } from './container.ts'
import type { Facts } from './facts.ts'

/** What a host's plan needs beyond the order. */
export interface Circumstances {
  readonly host: Host
  readonly facts: Facts
  readonly maker: Maker
  /** Image digest that the target last succeeded with. */
  readonly digest: string | undefined
  readonly secretOf: (name: string) => string | undefined
}

/** What is to be done on a host as it is now, or why nothing can be. */
export type Planned<Moves> =
  | { readonly kind: 'planned'; readonly moves: Moves }
  | { readonly kind: 'impossible'; readonly because: Because }

export function planned<Moves>(moves: Moves): Planned<Moves> {
  return { kind: 'planned', moves }
}

export function impossible(because: Because): { readonly kind: 'impossible'; readonly because: Because } {
  return { kind: 'impossible', because }
}

/** What no deploy of any kind can do without. */
export function unfitHost(order: Order, { facts }: Circumstances): Because | undefined {
  if (facts.missingTools.length > 0) return { kind: 'tools-missing', tools: facts.missingTools }
  if (facts.dockerError) return { kind: 'exit', code: 1, output: facts.dockerError }
  if (facts.gitError) return { kind: 'exit', code: 128, output: facts.gitError }
  return facts.checkout === 'other' ? { kind: 'path-taken', path: order.path } : undefined
}

/** What making these containers needs and the bot's environment does not have. */
export function missingSecret(
  { registries }: Order,
  groups: readonly Group[],
  secretOf: Circumstances['secretOf'],
): string | undefined {
  const named = [
    ...groups.flatMap(group => Object.values(group.env)),
    ...registries.map(({ password }) => password),
  ].flatMap(value => (typeof value === 'string' ? [] : [value.secret]))
  return named.find(name => secretOf(name) === undefined)
}
