import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestBot } from './bot.ts'
import { recordsOf } from './records.ts'
import type { Rig } from './rig/rig.ts'
import { sharedRigState } from './shared-rig.ts'

/** Everything that starting something would change. Two of them are compared whole. */
export interface Footprint {
  /** Lines of each machine's sshd log: one for every connection that got in, the git server's among them. */
  readonly connections: Readonly<Record<string, number>>
  /** Lines of each host's journal. */
  readonly steps: Readonly<Record<string, number>>
  /** Page faults of the bot's ended children, and those that live: any program that it started shows here. */
  readonly children: string
  readonly mirrors: readonly string[]
  readonly deployments: number
}

export function footprintOf(rig: Rig, bot: TestBot): Footprint {
  const { hosts, git } = sharedRigState()
  const machines = [
    ...hosts.map(({ name, dir }) => [name, dir] as const),
    ['git', dirname(git.repos)] as const,
  ]
  const connections = machines.map(([name, dir]) => [name, linesIn(join(dir, 'sshd.log'))])
  return {
    connections: Object.fromEntries(connections),
    steps: Object.fromEntries(rig.hosts.map(host => [host.name, host.journal().length])),
    children: childrenOf(bot.pid()),
    mirrors: mirrorsOf(bot),
    deployments: recordsOf(bot).deployments.length,
  }
}

/** What is the same when nothing was started but the repository was asked: for refs that only it can know. */
export function onHostsOnly({ connections, steps, deployments }: Footprint) {
  const { git, ...hosts } = connections
  return { connections: hosts, steps, deployments }
}

function linesIn(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length
}

/** proc(5): field 11 of stat, cminflt. The program's name may hold anything, so it is counted from its closing bracket. */
function childrenOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [, , , , , , , , , faults] = stat.slice(stat.lastIndexOf(')') + 1).split(' ')
  const living = readdirSync(`/proc/${pid}/task`).map(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'),
  )
  return `${faults} ${living.join('')}`
}

function mirrorsOf(bot: TestBot): readonly string[] {
  try {
    return readdirSync(join(bot.folder, 'cache', 'touchdown'))
  } catch {
    return []
  }
}
