import { must } from './command.ts'
import { inside, type Namespace } from './namespace.ts'

/** A network cable between the machine and a host with a network of its own. It is gone with the host. */
export interface Wire {
  /** Its name on the machine. */
  readonly name: string
  readonly address: string
  /** The machine, as the host sees it. */
  readonly gateway: string
}

/** The machine answers at it from now on, whichever cable the question comes through. */
export async function addGateway(gateway: string): Promise<void> {
  await must(['ip', 'address', 'replace', `${gateway}/32`, 'dev', 'lo'])
}

export async function removeGateway(gateway: string): Promise<void> {
  await must(['sh', '-c', 'ip address del "$1/32" dev lo 2>/dev/null || :', 'sh', gateway])
}

export async function connect(namespace: Namespace, { name, address, gateway }: Wire): Promise<void> {
  const pid = String(namespace.initPid)
  await must(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid])
  await must(['ip', 'link', 'set', name, 'up'])
  await must([
    ...[...inside(namespace), 'sh', '-ec'],
    `ip link set lo up; ip link set eth0 up; ip address add "$1/32" dev eth0
     ip route add "$2" dev eth0; ip route add default via "$2"`,
    ...['sh', address, gateway],
  ])
  await must(['ip', 'route', 'add', `${address}/32`, 'dev', name, 'src', gateway])
}
