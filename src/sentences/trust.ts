import { oneLine } from './outside.ts'

/** A machine and the key that it offered. `name` is how people and touchdown.yml call it. */
export interface Offer {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly type: string
  readonly fingerprint: string
}

/** The key, and how to see on the machine itself that it is its own. */
export function offerText(offer: Offer): string {
  const { name, address, port, type, fingerprint } = offer
  return [
    `${name === address ? name : `${name} (${address})`}, port ${port}, offers this host key:`,
    `  ${type} ${fingerprint}`,
    '',
    `Compare it with the machine's own before you say yes. On ${name}, at its console or in a session that you trust:`,
    `  ssh-keygen -lf ${publicKeyFile(type)}`,
    'Only when the two fingerprints are the same is it the machine itself that answers.',
  ].join('\n')
}

export const PIN_QUESTION = 'Pin this key? [y/N] '

export function pinnedText({ name, type }: Offer, file: string, isHost: boolean): string {
  const next = isHost ? ` Next: touchdown check shows whether ${name} is ready for deploys.` : ''
  return `Pinned: the ${type} key of ${name} is now in ${file}.${next}`
}

export function alreadyPinnedText({ name, fingerprint }: Offer, where: string): string {
  return `${name} offers ${fingerprint}, which is pinned already, in ${where}. Nothing was changed.`
}

export function notPinnedText({ name }: Offer): string {
  return `Nothing was pinned, so nothing will be sent to ${name}.`
}

/** Loud on purpose: this is what a person in the middle looks like. */
export function changedText(
  { name, fingerprint, type }: Offer,
  pinned: readonly string[],
  file: string,
): string {
  return [
    `WARNING: ${name} OFFERS ANOTHER KEY THAN THE PINNED ONE.`,
    ...pinned.map(pin => `  pinned in ${file}: ${oneLine(pin)}`),
    `  offered now: ${type} ${fingerprint}`,
    `Either ${name} was rebuilt or got new keys, or somebody else answers in its place. Ask whoever runs it, and compare the`,
    'fingerprint as said above. When in doubt, say no.',
  ].join('\n')
}

export function replaceQuestion({ name }: Offer): string {
  return `To put the new key in place of the pinned one, type the host's name (${name}): `
}

export function revokedText({ name, fingerprint }: Offer, file: string): string {
  return (
    `The key that ${name} offers (${fingerprint}) is marked @revoked in ${file}, so it cannot be pinned. Give the host a new key ` +
    '(remove the old ones in /etc/ssh, ssh-keygen -A, restart sshd); if the mark is a mistake, remove that line.'
  )
}

/** Keys in touchdown.yml count before the file: a line there would change nothing. */
export function pinnedInConfigText(offer: Offer, pinned: readonly string[], publicKey: string): string {
  const { name, fingerprint } = offer
  return [
    `WARNING: ${name} OFFERS ANOTHER KEY THAN THE ONE IN touchdown.yml.`,
    ...pinned.map(pin => `  pinned as hosts.${name}.host_key: ${oneLine(pin)}`),
    `  offered now: ${fingerprint}`,
    "Keys in touchdown.yml are changed by hand. If the fingerprint is the machine's own, write there:",
    `  host_key: ${publicKey}`,
  ].join('\n')
}

/** Lines with wildcards are for other hosts, too: only people know what to do with them. */
export function patternText({ name }: Offer, lines: readonly string[], file: string): string {
  return [
    `Nothing was changed, because lines with wildcards in ${file} pin another key for ${name} and may be for other hosts, too:`,
    ...lines.map(line => `  ${oneLine(line)}`),
    'Correct them by hand, then run this again.',
  ].join('\n')
}

export function unofferedText(name: string, address: string, port: number, detail: string): string {
  return (
    `${name}: ${address} port ${port} offered no host key (${oneLine(detail)}). Check that the machine is up and its sshd runs, ` +
    'and that address and port are right.'
  )
}

export function unknownHostText(name: string, near: readonly string[]): string {
  if (name === '')
    return 'Name the host: touchdown trust <host>, a name of touchdown.yml or an address[:port].'
  const guess = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''
  return `${oneLine(name, 80)} is neither a host of touchdown.yml nor an address[:port].${guess}`
}

export function noConfigurationText(name: string, file: string): string {
  return `There is no readable file ${oneLine(file)}, so ${oneLine(name, 80)} is taken for an address.`
}

export function unwrittenText(file: string, detail: string): string {
  return `${file} could not be read or written (${oneLine(detail)}). Correct that, or name another file in SSH_KNOWN_HOSTS.`
}

function publicKeyFile(type: string): string {
  const kind = type.startsWith('ecdsa') ? 'ecdsa' : type === 'ssh-rsa' ? 'rsa' : 'ed25519'
  return `/etc/ssh/ssh_host_${kind}_key.pub`
}
