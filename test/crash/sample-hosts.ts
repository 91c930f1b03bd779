import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SampleHost, startHost } from '../../demo/hosts/host.ts'
import type { Host } from './world.ts'

const BUILT = join(import.meta.dirname, '../../dist/demo/hosts/host.js')

/** As JavaScript, as `npm run build` made it: hosts start programs that lie beside it. */
export async function startHosts(
  folder: string,
  publicKey: string,
  marker: Readonly<Record<string, string>>,
): Promise<readonly SampleHost[]> {
  const built: { readonly startHost: typeof startHost } = await import(pathToFileURL(BUILT).href)
  return Promise.all(
    ['web1', 'web2', 'stage1'].map(name => built.startHost(name, join(folder, name), publicKey, marker)),
  )
}

export function sampleHost({ name, url }: SampleHost, root: string): Host {
  return {
    name,
    journal: async () => linesIn(join(root, '.touchdown/journal')),
    serves: async () => (await fetch(url)).headers.get('x-revision') ?? undefined,
  }
}

function linesIn(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
