import { type Container, INNER_PORT } from './containers.ts'
import { imageId } from './images.ts'
import { Refused } from './refused.ts'

/** What Docker says of containers, as far as the scripts of src/ssh/ ask. `port` is the host's published one. */

export function inspectText(containers: readonly Container[], port: number): string {
  return `${JSON.stringify(
    containers.map(found => inspected(found, port)),
    undefined,
    2,
  )}\n`
}

function inspected({ spec, run, state }: Container, port: number) {
  const isPublished = spec.publishes && state === 'running'
  return {
    Id: spec.id,
    Name: `/${spec.name}`,
    Image: imageId(spec.image),
    RestartCount: 0,
    State: { Status: state, StartedAt: run?.startedAt ?? '0001-01-01T00:00:00Z', ExitCode: exitCode(run) },
    Config: { Image: spec.image, Labels: spec.labels },
    HostConfig: { NetworkMode: 'bridge', PortBindings: {}, RestartPolicy: { Name: spec.restart } },
    NetworkSettings: {
      Ports: isPublished ? { [`${INNER_PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] } : {},
    },
  }
}

/** Go templates are not read: these are the ones that swap.sh has, known by what stands in them. */
export function formatted({ spec, run, state }: Container, template: string, port: number): string {
  if (template.startsWith('seen: ')) {
    const deployment = spec.labels['touchdown.deployment'] ?? ''
    const policy = `${spec.restart}:0 false net:bridge`
    return `seen: ${spec.id} /${spec.name} ${state} 0 health: ${policy} ${exitCode(run)} for:${deployment}\n`
  }
  if (template.includes('.NetworkSettings.Ports') || template.includes('.HostConfig.PortBindings')) {
    const isAsked = template.includes('.NetworkSettings.Ports')
    const isPublished = isAsked && spec.publishes && state === 'running'
    return isPublished ? `${port}/${INNER_PORT}/tcp/127.0.0.1 \n` : '\n'
  }
  throw new Refused(`The demo's stand-in for Docker cannot fill this template: ${template}`)
}

/** The lines of `docker ps` with these filters; -a shows what does not run, too. */
export function listed(containers: readonly Container[], words: readonly string[], port: number): string {
  const filters = words.flatMap((word, index) => (word === '--filter' ? (words[index + 1] ?? '') : []))
  const showsAll = words.some(word => word === '-a' || word === '-aq')
  const names = words.includes('{{.Names}}')
  return containers
    .filter(container => showsAll || container.state === 'running')
    .filter(container => filters.every(filter => passes(container, filter, filters, port)))
    .map(({ spec }) => `${names ? spec.name : spec.id}\n`)
    .join('')
}

function passes(
  { spec, state }: Container,
  filter: string,
  filters: readonly string[],
  port: number,
): boolean {
  const [key, value = ''] = filter.split(/=(.*)/s)
  switch (key) {
    case 'label': {
      const [name = '', wanted] = value.split(/=(.*)/s)
      return wanted === undefined ? name in spec.labels : spec.labels[name] === wanted
    }
    case 'name':
      return new RegExp(value).test(`/${spec.name}`)
    case 'status':
      // As with Docker: of several one will do.
      return filters.includes(`status=${state}`)
    case 'publish':
      return spec.publishes && state === 'running' && value === `${port}/tcp`
    default:
      throw new Refused(`The demo's stand-in for Docker has no filter ${key}.`)
  }
}

function exitCode(run: Container['run']): number {
  return run === undefined ? 0 : (run.exitCode ?? 0)
}
