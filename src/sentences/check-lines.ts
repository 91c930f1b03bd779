import type { Host } from '../order.ts'
import type { Disk, Machine, Place, PlaceCheck, Unanswered } from '../plan/check.ts'
import { targetText } from '../target.ts'
import type { CheckLine } from './check.ts'
import { noRepositoryText } from './check-repository.ts'
import { missingTools } from './missing-tools.ts'
import { oneLine, together } from './outside.ts'
import { ownerText } from './phrases.ts'

const GIB = 1024 * 1024
const LEAST_FREE_KIB = GIB
/** The session's own files are small. */
const LEAST_HOME_KIB = 100 * 1024
const MOST_USED_PERCENT = 95

/** Tools, Docker and the home's disk. */
export function machineLines(machine: Machine | Unanswered, host: Host): readonly CheckLine[] {
  if ('unanswered' in machine) return [problem(`Its tools could not be looked at: ${unanswered(machine)}`)]
  const { missingTools, docker } = machine
  const hasDocker = !missingTools.includes('docker')
  const present = ['flock', 'timeout'].filter(tool => !missingTools.includes(tool))
  const found = [
    ...(machine.git ? [`git ${oneLine(machine.git, 40)}`] : []),
    ...('version' in docker ? [`Docker ${oneLine(docker.version, 40)}`] : []),
    ...present,
  ]
  return [
    ...(found.length > 0 ? [ok(`Has ${together(found)}.`)] : []),
    ...(missingTools.length > 0 ? [problem(missingText(missingTools, host))] : []),
    ...(hasDocker && 'error' in docker ? [problem(dockerText(docker.error, host))] : []),
    ...diskLines(machine.disk, LEAST_HOME_KIB, host, `The home of ${host.user}`),
  ]
}

/** One target's path and repository; lines begin with the target. */
export function placeLines(check: PlaceCheck, host: Host): readonly CheckLine[] {
  const name = targetText(check.target)
  return placeFindings(check, host).map(({ grade, text }) => ({ grade, text: `${name}: ${text}` }))
}

function placeFindings(check: PlaceCheck, host: Host): readonly CheckLine[] {
  const { found, path, repository } = check
  if ('unanswered' in found) return [problem(`${path} could not be looked at: ${unanswered(found)}`)]
  if (found.denied) return [problem(deniedText(found.denied, check, host))]
  const pathProblems = pathProblemsOf(found, check, host)
  const reach =
    repository === undefined
      ? []
      : [
          repository === 'answers'
            ? ok('git on the host can read the repository.')
            : problem(noRepositoryText(repository, check, host)),
        ]
  return [
    ...(pathProblems.length > 0 ? pathProblems.map(problem) : [ok(pathText(found, check))]),
    ...diskLines(found.disk, LEAST_FREE_KIB, host, path),
    ...reach,
  ]
}

function pathText({ checkout, disk }: Place, { path, owner }: PlaceCheck): string {
  const room = disk ? ` ${gib(disk.freeKiB)} GiB are free there.` : ''
  switch (checkout) {
    case 'repo':
      return `${path} is a git checkout and can be written.${room}`
    case 'empty':
      return `${path} is empty and can be written: the first deploy clones into it.${room}`
    case 'none':
    case 'other':
      return `${path} is not there yet and can be made${ownerText(owner)}: the first deploy clones into it.${room}`
  }
}

