import { RESERVED_WORDS } from '../intent/grammar.ts'
import { isName } from '../intent/names.ts'
import { nearest } from '../nearest.ts'
import type { Group, Host, Registry, Verify } from '../order.ts'
import { DEFAULT_ENVIRONMENT } from '../target.ts'
import type { Service, Target } from './config.ts'
import type { Problems } from './explain.ts'
import { isContainerName } from './grammar.ts'
import { didYouMean, mustBe, NAME_RULE, shownValue } from './leaf.ts'
import { checkReplicas } from './replicas.ts'
import { type TargetKeys, targetSchema } from './schema.ts'
import { isMapping, type Mapping, type Path, type YamlFile } from './yaml.ts'

interface Source {
  readonly raw: Mapping
  readonly yaml: YamlFile
  readonly hosts: ReadonlyMap<string, Host>
  /** Of all hosts, those with faults too. */
  readonly names: readonly string[]
  readonly registries: readonly Registry[]
  readonly people: ReadonlyMap<string, string>
}

export function readServices(source: Source, problems: Problems): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>()
  for (const [name, entry] of Object.entries(source.raw)) {
    const path = ['services', name]
    if (!isName(name)) problems.add(path, `is no name for a service: ${NAME_RULE}`)
    else if (RESERVED_WORDS.has(name.toLowerCase()))
      problems.add(path, 'is no name for a service: it is a word of the command.')
    if (isMapping(entry)) services.set(name, readService(source, name, entry, problems))
    else problems.add(path, mustBe('a mapping with the keys of a service', entry))
  }
  return services
}

function readService(source: Source, name: string, entry: Mapping, problems: Problems): Service {
  const { environments = {}, ...base } = entry
  const path = ['services', name]
  unlikeTyped(source.yaml, [...path, 'container', 'env'], problems)
  if (!isMapping(environments)) {
    problems.add([...path, 'environments'], mustBe('a mapping of environment names', environments))
  }
  const overrides = new Map<string, Mapping>([[DEFAULT_ENVIRONMENT, {}]])
  for (const [environment, override] of Object.entries(isMapping(environments) ? environments : {})) {
    const place = [...path, 'environments', environment]
    if (!isName(environment)) problems.add(place, `is no name for an environment: ${NAME_RULE}`)
    if (!isMapping(override)) problems.add(place, mustBe('a mapping of the keys that differ there', override))
    overrides.set(environment, isMapping(override) ? override : {})
    unlikeTyped(source.yaml, [...place, 'container', 'env'], problems)
  }

  const targets = new Map<string, Target>()
  for (const [environment, override] of overrides) {
    const place = [...path, 'environments', environment]
    const placed = (inside: Path) => (holds(override, inside) ? [...place, ...inside] : [...path, ...inside])
    const target = readTarget(
      source,
      { service: name, environment },
      laidOver(base, override),
      placed,
      problems,
    )
    if (target !== undefined) targets.set(environment, target)
  }
  return { name, targets }
}

/** An environment's keys replace the service's; inside `container`, key by key. */
function laidOver(base: Mapping, override: Mapping): Mapping {
  const inner = (key: string, below: Mapping, above: Mapping): Mapping => {
    const [a, b] = [below[key], above[key]]
    return isMapping(a) && isMapping(b) ? { [key]: { ...a, ...b } } : {}
  }
  const both = { ...base, ...override }
  const [a, b] = [base['container'], override['container']]
  if (!isMapping(a) || !isMapping(b)) return both
  return { ...both, container: { ...a, ...b, ...inner('env', a, b), ...inner('stop', a, b) } }
}

function holds(value: unknown, path: Path): boolean {
  const [step, ...rest] = path
  if (step === undefined) return true
  if (Array.isArray(value)) return typeof step === 'number' && step < value.length && holds(value[step], rest)
  return isMapping(value) && Object.hasOwn(value, step) && holds(value[step], rest)
}

/** `1.10` would become 1.1, `True` true, `0x1F` 31: an environment variable is text and stays as typed. */
function unlikeTyped(yaml: YamlFile, path: Path, problems: Problems): void {
  const env = path.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), yaml.value)
  for (const [key, value] of Object.entries(isMapping(env) ? env : {})) {
    const typed = yaml.sourceOf([...path, key])
    const isBare = typeof value === 'number' || typeof value === 'boolean'
    if (isBare && typed !== undefined && typed !== String(value)) {
      problems.add([...path, key], `must be in quotes: without them YAML reads ${typed} as ${value}.`)
    }
  }
}

