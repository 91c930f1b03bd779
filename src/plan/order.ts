import type { Target } from '../config/config.ts'
import type { CodeOrder, Host } from '../deployment.ts'
import type { Resolution } from '../ports.ts'

/** What shall be true: the target's configuration at this moment, frozen, with the revision that the ref means now. */
export function orderCode(target: Target, hosts: readonly Host[], resolution: Resolution): CodeOrder {
  return {
    kind: 'code',
    target: { service: target.service, environment: target.environment },
    revision: resolution.revision,
    branch: resolution.branch,
    repo: target.repo,
    path: target.path,
    hosts,
    groups: target.groups,
    touch: target.touch,
    preflight: target.preflight,
    verify: target.verify,
    runAs: target.runAs,
  }
}
