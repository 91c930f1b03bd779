import { type Dirent, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

/**
 * A place for one rig: folder, addresses 127.0.<net>.*, registry port. Several rigs may run on one machine.
 * It is taken by listening on one of its addresses: the kernel frees it however its owner ends.
 */
export interface Slot {
  readonly dir: string
  /** `127.0.20` */
  readonly net: string
  /** `10.213.20`, for hosts with networks of their own. */
  readonly ownNet: string
  readonly registryPort: number
  /** Folder under each controller in /sys/fs/cgroup. */
  readonly cgroup: string
}

const ROOT = process.env['TOUCHDOWN_E2E_DIR'] ?? '/var/lib/touchdown-e2e'
const SLOTS = 20

export async function takeSlot(): Promise<{ readonly slot: Slot; readonly held: Server }> {
  for (let number = 0; number < SLOTS; number++) {
    const slot: Slot = {
      dir: join(ROOT, String(number)),
      net: `127.0.${20 + number}`,
      ownNet: `10.213.${20 + number}`,
      registryPort: 5020 + number,
      cgroup: `touchdown-e2e-${number}`,
    }
    const held = await listen(`${slot.net}.254`)
    if (held !== undefined) return { slot, held }
  }
  throw new Error(`All ${SLOTS} places for test hosts are taken: end the other runs first.`)
}

function listen(address: string): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(2222, address, () => resolve(server.unref()))
  })
}

/** Removes what a run left: its processes and mounts ended with it; files and cgroups stay behind. The registry's images are kept. */
export function cleanSlot(slot: Slot): void {
  for (const { name } of list(slot.dir)) {
    if (name !== 'registry') rmSync(join(slot.dir, name), { recursive: true, force: true })
  }
  const controllers = list('/sys/fs/cgroup').filter(entry => entry.isDirectory())
  for (const { name } of controllers) removeCgroup(join('/sys/fs/cgroup', name, slot.cgroup))
  removeCgroup(join('/sys/fs/cgroup', slot.cgroup))
}

function removeCgroup(path: string): void {
  for (const entry of list(path)) if (entry.isDirectory()) removeCgroup(join(path, entry.name))
  try {
    rmdirSync(path)
  } catch {
    // Not there, or the kernel still counts a process that is ending: the next start tries again.
  }
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