function pathProblemsOf(found: Place, { path, runAs, owner }: PlaceCheck, host: Host): readonly string[] {
  const user = runAs ?? host.user
  if (found.checkout === 'other') {
    return [
      `${path} holds something that is no git checkout. Move it away, or correct path in touchdown.yml.`,
    ]
  }
  if (found.unseen !== undefined) {
    return [
      `${user} may not enter ${oneLine(found.unseen)}, so whether ${path} is there cannot be seen. On ${host.name}, as root: chmod a+x ${oneLine(found.unseen)}; or correct path in touchdown.yml.`,
    ]
  }
  if (found.checkout === 'none' && found.closed.length > 0) {
    return [
      `${path} is not there, and ${user} may not make it in ${oneLine(found.exists)}. On ${host.name}, as root: install -d -o ${user} ${path}`,
    ]
  }
  if (found.unknownGroup !== undefined) {
    return [
      `${host.name} has no group ${oneLine(found.unknownGroup)}, to which ${path} is to belong. Make it there (groupadd), or correct group in touchdown.yml.`,
    ]
  }
  if (found.makeRule !== undefined) {
    return [
      `${path} is not there, and sudo does not let ${host.user} make it${ownerText(owner)}. On ${host.name}, as root, write into ` +
        `/etc/sudoers.d/touchdown: ${oneLine(found.makeRule, 2_000)}`,
    ]
  }
  const closed = found.closed.map(
    folder =>
      `${user} may not write in ${oneLine(folder)}. On ${host.name}, as root: chown -R ${user} ${path}; or set run_as to its owner.`,
  )
  return closed.length > 0 || !found.gitError ? closed : [gitText(found.gitError, user, path, host)]
}

function gitText(error: string, user: string, path: string, host: Host): string {
  return /dubious ownership/.test(error)
    ? `git refuses ${path}, because another user than ${user} owns it. On ${host.name}, as root: chown -R ${user} ${path}; or set run_as to its owner.`
    : `git cannot use the checkout ${path} (${oneLine(error)}). Move it away: the next deploy clones it anew.`
}

function deniedText(denied: NonNullable<Place['denied']>, { runAs }: PlaceCheck, host: Host): string {
  const user = runAs ?? host.user
  if (/unknown user/.test(denied.says)) {
    return `run_as names ${user}, a user that ${host.name} does not have. Make that user there, or correct run_as.`
  }
  if (/sudo: (?:\S+ )?(?:command )?not found/.test(denied.says)) {
    return `sudo is missing, which run_as needs. Install it on ${host.name} (Debian: apt install sudo).`
  }
  const says = oneLine(denied.says)
  return (
    `sudo does not let ${host.user} start ${together(denied.programs)} as ${user}${says === '' ? '' : ` (${says})`}. On ${host.name}, ` +
    `as root, write into /etc/sudoers.d/touchdown: ${host.user} ALL=(${user}) NOPASSWD: ALL`
  )
}

function dockerText(error: string, host: Host): string {
  if (/permission denied/i.test(error)) {
    return `${host.user} may not use Docker. On ${host.name}, as root: usermod -aG docker ${host.user}; then restart the bot, so that it logs in anew.`
  }
  if (/cannot connect|failed to connect|is the docker daemon running/i.test(error)) {
    return `Docker does not run. On ${host.name}, as root: systemctl start docker; if it ends again, journalctl -u docker says why.`
  }
  return error.trim() === ''
    ? `Docker did not answer within 10 s. On ${host.name}, as root, look at journalctl -u docker, and restart it.`
    : `Docker could not be asked (${oneLine(error)}). Try on ${host.name}, as ${host.user}: docker version`
}

function missingText(tools: readonly string[], host: Host): string {
  const { missing, install } = missingTools(tools)
  return `${missing}. On ${host.name}, as root (Debian): ${install}`
}

function diskLines(disk: Disk | undefined, leastKiB: number, host: Host, what: string): readonly CheckLine[] {
  if (!disk || (disk.freeKiB >= leastKiB && disk.usedPercent <= MOST_USED_PERCENT)) return []
  const mounted = oneLine(disk.mountedAt)
  const isFull = disk.freeKiB < 1024
  return [
    {
      grade: isFull ? 'problem' : 'warning',
      text:
        `${what} lies on a disk (${mounted}) that ${isFull ? 'is full' : `has ${gib(disk.freeKiB)} GiB free and is ${disk.usedPercent} % full`}. ` +
        `Free some space on ${host.name}: df -h and docker system df show what takes it.`,
    },
  ]
}

function gib(kib: number): string {
  const value = kib / GIB
  return value < 0.1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : String(Math.floor(value))
}

function unanswered({ unanswered: why }: Unanswered): string {
  return `${oneLine(why)}. Run touchdown check again.`
}

function ok(text: string): CheckLine {
  return { grade: 'ok', text }
}

function problem(text: string): CheckLine {
  return { grade: 'problem', text }
}
