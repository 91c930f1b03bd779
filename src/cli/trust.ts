import { isAddress } from '../config/grammar.ts'
import { nearest } from '../nearest.ts'
import type { Host } from '../order.ts'
import {
  alreadyPinnedText,
  changedText,
  notPinnedText,
  type Offer,
  offerText,
  PIN_QUESTION,
  patternText,
  pinnedInConfigText,
  pinnedText,
  replaceQuestion,
  revokedText,
  unknownHostText,
  unofferedText,
  unwrittenText,
} from '../sentences/trust.ts'
import { fingerprint, type HostKey, pinnedKeys, withoutPins } from '../ssh/known-hosts.ts'
import { type OfferedKey, offeredKey } from '../ssh/offered-key.ts'
import { appendLine, readKnownHosts, replaceText } from './known-hosts-file.ts'

interface Terminal {
  /** The answer to a question; undefined: nobody is there to answer, which is a no. */
  readonly ask: (question: string) => Promise<string | undefined>
  readonly print: (text: string) => void
}

interface Machine {
  readonly name: string
  readonly address: string
  readonly port: number
  /** From touchdown.yml, `type base64`; they count before the file. */
  readonly hostKeys: readonly string[]
  readonly isHost: boolean
}

/**
 * Shows the host key that a machine offers and pins it in the known_hosts file when its reader says so; another key than
 * the pinned one takes a second yes. `name` is that of a host of touchdown.yml, or an address[:port]; `host` is the former.
 * 0: pinned, now or before. 1: not pinned. 2: no such host.
 */
export async function runTrust(
  parts: Terminal & {
    readonly name: string
    readonly host: Host | undefined
    /** All hosts of touchdown.yml. */
    readonly names: readonly string[]
    readonly knownHostsFile: string
  },
): Promise<number> {
  const { name, host, names, knownHostsFile: file, print } = parts
  const machine = host ? { ...host, isHost: true } : machineAt(name)
  if (!machine) {
    print(unknownHostText(name, nearest(name, names)))
    return 2
  }
  try {
    return await trust(machine, file, parts)
  } catch (error) {
    print(unwrittenText(file, messageOf(error)))
    return 1
  }
}

async function trust(machine: Machine, file: string, { ask, print }: Terminal): Promise<number> {
  const { address, port, isHost } = machine
  const text = await readKnownHosts(file)
  const { keys, revoked } = pinnedKeys(text, address, port)
  const configured = machine.hostKeys.map(keyFrom)
  const pins = configured.length > 0 ? configured : keys
  const key = await offeredBy(machine, pins, print)
  if (!key) return 1
  const offer: Offer = { ...machine, type: key.type, fingerprint: key.fingerprint }

  if (revoked.some(blob => blob.equals(key.blob))) return no(print, revokedText(offer, file))
  if (pins.some(pin => pin.blob.equals(key.blob))) {
    print(alreadyPinnedText(offer, configured.length > 0 ? 'touchdown.yml' : file))
    return 0
  }
  print(offerText(offer))
  if (configured.length > 0) {
    return no(print, pinnedInConfigText(offer, configured.map(described), publicKeyOf(key)))
  }
  if (keys.length > 0) print(changedText(offer, keys.map(described), file))
  const { patterns } = withoutPins(text, address, port)
  if (patterns.length > 0) return no(print, patternText(offer, patterns, file))
  if (!isYes(await ask(PIN_QUESTION))) return no(print, notPinnedText(offer))
  if (keys.length === 0) await appendLine(file, key.line)
  else {
    if ((await ask(replaceQuestion(offer)))?.trim() !== machine.name) return no(print, notPinnedText(offer))
    // Read again: a person may have taken a while, and other programs write this file, too.
    const rest = withoutPins(await readKnownHosts(file), address, port).text
    await replaceText(file, `${rest.replace(/([^\n])$/, '$1\n')}${key.line}\n`)
  }
  print(pinnedText(offer, file, isHost))
  return 0
}

function machineAt(name: string): Machine | undefined {
  const place = placeFrom(name)
  return place && { ...place, name, hostKeys: [], isHost: false }
}

/** `address`, `address:port`, `[address]:port`; a bare IPv6 address has no port. */
function placeFrom(text: string): { readonly address: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::([0-9]{1,5}))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text
  const port = Number(digits ?? 22)
  return isAddress(address) && port >= 1 && port <= 65_535 ? { address, port } : undefined
}

async function offeredBy(
  { name, address, port }: Machine,
  pins: readonly HostKey[],
  print: Terminal['print'],
): Promise<OfferedKey | undefined> {
  const types = pins.map(pin => pin.type)
  return offeredKey(address, port, types).catch(error => {
    print(unofferedText(name, address, port, messageOf(error)))
    return undefined
  })
}

function keyFrom(text: string): HostKey {
  const [type = '', base64 = ''] = text.split(/\s+/)
  return { type, blob: Buffer.from(base64, 'base64') }
}

function described({ type, blob }: HostKey): string {
  return `${type} ${fingerprint(blob)}`
}

function publicKeyOf({ type, blob }: OfferedKey): string {
  return `${type} ${blob.toString('base64')}`
}

function isYes(answer: string | undefined): boolean {
  return /^y(?:es)?$/i.test(answer?.trim() ?? '')
}

function no(print: Terminal['print'], text: string): 1 {
  print(text)
  return 1
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
