import { createHash } from 'node:crypto'
import type { Group, Host, Order } from '../deployment.ts'
import { fill } from './template.ts'

/** Who and what a container's labels name. */
export interface Maker {
  readonly deployment: string
  readonly by: string
}

/** The words of `docker run` between name and image: ours first, so that the service's own arguments win. */
export function madeOf(
  order: Order,
  group: Group,
  host: Host,
  digest: string,
  maker: Maker,
): readonly string[] {
  const own = group.run.map(word => filled(word, order, host))
  const words = [
    ...['--restart', 'unless-stopped'],
    ...['--stop-signal', group.stop.signal, '--stop-timeout', String(Math.ceil(group.stop.graceMs / 1000))],
    ...['--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
    ...['-v', `${order.path}:${group.mount}`],
    ...own,
  ]
  const spec = createHash('sha256')
    .update(JSON.stringify([words, group.env, digest]))
    .digest('hex')
  return [...words, ...labels(order, spec, maker)]
}

function labels(order: Order, spec: string, maker: Maker): readonly string[] {
  const named = {
    service: order.target.service,
    environment: order.target.environment,
    deployment: maker.deployment,
    revision: order.revision,
    spec,
    by: maker.by,
  }
  return Object.entries(named).flatMap(([name, value]) => ['--label', `touchdown.${name}=${value}`])
}

/** `NAME=value` lines for --env-file; `secretOf` gives a referenced secret. Newlines were refused by the configuration. */
export function variableLines(
  order: Order,
  group: Group,
  host: Host,
  secretOf: (name: string) => string,
): string {
  return Object.entries(group.env)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' ? filled(value, order, host) : secretOf(value.secret)}\n`,
    )
    .join('')
}

/** Where no port is asked for. */
export function filled(template: string, order: Order, host: Host): string {
  const { service, environment } = order.target
  const result = fill(template, {
    revision: order.revision,
    service,
    environment,
    host: host.name,
    address: host.address,
    ports: 'host-network',
  })
  return result.kind === 'text' ? result.text : template
}
