import type { Sighting } from '../host-result.ts'
import { type TargetId, targetText } from '../target.ts'
import { oneLine, together } from './outside.ts'
import { code } from './phrases.ts'

/** The containers of a host that get no requests, because something was lost in the middle of their replacement. */
export function drainedOn(
  seen: Pick<Sighting, 'drained' | 'replicas'>,
): readonly { readonly name: string; readonly since: string }[] {
  const all = seen.replicas ?? [{ name: 'the container', drained: seen.drained }]
  return all.flatMap(({ name, drained }) => (drained === undefined ? [] : [{ name, since: drained }]))
}

/** What it means, and what to do: `web1: …` goes before it. */
export function drainedText(
  { name, since }: { readonly name: string; readonly since: string },
  target: TargetId,
): string {
  return (
    `${oneLine(name, 80)} gets no requests: before_replace drained it at ${oneLine(since, 40)}, and after_replace has not let it in since. ` +
    `The next deploy of any kind lets it in once it is proved: ${code(`/deploy ${targetText(target)}`)}`
  )
}

/** Nobody but a person can let these in. */
export function shutOutText(containers: readonly string[], { service, environment }: TargetId): string {
  const names = containers.map(name => oneLine(name, 80))
  const notes = names.map(name => `~/.touchdown/targets/${service}.${environment}/drained.${name}`)
  return (
    `${together(names)} ${names.length === 1 ? 'was' : 'were'} drained by an earlier deployment, and touchdown.yml has no after_replace any more that would let ` +
    `${names.length === 1 ? 'it' : 'them'} in. Let ${names.length === 1 ? 'it' : 'them'} in by hand, then: ${code(`rm ${notes.join(' ')}`)}`
  )
}
