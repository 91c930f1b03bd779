import type { Note } from '../event.ts'
import type { Order } from '../order.ts'
import { shortRevision } from '../revision.ts'
import { beforeText, causeText } from './back.ts'
import { becauseText } from './because.ts'
import { shutOutText } from './drained.ts'
import { secondsText } from './duration.ts'
import { oneLine, revisionOr, together } from './outside.ts'
import { upTo } from './phrases.ts'

/** A note with its host's name in front. */
export function noteLine(host: string, note: Note, order: Order): string {
  return note.kind === 'also-stopped'
    ? becauseText(note.because, { host, step: note.step, target: order.target })
    : `${host}: ${noteText(note, order)}`
}

/** What is worth knowing and no failure; says how to get kept things back. */
export function noteText(note: Exclude<Note, { kind: 'also-stopped' }>, order: Order): string {
  const git = `${order.runAs === undefined ? '' : `sudo -u ${order.runAs} `}git -C ${order.path}`
  switch (note.kind) {
    case 'origin-corrected':
      return note.from === ''
        ? `the checkout had no origin; it fetches from ${oneLine(note.to)} now, as touchdown.yml says`
        : `the checkout fetched from ${oneLine(note.from)}; it fetches from ${oneLine(note.to)} now, as touchdown.yml says`
    case 'edits-kept':
      return `edits made on the host were kept in ${oneLine(note.ref)}. To get them back there: ${git} stash apply ${oneLine(note.ref)}`
    case 'commits-kept':
      return `commits that are on this host only, up to ${revisionOr(note.head)}, were kept in ${oneLine(note.ref)}. To see them there: ${git} log ${oneLine(note.ref)}`
    case 'files-kept':
      return (
        `${note.files.length === 1 ? '1 file that was in the way was' : `${note.files.length} files that were in the way were`} copied to ` +
        `${note.directory}: ${upTo(
          note.files.map(file => oneLine(file, 100)),
          10,
        ).join(', ')}. ` +
        `To get them back there: cp -a ${note.directory}/. ${order.path}/`
      )
    case 'index-lock-removed':
      return `a git that had died left ${order.path}/.git/index.lock, so it was removed: it was older than ten minutes, and no git ran on the host`
    case 'revision-file-tracked':
      return 'the repository has a file REVISION of its own, so none was written; what the app says of its revision is up to that file'
    case 'already-answered':
      return `${shortRevision(order.revision)} was answered before the reload file was touched, so the answers cannot show the reload`
    case 'touched-again':
      return `no reload was seen for ${secondsText(note.afterMs)}, so the reload file was touched again`
    case 'reload-by-reset':
      return `the reset itself changed ${oneLine(note.file)} and so set off a reload; that one was let pass before the touch`
    case 'put-back':
      return putBackText(note)
    case 'mount-stale':
      return `the container ${note.container} saw an older folder than ${order.path}, so it was restarted`
    case 'digest-unknown':
      return "the container's image has no digest of a registry, so the container cannot be made again by itself should it be removed"
    case 'containers-left':
      return (
        `${together(note.containers.map(name => oneLine(name, 80)))} ${note.containers.length === 1 ? 'is' : 'are'} not among the containers of this service any more, ` +
        `but run${note.containers.length === 1 ? 's' : ''} on, with the code that was loaded last. When nothing asks for ${note.containers.length === 1 ? 'it' : 'them'} any more: docker rm -f ${note.containers.map(name => oneLine(name, 80)).join(' ')}`
      )
    case 'let-in':
      return `${oneLine(note.container, 80)} had been drained and not let in again. It runs well, so it was let in`
    case 'shut-out':
      return shutOutText(note.containers, order.target)
    case 'pulled-elsewhere': {
      const failed = note.failed.map(from => oneLine(from)).join(' and ')
      return note.from === undefined
        ? `the image that the host had is used, because ${failed} did not give one`
        : `the image was pulled from ${oneLine(note.from)}, because ${failed} did not give it`
    }
    case 'left-replaced':
      return `${together(note.containers.map(name => oneLine(name, 80)))} ${note.containers.length === 1 ? 'was' : 'were'} not put back, because another container of this host could not be brought back: nothing else may serve there. When that one runs again, deploy again`
    case 'container-put-back':
      return containerText(note)
    case 'putting-back':
      return `is put back to ${beforeText(order, note.revision)}, ${causeText(note.cause)}`
    case 'swapped':
      return `${note.container}: ${secondsText(note.gapMs)} passed from the stop of the old container until the new one was healthy`
  }
}

function containerText({ container, old }: Note & { kind: 'container-put-back' }): string {
  switch (old) {
    case 'running':
      return `the old container ${container} was put back and runs again`
    case 'stopped':
      return `the old container ${container} was put back; it does not run, as before`
    case 'none':
      return `the new container was taken away; there was no container ${container} before`
  }
}

function putBackText({ revision, loadedBy }: Note & { kind: 'put-back' }): string {
  const old = revisionOr(revision)
  const sure = `Deploy ${old} to be sure that it is what runs`
  switch (loadedBy) {
    case undefined:
      return `${old} was put back; the new code was not loaded`
    case 'reset':
      return `${old} was put back, but the commit changes the reload file, so the reset had set off a reload by itself and the new code may have been loaded. ${sure}`
    case 'replaced':
      return `${old} was put back`
    case 'start':
      return `${old} was put back, but the container had been started with the new code before. ${sure}`
  }
}
