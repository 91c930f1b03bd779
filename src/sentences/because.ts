import type { Because, UnheardEnd } from '../because.ts'
import { verbOf } from '../plan/replica.ts'
import { shortRevision } from '../revision.ts'
import type { TargetId } from '../target.ts'
import { forAsker, unheardLook } from './asked.ts'
import { secondsText } from './duration.ts'
import { findingOf, tellingLine } from './finding.ts'
import { hintFor } from './hints.ts'
import { missingTools } from './missing-tools.ts'
import { CATCH_UP_TEXT, olderRecordsText } from './older-records.ts'
import { oneLine, revisionOr } from './outside.ts'
import { sentence } from './phrases.ts'
import { signalName } from './short-reason.ts'

/** Where it happened. `target` lets a sentence name the target's files on the host. */
export interface Place {
  readonly host: string
  readonly step: string
  readonly target?: TargetId | undefined
  /** It was only asked, for a dry run, an approval or the status: nothing was deployed. */
  readonly isAsked?: boolean
}

/** Why a host did not do what was ordered, and what to do next: `web2: …`. One line, safe to show; not escaped for Slack. */
export function becauseText(because: Because, at: Place): string {
  return `${at.host}: ${at.isAsked ? (unheardLook(because, at) ?? forAsker(told(because, at))) : told(because, at)}`
}

function told(because: Because, at: Place): string {
  const { host, step } = at
  switch (because.kind) {
    case 'unreachable':
      return (
        `${addressText(because)} could not be reached (${oneLine(because.detail)}). Check that the host is up, that its ` +
        'address and port in touchdown.yml are right, and that this machine may connect to it; then deploy again.'
      )
    case 'host-key-unknown':
      return `the key it offers (${oneLine(because.offered)}) is not pinned, so nothing was sent to it. If this is the host's own key, run: touchdown trust ${host}`
    case 'host-key-changed':
      return hostKeyChanged(because, host)
    case 'key-rejected':
      return (
        `it refuses the bot's key for the user ${because.user}. The public key that belongs to the file of SSH_KEY ` +
        `(ssh-keygen -y -f <that file> prints it) must be a line of ~/.ssh/authorized_keys of ${because.user} on ${host}.`
      )
    case 'no-session': {
      const hint = hintFor(because.detail, at)
      if (hint)
        return `it opened no session for deploying: ${hint.short} (${oneLine(because.detail)}). ${hint.remedy}`
      return (
        `it opened no session for deploying (${oneLine(because.detail)}). Log in as the bot's user, check that sh, flock and ` +
        'timeout work there and that ~/.touchdown can be written, and deploy again.'
      )
    }
    case 'target-locked':
      return `another session still works on this target there${holderText(because.holder)}. Nothing was changed. Deploy again when it has ended.`
    case 'host-locked':
      return `other work kept the host busy too long${holderText(because.holder)}. What runs was not changed. Deploy again when it has ended.`
    case 'stale-fence':
      return (
        `a newer attempt of this installation was there before (${oneLine(because.found)}), so nothing was changed: another run ` +
        'has taken over while this bot was paused or cut off. Deploy again.'
      )
    case 'older-records':
      return `${olderRecordsText(because)} Nothing was changed. ${CATCH_UP_TEXT}`
    case 'other-installation':
      return (
        `another installation of Touchdown deploys this target there (${oneLine(because.found)}), so nothing was changed. To adopt the host, ` +
        `make sure that the other installation is gone, then run on ${host}: rm ${fencePath(at)}`
      )
    case 'exit':
      return `${step} failed ${found(because.code, because.output, at)}`
    case 'signal':
      return because.signal.endsWith('KILL')
        ? `${step} was ended by ${signalName(because.signal)}. A host that runs out of memory does that (dmesg says so). Deploy again when there is enough.`
        : `${step} was ended by ${signalName(because.signal)}. Find out who or what sent it on ${host}, and deploy again.`
    case 'link-lost':
      return `the connection was lost at ${step}. ${endedText(because.ended, at)}`
    case 'bot-paused':
      return (
        `this bot stood still for more than 20 s (its process or its machine was stopped), and the host's shell waits no longer, so ${step} ` +
        `was not heard of. ${endedText(because.ended, at)}`
      )
    case 'timed-out':
      return `nothing was heard of ${step} for ${secondsText(because.afterMs)}, so it is not known how it ended. Look at the host, then deploy again: every step can be repeated.`
    case 'time-over':
      return timeOver(because.output, at)
    case 'no-marker':
      return `the host's shell ended in the middle of ${step}, so it is not known how the step ended. Find out what ended it (a reboot, a lack of memory, a person), and deploy again: every step can be repeated.`
    case 'tools-missing':
      return toolsMissing(because.tools, host)
    case 'path-taken':
      return `${because.path} holds something that is no git checkout. Nothing was changed. Move it away, or correct path in touchdown.yml, and deploy again.`
    case 'container-absent':
      return `there is no container ${because.container}, and no image digest is recorded for this target to make it from. Deploy with --container or --full, which make one.`
    case 'container-restarting':
      return `the container ${because.container} restarts again and again${lastWords(because.output)}. Correct what ends it (docker logs ${because.container}) and deploy again.`
    case 'container-state':
      return `the container ${because.container} is ${oneLine(because.state, 20)}, which no deploy can mend. Look at docker inspect ${because.container} on ${host}, start or remove it, and deploy again.`
    case 'port-unpublished':
      return `the container ${because.container} publishes no port ${because.port}, so it could not be asked what it serves. Publish the port (run: ["-p", "${because.port}"]), or correct {port:${because.port}} in verify.url.`
    case 'not-served':
      return notServed(because)
    case 'not-reloaded':
      return (
        `no reload was seen within ${secondsText(because.afterMs)} of the touch, so the old code may still run. Check that uWSGI watches ` +
        "the reload file (touch-reload), and what the app's log says."
      )
    case 'container-restarted':
      return `the container ${because.container} restarted while it was watched, so the new code may not hold. docker logs ${because.container} on ${host} says why; correct that and deploy again.`
    case 'secret-missing':
      return `the container needs the variable ${because.name}, which is not set in the bot's environment. Set it, restart the bot and deploy again.`
    case 'other-revision':
      return (
        `${because.found === undefined ? 'no commit is checked out' : `${shortRevision(because.found)} is checked out`}, but the new container was ordered ` +
        `for ${shortRevision(because.wanted)}, so it would serve other code than that. Nothing was changed. Deploy with --full, which brings the code, too.`
      )
    case 'image-unpublished':
      return `no registry gives the image ${oneLine(because.image)}, so other hosts could not run what ${host} has. Push it to its registry, or deploy on ${host} alone.`
    case 'wrong-image':
      return (
        `the container was made from ${oneLine(because.found ?? 'an image without a digest')}, not from ${oneLine(because.wanted)} as ordered. ` +
        `Somebody or something else made it meanwhile: find out what, and deploy again.`
      )
    case 'begun-before':
      return 'its turn did not come again after the restart of the bot, and the attempt before may have changed it. Deploy again to finish it, or deploy the earlier commit to take it back.'
    case 'fault':
      return `the bot itself failed${step === 'bot' ? '' : ` at ${step}`} (${oneLine(because.detail)}). Its log has more. Deploy again; if it comes back, report it.`
  }
}

