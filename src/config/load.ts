import type { Host } from '../order.ts'
import type { Config, Problem } from './config.ts'
import { Problems } from './explain.ts'
import { readHosts } from './hosts.ts'
import { readRegistries } from './registries.ts'
import { fileSchema } from './schema.ts'
import { readServices } from './services.ts'
import { isMapping, type Mapping, readYaml, type YamlFile, type YamlProblem } from './yaml.ts'

/**
 * touchdown.yml from its text; `file` is its name in problems. Everything wrong with it is told at once, in the
 * order of its lines, or else every default is filled in.
 */
export function loadConfig(
  text: string,
  file: string,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const yaml = readYaml(text)
  if ('problems' in yaml) return { problems: unreadable(yaml.problems, file) }
  return readConfig(yaml, new Problems(file, yaml))
}

/**
 * One host of touchdown.yml, whatever else is wrong in the file; undefined: it has none of this name. `names` are those that
 * it has.
 */
export function loadHost(
  text: string,
  file: string,
  name: string,
):
  | { readonly host: Host | undefined; readonly names: readonly string[] }
  | { readonly problems: readonly Problem[] } {
  const yaml = readYaml(text)
  if ('problems' in yaml) return { problems: unreadable(yaml.problems, file) }
  const entries = mappingAt(yaml.value, 'hosts')
  const problems = new Problems(file, yaml)
  const entry = Object.hasOwn(entries, name) ? { [name]: entries[name] } : {}
  const { hosts } = readHosts(entry, problems)
  const found = problems.inOrder()
  return found.length > 0 ? { problems: found } : { host: hosts.get(name), names: Object.keys(entries) }
}

function readConfig(
  yaml: YamlFile,
  problems: Problems,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const top = fileSchema.safeParse(yaml.value)
  if (!top.success) problems.addAll(top.error, path => path)

  const { hosts, names } = readHosts(mappingAt(yaml.value, 'hosts'), problems)
  const registries = readRegistries(mappingAt(yaml.value, 'registries'), problems)
  const people = new Map(top.success ? Object.entries(top.data.people) : [])
  const services = readServices(
    { raw: mappingAt(yaml.value, 'services'), yaml, hosts, names, registries, people },
    problems,
  )
  const found = problems.inOrder()
  if (!top.success || found.length > 0) return { problems: found }
  return { config: { channel: top.data.channel, hosts, services } }
}

function unreadable(problems: readonly YamlProblem[], file: string): readonly Problem[] {
  return problems.map(({ line, message }) => ({ file, line, path: '', message }))
}

/** Also of a file with faults elsewhere, so that the faults in here are told in the same run. */
function mappingAt(value: unknown, key: string): Mapping {
  const found = isMapping(value) ? value[key] : undefined
  return isMapping(found) ? found : {}
}
