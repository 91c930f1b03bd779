export interface TargetId {
  readonly service: string
  readonly environment: string
}

/** `creator`, or `creator to staging`: how people read a target. */
export function targetText(target: TargetId): string {
  return target.environment === DEFAULT_ENVIRONMENT
    ? target.service
    : `${target.service} to ${target.environment}`
}

/** The environment meant when nobody says `to <environment>`. */
export const DEFAULT_ENVIRONMENT = 'production'

export function isSameTarget(one: TargetId, other: TargetId): boolean {
  return one.service === other.service && one.environment === other.environment
}
