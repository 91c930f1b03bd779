import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './command.ts'
import type { RigHost } from './host.ts'
import type { Image } from './image.ts'
import type { Repo } from './repo.ts'

/**
 * How the sample app differs. `plain` has the settings of docs/uwsgi.md.
 * `supervisor`: pid 1 is a shell, uWSGI's master its child. `per-request`: REVISION is read for every request.
 * `chain`: touch-chain-reload. `slow-import`: 2 s, in the master, which sees no touch meanwhile.
 * `legacy`: the touched file is the tracked uwsgi.ini.
 */
export type Variant = 'plain' | 'supervisor' | 'per-request' | 'chain' | 'slow-import' | 'legacy'

export interface ServiceOptions {
  /** Of the whole machine, since containers use the host's network: one port per service. */
  readonly port: number
  /** Default: all. */
  readonly hosts?: readonly RigHost[]
  readonly variant?: Variant
  /** Default true: a clone at `path`, on the repository's first commit, with its REVISION. */
  readonly checkout?: boolean
  /** Default true: made by hand, without labels, and answering when this is done. Needs the checkout. */
  readonly container?: boolean
  /** `small`: below /srv/small, which `fillDisk` fills. */
  readonly disk?: 'small'
  /** Owner of the checkout; only the rig's first host lets deploy become creator. */
  readonly runAs?: 'creator'
  /** Other files in the first commit. */
  readonly files?: Readonly<Record<string, string>>
}

export interface RigService {
  readonly name: string
  readonly port: number
  readonly path: string
  readonly touch: string
  readonly repo: Repo
  readonly hosts: readonly RigHost[]
  /** The first commit. */
  readonly revision: string
  /** What touchdown.yml says about it, without the people. */
  readonly yaml: Readonly<Record<string, unknown>>
  /** A commit that changes what the page says; its revision. */
  recolour(colour: string): Promise<string>
  /** Runs the container by hand, as before Touchdown came. */
  runContainer(host: RigHost): Promise<void>
  /** Waits until the revision is answered `hits` times in a row (default 6: more than there are workers). */
  serves(host: RigHost, revision: string, timeoutMs?: number, hits?: number): Promise<void>
}

const APP = join(import.meta.dirname, 'app')

export async function makeService(
  name: string,
  options: ServiceOptions & { readonly hosts: readonly RigHost[] },
  repo: Repo,
  image: Image,
): Promise<RigService> {
  const variant = options.variant ?? 'plain'
  const revision = await repo.commit({ files: { ...appFiles(variant), ...options.files }, message: 'Start' })
  const service = serviceAt(name, options, repo, image, revision)
  if (options.checkout === false) return service
  await Promise.all(
    service.hosts.map(async host => {
      await makeCheckout(host, service, options.runAs ?? 'deploy')
      if (options.container === false) return
      const other = await host.http(options.port).catch(() => undefined)
      if (other)
        throw new Error(`the port ${options.port} of ${host.name} serves another file's service already`)
      await service.runContainer(host)
      await service.serves(host, revision)
    }),
  )
  return service
}

function serviceAt(
  name: string,
  options: ServiceOptions & { readonly hosts: readonly RigHost[] },
  repo: Repo,
  image: Image,
  revision: string,
): RigService {
  const { port, hosts, variant, runAs } = options
  const path = options.disk === 'small' ? `/srv/small/${name}` : `/srv/${name}`
  const touch = variant === 'legacy' ? 'uwsgi.ini' : '.reload'
  const run = (address: string) => ['--network', 'host', '-e', `BIND=${address}:${port}`]
  return {
    name,
    port,
    path,
    touch,
    repo,
    hosts,
    revision,
    yaml: {
      repo: repo.url,
      ref: 'main',
      hosts: hosts.map(host => host.name),
      path,
      container: { name, image: image.reference, mount: '/app', run: run('{address}') },
      touch,
      verify: { url: `http://{address}:${port}/`, header: 'X-Revision' },
      preflight: ['python3', '-c', 'import wsgi'],
      ...(runAs && { run_as: runAs }),
    },
    recolour: colour =>
      repo.commit({ files: { 'page.py': page(variant, colour) }, message: `Make it ${colour}` }),
    async runContainer(host) {
      const words = [
        '-d',
        '--name',
        name,
        '--restart',
        'unless-stopped',
        ...run(host.address),
        '-v',
        `${path}:/app`,
      ]
      await host.exec(`docker run ${words.join(' ')} ${image.reference}`)
    },
    async serves(host, wanted, timeoutMs = 20_000, hits = 6) {
      let inARow = 0
      let last = ''
      const ask = async () => {
        last = await host.http(port).then(
          answer => answer.revision ?? `HTTP ${answer.status}`,
          (error: Error) => error.message,
        )
        inARow = last === wanted ? inARow + 1 : 0
        return inARow >= hits || undefined
      }
      await until(`${name} on ${host.name} serves ${wanted}`, ask, timeoutMs).catch((error: Error) => {
        throw new Error(`${error.message}; it answered ${last}`)
      })
    },
  }
}

/** As a person would make it: a clone, the revision written beside it, the file to touch not there yet. */
async function makeCheckout(host: RigHost, service: RigService, owner: string): Promise<void> {
  const { path, repo } = service
  await host.exec(`install -d -o ${owner} -g ${owner} ${path}
    runuser -u ${owner} -- env HOME=/home/${owner} sh -ec 'git clone -q "$1" "$2"; git -C "$2" rev-parse HEAD >"$2/REVISION"' \
      sh '${repo.url}' ${path}`)
}

/** The slow variant keeps its slow import whatever the colour. */
function page(variant: Variant | undefined, colour: string): string {
  return (appFiles(variant ?? 'plain')['page.py'] ?? '').replace('blue', colour)
}

function appFiles(variant: Variant): Readonly<Record<string, string>> {
  return { ...filesIn(APP), ...(variant === 'plain' ? {} : filesIn(join(APP, 'variants', variant))) }
}

function filesIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isFile())
  const named = files.map(({ name }) => [
    name === 'gitignore' ? '.gitignore' : name,
    readFileSync(join(folder, name), 'utf8'),
  ])
  return Object.fromEntries(named)
}
