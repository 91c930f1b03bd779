import type { RigHost } from './host.ts'
import type { Rig } from './rig.ts'

/** What an image differs in from the rig's own: changes as `docker commit` takes them. */
export const IMAGES = {
  good: ['EXPOSE 8000'],
  // Runs, and serves only after it has counted as well.
  late: ['CMD ["sh","-c","sleep 4; exec sh /app/start.sh"]'],
  ends: ['CMD ["sh","-c","echo no luck; sleep 2; exit 3"]'],
  unhealthy: ['HEALTHCHECK --interval=1s --retries=1 CMD exit 1'],
} as const

let made = 0

/** Pushes another image under `<repository>:latest`, as a build would; its digest. */
export async function push(
  { registry, image }: Rig,
  builder: RigHost,
  repository: string,
  kind: keyof typeof IMAGES = 'good',
): Promise<string> {
  const name = `${registry}/${repository}:latest`
  const changes = [...IMAGES[kind], `LABEL made=${++made}`].map(change => `--change '${change}'`).join(' ')
  await builder.exec(`docker create --name made-${repository} ${image.reference} >/dev/null
    docker commit ${changes} made-${repository} ${name} >/dev/null
    docker rm made-${repository} >/dev/null && docker push -q ${name}`)
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/latest`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  })
  const digest = response.headers.get('docker-content-digest')
  if (!digest) throw new Error(`the registry has no ${repository}`)
  return digest
}
