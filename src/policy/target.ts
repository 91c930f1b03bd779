import type { Config, Service, Target } from '../config/config.ts'
import { GRAMMAR } from '../intent/grammar.ts'
import type { TypedRef } from '../intent/intent.ts'
import { nearest } from '../nearest.ts'
import type { Host } from '../order.ts'
import { type Decision, type Refusal, refuse, yes } from '../refusal.ts'
import { DEFAULT_ENVIRONMENT } from '../target.ts'

/** What of an intent says where: a deploy intent or a cancel intent. */
export interface Said {
  readonly service: string
  readonly environment: string | undefined
  readonly hosts?: readonly string[] | undefined
  readonly ref?: TypedRef | undefined
}

export interface Place {
  readonly target: Target
  /** Those named with `on`, each once, else all of the target; in the configuration's order. */
  readonly hosts: readonly Host[]
}

/**
 * The configured target that was meant. A name that is not configured is refused with the nearest ones, never replaced
 * by a default. A bare ref that is also the name of one of the service's environments is refused as ambiguous: who
 * types `creator staging` hardly means the branch `staging` in production.
 */
export function findTarget(said: Said, config: Config): Decision<Place> {
  const found = findService(said.service, config)
  if (found.kind === 'refused') return found
  const service = found.value
  const { ref, environment = DEFAULT_ENVIRONMENT } = said

  const target = service.targets.get(environment)
  if (!target) {
    const known = [...service.targets.keys()]
    return refuse({ reason: 'unknown-environment', service: service.name, name: environment, known })
  }

  if (said.environment === undefined && ref?.kind === 'any' && service.targets.has(ref.name)) {
    const choices = [`to ${ref.name}`, `branch:${ref.name}`, `tag:${ref.name}`]
    return refuse({ reason: 'ambiguous-ref', service: service.name, ref: ref.name, choices })
  }

  const unknown = said.hosts?.find(name => !target.hosts.some(host => host.name === name))
  if (unknown !== undefined) {
    const known = target.hosts.map(host => host.name)
    return refuse({ reason: 'unknown-host', service: service.name, name: unknown, known })
  }
  return yes({ target, hosts: target.hosts.filter(host => said.hosts?.includes(host.name) ?? true) })
}

/** A mistyped verb arrives here as a service, so verbs are among the nearest names. */
export function findService(name: string, config: Config): Decision<Service> {
  const service = config.services.get(name)
  if (service) return yes(service)
  const near = nearest(name, [...config.services.keys(), ...GRAMMAR.map(form => form.verb)])
  return refuse({ reason: 'unknown-service', name, near })
}

/**
 * Adds to "no such ref" what the mirror cannot know: that the word is nearly an environment or a host of the service, so
 * that `to` or `on` was left out. Other refusals are returned as they are.
 */
export function withForgottenWord(refusal: Refusal, config: Config): Refusal {
  if (refusal.reason !== 'unknown-ref') return refusal
  const targets = [...(config.services.get(refusal.service)?.targets.values() ?? [])]
  const hosts = new Set(targets.flatMap(target => target.hosts.map(host => host.name)))
  const [environment] = nearest(
    refusal.ref,
    targets.map(target => target.environment),
  )
  const [host] = nearest(refusal.ref, hosts)
  const forgotten = [...(environment ? [`to ${environment}`] : []), ...(host ? [`on ${host}`] : [])]
  return { ...refusal, near: [...forgotten, ...refusal.near].slice(0, 3) }
}
