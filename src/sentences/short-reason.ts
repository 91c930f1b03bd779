import type { Because } from '../because.ts'
import { shortEnd } from './finding.ts'
import { hintFor } from './hints.ts'
import { oneLine } from './outside.ts'

/** Why a host stopped, in a few words of ours for the headline: no words from hosts, nothing to do next. */
export function shortReason(because: Because, at: { readonly host: string; readonly step: string }): string {
  switch (because.kind) {
    case 'unreachable':
      return 'the host cannot be reached'
    case 'host-key-unknown':
      return 'its host key is not pinned'
    case 'host-key-changed':
      return 'its host key is not the pinned one'
    case 'key-rejected':
      return "the host refuses the bot's key"
    case 'no-session':
      return hintFor(because.detail, at)?.short ?? 'the host opened no session'
    case 'target-locked':
      return 'another session works on it'
    case 'host-locked':
      return 'the host is busy'
    case 'stale-fence':
      return 'a newer attempt was there'
    case 'older-records':
      return 'the database went back in time'
    case 'other-installation':
      return 'the host belongs to another installation'
    case 'exit':
      return shortEnd(because.code, because.output, at)
    case 'signal':
      return `ended by ${signalName(because.signal)}`
    case 'link-lost':
      return 'the connection was lost'
    case 'bot-paused':
      return 'the bot itself stood still'
    case 'timed-out':
      return 'nothing more was heard of it'
    case 'time-over':
      return 'its time was over'
    case 'no-marker':
      return "the host's shell ended in the middle"
    case 'tools-missing':
      return `${because.tools.map(tool => oneLine(tool, 20)).join(', ')} missing on the host`
    case 'path-taken':
      return 'the path holds something else'
    case 'container-absent':
      return 'there is no container, and no recorded image to make it from'
    case 'container-restarting':
      return 'the container restarts again and again'
    case 'container-state':
      return `the container is ${oneLine(because.state, 20)}`
    case 'port-unpublished':
      return `the container publishes no port ${because.port}`
    case 'not-served':
      return 'the new revision was not answered'
    case 'not-reloaded':
      return 'no reload was seen'
    case 'container-restarted':
      return 'the container restarted while it was watched'
    case 'secret-missing':
      return `the variable ${because.name} is not set`
    case 'other-revision':
      return 'other code is checked out than was ordered'
    case 'image-unpublished':
      return 'no registry gives the image'
    case 'wrong-image':
      return 'the container has another image than was ordered'
    case 'begun-before':
      return "the attempt before the bot's restart may have changed it"
    case 'fault':
      return 'a fault of the bot itself'
  }
}

export function signalName(signal: string): string {
  return /^[A-Z0-9]{1,12}$/.test(signal) ? signal : 'a signal'
}
