import { closeSync, openSync, readSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, StoreRefused } from './refused.ts'

/** `TDWN`: SQLite keeps it at a fixed place in the file's header, for programs to know their own files by. */
export const APPLICATION_ID = 0x5444574e

/**
 * Whether the file is ours, from its first bytes alone. SQLite is not asked: to open a database with it can already
 * change the file (a log left by a crash is written back). Throws StoreRefused for everybody else's file.
 */
export function recognise(file: string): 'new' | 'ours' {
  refuseNetworkFilesystem(file)
  const header = firstBytes(file, 100)
  if (header.length === 0) return 'new'
  if (!header.subarray(0, 16).equals(Buffer.from('SQLite format 3\0'))) {
    throw new StoreRefused('foreign', file, 'it is not an SQLite database')
  }
  if (header.length < 100) throw new StoreRefused('corrupt', file, `it ends after ${header.length} bytes`)
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new StoreRefused('foreign', file, 'it is an SQLite database of another program')
  }
  return 'ours'
}

function firstBytes(file: string, count: number): Buffer {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(count)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, count, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw new StoreRefused('unusable', file, `it cannot be read (${codeOf(error)})`)
  }
}

/** SQLite's locks and its shared memory do not hold across machines: two bots would write over each other. */
function refuseNetworkFilesystem(file: string): void {
  const kind = filesystemOf(dirname(file))
  const network = kind === undefined ? undefined : networkFilesystem(kind)
  if (network !== undefined) throw new StoreRefused('network-filesystem', file, `it is on ${network}`)
}

function filesystemOf(directory: string): number | undefined {
  try {
    return statfsSync(directory).type
  } catch {
    return undefined
  }
}

/** The name of a network filesystem by its number in Linux's `statfs`; undefined: a local one. */
export function networkFilesystem(type: number): string | undefined {
  switch (type) {
    case 0x6969:
      return 'NFS'
    case 0x517b:
    case 0xff534d42:
    case 0xfe534d42:
      return 'SMB'
    case 0x01021997:
      return '9P'
    default:
      return undefined
  }
}
