import { between, randomOf, shuffled } from './random.ts'

/** A busy hour of many teams in a few seconds: who says what when, known before anything begins. */
export interface Word {
  readonly atMs: number
  readonly person: number
  readonly service: number
  readonly text: string
  /** `deployment`: told in its channel to its end. `answer`: the asker alone reads one. */
  readonly becomes: 'deployment' | 'answer'
  readonly isTwice: boolean
}

export interface CrowdSize {
  readonly commands: number
  readonly withinMs: number
  readonly people: number
  readonly services: number
  /** How many of the commands deploy; a service gets its turns one after another. */
  readonly deploys: number
  /** Newest last: each deploy of a service orders another one than the deploy before. */
  readonly revisions: readonly string[]
}

/** What does not deploy: refused, looked up, and two that write. */
const OTHERS = ['unknown-ref', 'history', 'help', 'lock', 'unlock', 'unreadable', 'cancel'] as const

/** The same seed and size give the same crowd. Commands come at an even pace. */
export function crowd(seed: number, size: CrowdSize, nameOf: (service: number) => string): readonly Word[] {
  const random = randomOf(seed)
  const { commands, withinMs, people, services, deploys, revisions } = size
  const kinds = shuffled(
    random,
    Array.from({ length: commands }, (_, n) => (n < deploys ? 'deploy' : OTHERS[n % OTHERS.length])),
  )
  let deployed = 0
  return kinds.map((kind, n): Word => {
    const isDeploy = kind === 'deploy'
    const turn = deployed
    if (isDeploy) deployed += 1
    // A service that is locked could not be deployed: the last ones are there for what only talks.
    const talked = Math.max(1, Math.floor(services / 10))
    const service = isDeploy ? turn % (services - talked) : services - 1 - between(random, 0, talked - 1)
    const name = nameOf(service)
    const revision = revisions[Math.floor(turn / (services - talked)) % revisions.length] ?? ''
    return {
      atMs: Math.floor((n * withinMs) / commands),
      person: n % people,
      service,
      text: textOf(kind, name, revision),
      becomes: isDeploy ? 'deployment' : 'answer',
      isTwice: random() < 0.1,
    }
  })
}

function textOf(
  kind: 'deploy' | (typeof OTHERS)[number] | undefined,
  name: string,
  revision: string,
): string {
  switch (kind) {
    case 'deploy':
      return `${name} ${revision}`
    case 'unknown-ref':
      return `${name} no-such-branch`
    case 'history':
      return `history ${name}`
    case 'lock':
      return `lock ${name} for 1h a test of many`
    case 'unlock':
      return `unlock ${name}`
    case 'cancel':
      return `cancel ${name}`
    case 'unreadable':
      return `${name} --no-such-option`
    case 'help':
    case undefined:
      return 'help'
  }
}
