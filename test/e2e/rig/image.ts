import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './command.ts'
import { inside, type Namespace } from './namespace.ts'

export interface Image {
  /** `127.0.0.1:5020/touchdown-e2e` */
  readonly name: string
  readonly tag: string
  /** `sha256:…`, as the registry knows it. */
  readonly digest: string
  /** name@digest */
  readonly reference: string
}

const CACHE = process.env['TOUCHDOWN_E2E_CACHE'] ?? '/var/cache/touchdown-e2e'
const ROOTFS = join(import.meta.dirname, 'rootfs.sh')

/** In the registry already (its files stay from run to run), or made of this machine's uWSGI and pushed by one host's engine. */
export async function ensureImage(builder: Namespace, registry: string): Promise<Image> {
  const name = `${registry}/touchdown-e2e`
  const tag = await imageKey()
  const digest = (await digestOf(registry, tag)) ?? (await pushImage(builder, registry, name, tag))
  return { name, tag, digest, reference: `${name}@${digest}` }
}

async function pushImage(builder: Namespace, registry: string, name: string, tag: string): Promise<string> {
  mkdirSync(CACHE, { recursive: true })
  const tar = join(CACHE, `${tag}.tar`)
  if (!existsSync(tar)) await must(['bash', ROOTFS, tar])
  const settings = ['ENV PATH=/usr/bin:/bin', 'ENV PYTHONDONTWRITEBYTECODE=1', 'CMD ["sh","/app/start.sh"]']
  const changes = settings.flatMap(setting => ['-c', setting])
  await must([...inside(builder), 'docker', 'import', ...changes, tar, `${name}:${tag}`])
  await must([...inside(builder), 'docker', 'push', '-q', `${name}:${tag}`])
  const digest = await digestOf(registry, tag)
  if (digest === undefined)
    throw new Error(`the registry at ${registry} does not have ${name}:${tag} after a push`)
  return digest
}

/** Changes when the recipe or this machine's packages change. */
async function imageKey(): Promise<string> {
  const packages = ['uwsgi-core', 'uwsgi-plugin-python3', 'python3-minimal', 'libc6']
  const versions = await must(['dpkg-query', '-W', ...packages])
  return createHash('sha256').update(versions).update(readFileSync(ROOTFS)).digest('hex').slice(0, 12)
}

async function digestOf(registry: string, tag: string): Promise<string | undefined> {
  const response = await fetch(`http://${registry}/v2/touchdown-e2e/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  })
  return (response.ok && response.headers.get('docker-content-digest')) || undefined
}
