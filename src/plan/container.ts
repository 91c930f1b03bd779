import { createHash } from 'node:crypto'
import type { Host, Order } from '../order.ts'
import { blanksOf, type Replica } from './replica.ts'
import { fill } from './template.ts'

/** Who and what a container's labels name. */
export interface Maker {
  readonly deployment: string
  readonly by: string
}

/** The words of `docker run` between name and image: ours first, so that the service's own arguments win. */
export function madeOf(
  order: Order,
  replica: Replica,
  host: Host,
  digest: string,
  maker: Maker,
): readonly string[] {
  const { name, group } = replica
  const own = group.run.map(word => filled(word, order, replica, host))
  // The kernel takes no longer one.
  const hostname = `${name}.${host.name}`.slice(0, 63)
  const words = [
    ...(group.replicas === undefined ? [] : ['--hostname', hostname]),
    ...['--restart', 'unless-stopped'],
    ...['--stop-signal', group.stop.signal, '--stop-timeout', String(Math.ceil(group.stop.graceMs / 1000))],
    ...['--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
    ...['-v', `${order.path}:${group.mount}`],
    ...own,
  ]
  const spec = createHash('sha256')
    .update(JSON.stringify([words, group.env, digest]))
    .digest('hex')
  return [...words, ...labels(order, replica, spec, maker)]
}

function labels(order: Order, { number }: Replica, spec: string, maker: Maker): readonly string[] {
  const named = {
    service: order.target.service,
    environment: order.target.environment,
    replica: number,
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
  replica: Replica,
  host: Host,
  secretOf: (name: string) => string,
): string {
  return Object.entries(replica.group.env)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' ? filled(value, order, replica, host) : secretOf(value.secret)}\n`,
    )
    .join('')
}

/** Where no port is asked for. */
export function filled(
  template: string,
  { target, revision }: Order,
  { number }: Replica,
  host: Host,
): string {
  const result = fill(template, { ...blanksOf(target, host, revision, number), ports: 'host-network' })
  return result.kind === 'text' ? result.text : template
}