function addressText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function hostKeyChanged(because: Because & { kind: 'host-key-changed' }, host: string): string {
  const offered = oneLine(because.offered)
  if (because.pinned.includes(because.offered)) {
    return `the key it offers (${offered}) is revoked in the known_hosts file. Give the host a new key, then run: touchdown trust ${host}`
  }
  const isMany = because.pinned.length > 1
  const pinned = because.pinned.map(pin => oneLine(pin)).join(', ')
  return (
    `the key it offers (${offered}) is not ${isMany ? 'one of the pinned ones' : 'the pinned one'} (${pinned}). ` +
    `If the host was rebuilt, run: touchdown trust ${host}`
  )
}

function holderText(holder: string): string {
  const line = oneLine(holder)
  return line === '' ? '' : ` (${line})`
}

function fencePath({ target }: Place): string {
  const name = target ? `${target.service}.${target.environment}` : '<service>.<environment>'
  return `~/.touchdown/targets/${name}/fence`
}

/** `(exit code 128): …`, with the remedy when one is known. */
function found(code: number, output: string, at: Place): string {
  const finding = findingOf(code, output, at)
  if (finding) return `(exit code ${code}): ${finding.short}. ${finding.remedy}`
  const line = tellingLine(output)
  return `(exit code ${code})${line === '' ? '.' : `: ${sentence(line)}`} Correct this on ${at.host} and deploy again.`
}

function endedText(ended: UnheardEnd, { host, step }: Place): string {
  switch (ended) {
    case 'never':
      if (verbOf(step) === 'verify')
        return `${host} had the new commit by then, and may have loaded it since. Deploy again to prove it.`
      return `${host} has no record that a step ended. Deploy again: every step can be repeated.`
    case 'still-running':
      return `The step is still running there and holds its lock. Wait until it has ended, then deploy again.`
    case 'not-known':
      return `${host} could not be asked how the step ended. Deploy again when it can be reached: every step can be repeated.`
    default:
      return ended.code === 0
        ? `${host} finished ${step} by itself, and nothing after it. Deploy again to do the rest.`
        : `${step} ended there by itself with exit code ${ended.code}, and nothing came after it. Deploy again: every step can be repeated.`
  }
}

function timeOver(output: string, at: Place): string {
  const finding = findingOf(undefined, output, at)
  const line = tellingLine(output)
  const seen = finding?.short ?? line
  const next = finding?.remedy ?? `Find out what keeps it on ${at.host}, and deploy again.`
  return `${at.step} took longer than it may, and the host ended it${seen === '' ? '' : `: ${seen}`}. ${next}`
}

function toolsMissing(tools: readonly string[], host: string): string {
  const { missing, install } = missingTools(tools)
  return `${missing} there. Install what is missing on ${host} (Debian: ${install}) and deploy again.`
}

function lastWords(output: string): string {
  const line = tellingLine(output)
  return line === '' ? '' : `; the last words of its logs: ${line}`
}

function notServed(because: Because & { kind: 'not-served' }): string {
  const seen = revisionOr(because.seen)
  return (
    `${oneLine(because.url)} did not answer ${revisionOr(because.wanted)} within ${secondsText(because.afterMs)}; the last answer was: ${seen}. ` +
    "Look at the app's log, and check that it reloads when the reload file is touched and says its revision where verify looks."
  )
}
