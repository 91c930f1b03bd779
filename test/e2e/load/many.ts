import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { RigHost } from '../rig/host.ts'
import type { Rig } from '../rig/rig.ts'
import type { RigService } from '../rig/service.ts'

/**
 * So many services on the rig's hosts, one host each: real SSH, git, locks and journals. Docker and the app are stood in for, because
 * a hundred containers would take all of what is measured beside them.
 */
export interface Many {
  readonly services: readonly RigService[]
  /** Other than what is checked out, and in the repository. */
  readonly revisions: readonly string[]
  remove(): Promise<void>
}

export async function manyServices(rig: Rig, name: string, count: number, port: number): Promise<Many> {
  const base = await rig.service(name, { port, container: false })
  const revisions = [await base.recolour('red'), await base.recolour('green'), await base.recolour('white')]
  const services = Array.from({ length: count }, (_, n) => oneOf(base, rig.hosts, n))
  const doors = await Promise.all(
    rig.hosts.map(async host => {
      const here = services.filter(service => service.hosts.includes(host))
      await host.exec(here.map(({ path }) => `cp -a ${base.path} ${path}`).join('\n'))
      await host.wrap('docker', DOCKER)
      return serve(host, port)
    }),
  )
  return {
    services,
    revisions,
    async remove() {
      for (const door of doors) door.close()
      await Promise.all(rig.hosts.map(host => host.unwrap()))
    },
  }
}

function oneOf(base: RigService, hosts: readonly RigHost[], n: number): RigService {
  const host = hosts[n % hosts.length]
  if (!host) throw new Error('The rig has no hosts.')
  const [name, path] = [`${base.name}-${n}`, `${base.path}-${n}`]
  const { preflight, ...yaml } = base.yaml
  return {
    ...base,
    name,
    path,
    hosts: [host],
    yaml: {
      ...yaml,
      hosts: [host.name],
      path,
      container: { name, image: 'example.com/many:1', mount: '/app' },
      verify: { url: `http://{address}:${base.port}${path}`, header: 'X-Revision' },
    },
  }
}

/** Every container that is asked for runs, with the host's network; of nothing else anything is known. */
const DOCKER = `
[ "$1 $2" = "inspect --type" ] || exit 0
shift 3
for name; do
  list="$list\${list:+,}{\\"Id\\":\\"$name\\",\\"Name\\":\\"/$name\\",\\"Image\\":\\"sha256:1\\",\\"Config\\":{\\"Image\\":\\"many\\"},
  \\"RestartCount\\":0,\\"State\\":{\\"Status\\":\\"running\\",\\"StartedAt\\":\\"2025-01-01T00:00:00Z\\"},
  \\"HostConfig\\":{\\"NetworkMode\\":\\"host\\"},\\"NetworkSettings\\":{\\"Ports\\":{}}}"
done
printf '[%s]\\n' "$list"
exit 0`

/** An app that has loaded what was in REVISION when it was asked the last time: the question before the touch gets the old one. */
async function serve(host: RigHost, port: number): Promise<Server> {
  const loaded = new Map<string, string>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const now = host.read(`${path}/REVISION`).trim()
    response.setHeader('X-Revision', loaded.get(path) ?? 'none')
    loaded.set(path, now)
    response.end()
  })
  server.listen(port, host.address)
  await once(server, 'listening')
  return server
}
