import type { Config, Problem } from './config.ts'
import { Problems } from './explain.ts'
import { readHosts } from './hosts.ts'
import { fileSchema } from './schema.ts'
import { readServices } from './services.ts'
import { isMapping, type Mapping, readYaml, type YamlFile } from './yaml.ts'

/**
 * touchdown.yml from its text; `file` is its name in problems. Everything wrong with it is told at once, in the
 * order of its lines, or else every default is filled in.
 */
export function loadConfig(
  text: string,
  file: string,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const yaml = readYaml(text)
  if ('problems' in yaml) {
    return { problems: yaml.problems.map(({ line, message }) => ({ file, line, path: '', message })) }
  }
  return readConfig(yaml, new Problems(file, yaml))
}

function readConfig(
  yaml: YamlFile,
  problems: Problems,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const top = fileSchema.safeParse(yaml.value)
  if (!top.success) problems.addAll(top.error, path => path)

  const { hosts, names } = readHosts(mappingAt(yaml.value, 'hosts'), problems)
  const services = readServices({ raw: mappingAt(yaml.value, 'services'), yaml, hosts, names }, problems)
  const found = problems.inOrder()
  if (!top.success || found.length > 0) return { problems: found }
  return { config: { channel: top.data.channel, hosts, services } }
}

/** Also of a file with faults elsewhere, so that the faults in here are told in the same run. */
function mappingAt(value: unknown, key: string): Mapping {
  const found = isMapping(value) ? value[key] : undefined
  return isMapping(found) ? found : {}
}
