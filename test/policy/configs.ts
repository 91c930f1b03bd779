import type { Config, Target } from '../../src/config/config.ts'
import type { Host } from '../../src/order.ts'

/** A target with nothing special about it, and what the test is about. */
export function aTarget(about: Partial<Target> = {}): Target {
  return {
    service: 'creator',
    environment: 'production',
    channel: undefined,
    repo: 'git@git.example.com:team/creator.git',
    ref: 'main',
    refs: [],
    hosts: [aHost('web1'), aHost('web2')],
    path: '/srv/creator',
    groups: [],
    touch: '.reload',
    verify: undefined,
    preflight: undefined,
    runAs: undefined,
    owner: undefined,
    batch: undefined,
    onFailure: 'stop',
    deployers: [],
    approvers: [],
    approval: 'container',
    approvalTimeoutMs: 900_000,
    rebuildOn: [],
    registries: [],
    people: new Map(),
    ...about,
  }
}

export function aHost(name: string): Host {
  return { name, address: `${name}.example.com`, port: 22, user: 'deploy', hostKeys: [] }
}

/** A configuration that has these targets and no others. */
export function configOf(...targets: readonly Target[]): Config {
  const names = [...new Set(targets.map(target => target.service))]
  return {
    channel: undefined,
    hosts: new Map(targets.flatMap(target => target.hosts.map(host => [host.name, host]))),
    services: new Map(
      names.map(name => {
        const own = targets.filter(target => target.service === name)
        return [name, { name, targets: new Map(own.map(target => [target.environment, target])) }]
      }),
    ),
  }
}