function readTarget(
  source: Source,
  id: { readonly service: string; readonly environment: string },
  entry: Mapping,
  placed: (path: Path) => Path,
  problems: Problems,
): Target | undefined {
  checkHosts(entry['hosts'], source.names, placed, problems)
  const parsed = targetSchema.safeParse(entry)
  if (!parsed.success) {
    problems.addAll(parsed.error, placed)
    return undefined
  }
  const keys = parsed.data
  const container = keys.container.name ?? id.service
  if (!isContainerName(container)) {
    problems.add(placed(['container']), `needs a \`name\`: \`${container}\` is too short for a container.`)
  }
  const hosts = keys.hosts.flatMap(name => source.hosts.get(name) ?? [])
  checkMachines(hosts, placed, problems)
  checkOwner(keys, hosts, placed, problems)
  checkReplicas(keys, placed, problems)
  return {
    ...id,
    channel: keys.channel,
    repo: keys.repo,
    ref: keys.ref,
    refs: keys.refs ?? [],
    hosts,
    path: keys.path,
    groups: [groupFrom(container, keys.container)],
    touch: keys.touch,
    verify: keys.verify === undefined ? undefined : verifyFrom(keys.verify),
    preflight: keys.preflight,
    runAs: keys.run_as,
    owner:
      keys.owner === undefined && keys.group === undefined
        ? undefined
        : { user: keys.owner, group: keys.group },
    batch: keys.batch,
    onFailure: keys.on_failure,
    deployers: keys.deployers,
    approvers: keys.approvers ?? keys.deployers,
    approval: keys.approval,
    approvalTimeoutMs: keys.approval_timeout,
    rebuildOn: keys.container.rebuild_on,
    registries: source.registries,
    people: source.people,
  }
}

function checkHosts(
  raw: unknown,
  known: readonly string[],
  placed: (path: Path) => Path,
  problems: Problems,
): void {
  const names: readonly unknown[] = Array.isArray(raw) ? raw : []
  names.forEach((name, index) => {
    if (typeof name !== 'string') return
    const path = placed(['hosts', index])
    if (!known.includes(name)) {
      const near = nearest(name, known)[0]
      const hint =
        near === undefined && known.length > 0 ? ` Known are ${known.slice(0, 10).join(', ')}.` : ''
      problems.add(
        path,
        `must be a host of this file, but ${shownValue(name)} was found.${didYouMean(near)}${hint}`,
      )
    } else if (names.indexOf(name) !== index) {
      problems.add(path, `names \`${name}\` a second time.`)
    }
  })
}

/** Two names of one machine would wait for each other's turn. */
function checkMachines(hosts: readonly Host[], placed: (path: Path) => Path, problems: Problems): void {
  hosts.forEach((host, index) => {
    const same = hosts
      .slice(0, index)
      .find(({ address, port }) => address === host.address && port === host.port)
    if (!same || same.name === host.name) return
    problems.add(
      placed(['hosts', index]),
      `names one machine twice: \`${same.name}\` and \`${host.name}\` are both ${host.address}:${host.port}. Leave one of them out.`,
    )
  })
}

function checkOwner(
  { owner, run_as }: TargetKeys,
  hosts: readonly Host[],
  placed: (path: Path) => Path,
  problems: Problems,
): void {
  const other = hosts.map(({ user }) => run_as ?? user).find(user => user !== owner)
  if (owner === undefined || other === undefined) return
  problems.add(
    placed(['owner']),
    `must be ${other}, whom git runs as there: git refuses a checkout that another user owns. To let it run as ${owner}, set \`run_as: ${owner}\`.`,
  )
}

function groupFrom(name: string, keys: TargetKeys['container']): Group {
  const { replicas, image, mirrors, mount, run, env, stop, healthy } = keys
  return {
    name,
    replicas,
    image,
    mirrors,
    mount,
    run,
    env,
    stop: { signal: stop.signal, graceMs: stop.grace },
    healthyMs: healthy,
    startupMs: keys.startup_time,
    beforeReplace: keys.before_replace,
    afterReplace: keys.after_replace,
  }
}

function verifyFrom(keys: NonNullable<TargetKeys['verify']>): Verify {
  const { url, header, timeout, hits } = keys
  return { url, in: header === undefined ? 'body' : { header }, timeoutMs: timeout, hits }
}
