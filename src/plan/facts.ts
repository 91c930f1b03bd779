import { z } from 'zod'
import { type Revision, revisionFrom } from '../revision.ts'

/** What a look at a host found, for one target. */
export interface Facts {
  readonly missingTools: readonly string[]
  readonly checkout: 'repo' | 'empty' | 'other' | 'none'
  readonly gitError: string | undefined
  readonly head: Revision | undefined
  readonly origin: string | undefined
  readonly hasRevision: boolean
  /** Tracked files differ from the commit: somebody edited them on the host. */
  readonly hasEdits: boolean
  /** Who holds the host's lock, seen by a look. */
  readonly holder: string | undefined
  /** A reset would lose local edits, local commits or untracked files. */
  readonly wouldLose: boolean
  /** Reload files that the reset itself changes, so who watches them reloads before it is asked to. */
  readonly touchInDiff: readonly string[]
  readonly inode: string | undefined
  /** One for each container, start and folder that were seen to fit together. */
  readonly mountsKnown: readonly string[]
  readonly dockerError: string | undefined
  readonly containers: ReadonlyMap<string, ContainerFacts>
  /** By their labels: what runs on the host for this target, whatever it is named. */
  readonly running: readonly string[]
  /** Containers that before_replace was begun for, and no after_replace has gone well since: since when, by the host's clock. */
  readonly drained: ReadonlyMap<string, string>
}

export interface ContainerFacts {
  readonly id: string
  readonly state: string
  readonly startedAt: string
  readonly restarts: number
  readonly imageId: string
  /** As it was named when the container was made: `repo@sha256:…` when we made it. */
  readonly image: string | undefined
  /** Which deployment made it, by its label. */
  readonly deployment: string | undefined
  /** Host ports by container port; with the host's network each port is its own. */
  readonly ports: ReadonlyMap<number, number> | 'host-network'
}

/** Reads what `do_look` in look.sh prints. */
export function readFacts(output: string): Facts {
  const at = output.indexOf('::td docker\n')
  const said = saidIn(at < 0 ? output : output.slice(0, at))
  const all = (key: string) => said.flatMap(([name, value]) => (name === key && value ? [value] : []))
  const one = (key: string) => all(key)[0]
  const checkout = one('checkout')
  const containers = at < 0 ? undefined : listed(output.slice(at + '::td docker\n'.length))
  return {
    missingTools: one('missing')?.split(' ') ?? [],
    checkout: checkout === 'repo' || checkout === 'empty' || checkout === 'other' ? checkout : 'none',
    gitError: one('git-error'),
    head: revisionFrom(one('head') ?? ''),
    origin: one('origin'),
    hasRevision: one('has') === 'yes',
    hasEdits: one('changed') === 'yes',
    holder: one('holder'),
    wouldLose: [one('changed'), one('in-the-way'), one('unmerged')].some(found => found !== undefined),
    touchInDiff: all('touch-in-diff'),
    inode: one('inode'),
    mountsKnown: all('mount-known'),
    dockerError: one('docker-error') ?? (containers ? undefined : CUT_SHORT),
    containers: containers ?? new Map(),
    running: all('running'),
    drained: new Map(
      all('drained').map(note => {
        const [container = '', since = ''] = note.split(' ')
        return [container, since]
      }),
    ),
  }
}

/** Docker's list comes last, and an empty one is `[]`: without it the look was cut short, and nothing may be concluded from what is missing. */
export const CUT_SHORT = 'the look was cut short'

function listed(json: string): ReadonlyMap<string, ContainerFacts> | undefined {
  try {
    return json.trim() === '' ? undefined : readContainers(json)
  } catch {
    return undefined
  }
}

/** The `::td key value` lines of a step's output; everything else is for people. */
export function saidIn(output: string): readonly (readonly [key: string, value: string])[] {
  return output
    .split('\n')
    .filter(line => line.startsWith('::td '))
    .map(line => {
      const [, key = '', value = ''] = /^::td ([a-z-]+) ?(.*)$/.exec(line) ?? []
      return [key, value.trim()] as const
    })
}

const Inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Image: z.string(),
    Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullish() }).optional(),
    RestartCount: z.number(),
    State: z.object({ Status: z.string(), StartedAt: z.string() }),
    HostConfig: z.object({ NetworkMode: z.string() }),
    NetworkSettings: z.object({
      Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()).nullish(),
    }),
  }),
)

/** `docker inspect` as JSON, never through a Go template: templates differ between engine versions. */
export function readContainers(json: string): ReadonlyMap<string, ContainerFacts> {
  const text = json.trim()
  if (!text.startsWith('[')) return new Map()
  return new Map(
    Inspected.parse(JSON.parse(text)).map(found => [
      found.Name.replace(/^\//, ''),
      {
        id: found.Id,
        state: found.State.Status,
        startedAt: found.State.StartedAt,
        restarts: found.RestartCount,
        imageId: found.Image,
        image: found.Config?.Image,
        deployment: found.Config?.Labels?.['touchdown.deployment'],
        ports:
          found.HostConfig.NetworkMode === 'host'
            ? 'host-network'
            : publishedPorts(found.NetworkSettings.Ports ?? {}),
      },
    ]),
  )
}

function publishedPorts(
  ports: Readonly<Record<string, readonly { HostPort: string }[] | null>>,
): ReadonlyMap<number, number> {
  const published = new Map<number, number>()
  for (const [port, bindings] of Object.entries(ports)) {
    const binding = bindings?.[0]
    if (binding && port.endsWith('/tcp')) published.set(Number.parseInt(port, 10), Number(binding.HostPort))
  }
  return published
}
