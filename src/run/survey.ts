import type { Because } from '../because.ts'
import type { Target } from '../config/config.ts'
import type { Note } from '../event.ts'
import type { Host, Registry } from '../order.ts'
import { readFacts, saidIn } from '../plan/facts.ts'
import { digestIn, imageAt, imageId, registriesOf, repositoryOf, sourcesOf } from '../plan/image.ts'
import { imageNames, type Surveyed } from '../plan/order.ts'
import { digest, lookAt, pull } from '../plan/steps.ts'
import type { HostSession } from '../ports/hosts.ts'
import type { Revision } from '../revision.ts'
import type { Step } from '../step.ts'
import { pullNote, type Stopped, stopped, taken } from './host-work.ts'
import type { World } from './world.ts'

/** What has to be known before new containers can be ordered, or why it cannot be found out. */
export type Survey = ({ readonly kind: 'surveyed' } & Surveyed) | Impossible

interface Impossible {
  readonly kind: 'impossible'
  readonly host: string
  readonly step: string
  readonly because: Because
}

/**
 * Looks at all hosts and pulls the image on the first one, which changes nothing that runs. `revision`: what `{revision}` in the
 * image stands for; undefined: what the hosts have checked out.
 */
export async function survey(
  world: World,
  target: Target,
  hosts: readonly Host[],
  revision: Revision | undefined,
): Promise<Survey> {
  const seen = await Promise.all(
    hosts.map(host => onHost(world, host, session => headOn(world, session, target, host))),
  )
  const heads = new Map<string, Revision | undefined>()
  for (const [index, head] of seen.entries()) {
    if (head.kind !== 'found') return head
    heads.set(hosts[index]?.name ?? '', head.value)
  }
  const [first] = hosts
  if (!first || target.groups.length === 0)
    return impossible('', stopped('look', { kind: 'fault', detail: 'there is nothing to look at' }))
  // All hosts run one image, so the first host's name stands for all where one is asked for.
  const wanted = imageNames(target, first, revision ?? heads.get(first.name))
  const pulled = await onHost(world, first, session => pullOn(world, session, wanted, target.registries))
  if (pulled.kind !== 'found') return pulled
  const { image, note } = pulled.value
  const [, digest] = image.split('@')
  if (digest === undefined && hosts.length > 1) {
    return impossible(first.name, stopped('pull', { kind: 'image-unpublished', image: wanted.image }))
  }
  return {
    kind: 'surveyed',
    image: digest === undefined ? image : `${repositoryOf(wanted.image)}@${digest}`,
    mirrors: digest === undefined ? [] : wanted.mirrors.map(mirror => `${mirror}@${digest}`),
    heads,
    pulled: note && { host: first.name, note },
  }
}

type Found<Value> = { readonly kind: 'found'; readonly value: Value }

async function onHost<Value>(
  world: World,
  host: Host,
  ask: (session: HostSession) => Promise<Found<Value> | Stopped>,
): Promise<Found<Value> | Impossible> {
  const opening = await world.hosts.open(host, { kind: 'look' })
  if (opening.kind === 'closed') return impossible(host.name, stopped('connect', opening.because))
  try {
    const answer = await ask(opening.session)
    return answer.kind === 'found' ? answer : impossible(host.name, answer)
  } finally {
    await opening.session.close()
  }
}

async function headOn(
  world: World,
  session: HostSession,
  target: Target,
  host: Host,
): Promise<Found<Revision | undefined> | Stopped> {
  const seen = await run(world, session, lookAt(target, host))
  if (seen.kind === 'stopped') return seen
  const { head, missingTools, dockerError, gitError } = readFacts(seen.output)
  if (missingTools.length > 0) return stopped('look', { kind: 'tools-missing', tools: missingTools })
  const error = dockerError ?? gitError
  return error === undefined
    ? { kind: 'found', value: head }
    : stopped('look', { kind: 'exit', code: dockerError ? 1 : 128, output: error })
}

/** `repo@sha256:…`, or the bare id of what only this host has. */
interface Pulled {
  readonly image: string
  readonly note: Note | undefined
}

async function pullOn(
  world: World,
  session: HostSession,
  { image, mirrors }: { readonly image: string; readonly mirrors: readonly string[] },
  known: readonly Registry[],
): Promise<Found<Pulled> | Stopped> {
  const places = mirrors.map(mirror => imageAt(mirror, image))
  const registries = registriesOf([...places, image], known)
  const missing = registries.find(({ password }) => world.secretOf(password.secret) === undefined)
  if (missing) return stopped('pull', { kind: 'secret-missing', name: missing.password.secret })
  const step = pull(sourcesOf({ image, mirrors: places, registries }), world.secretOf)
  const pulled = await run(world, session, step)
  if (pulled.kind === 'stopped') return pulled
  const said = new Map(saidIn(pulled.output))
  const got = said.get('pulled') ?? said.get('had') ?? said.get('kept') ?? image
  const seen = await run(world, session, digest(got))
  if (seen.kind === 'stopped') return seen
  // What no registry gave may have been pulled under another name: only its id says which it is then.
  const named = digestIn(seen.output, got)
  const isNamed = !said.has('kept') || named?.startsWith(`${repositoryOf(got)}@`)
  const value = (isNamed ? named : undefined) ?? imageId(seen.output)
  return value === undefined
    ? stopped('digest', { kind: 'fault', detail: `docker image inspect ${got} names no image` })
    : { kind: 'found', value: { image: value, note: pullNote(pulled.output) } }
}

async function run(world: World, session: HostSession, step: Step) {
  return taken(await session.run(step), step, world.secrets)
}

function impossible(host: string, { step, because }: Stopped): Impossible {
  return { kind: 'impossible', host, step, because }
}
