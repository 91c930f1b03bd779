import type { Deployment } from '../deployment.ts'
import type { Order } from '../order.ts'
import { shortRevision } from '../revision.ts'
import { targetText } from '../target.ts'
import { endedText } from './ended.ts'
import { oneLine } from './outside.ts'
import { hostsText } from './phrases.ts'
import type { View } from './view.ts'

/** The one line that says how a deployment stands. Holds no words from hosts; the weakest proof decides its own. */
export function headlineText(view: View): string {
  const { order, isRollback, cancelledBy, resumes } = view.deployment
  const revision = shortRevision(order.revision)
  const hosts = hostsText(order.hosts.length)
  const name = targetText(order.target)
  switch (view.phase.kind) {
    case 'awaiting':
      return `${name}: waiting for an approval of the ${orderedText(view.deployment, hosts)}`
    case 'queued': {
      const { position, behind } = view.phase
      const place = position > 0 ? `, number ${position}` : ''
      return `${name}: ${isRollback ? `rollback to ${revision} ` : ''}waiting for its turn${place}${behindText(behind)}`
    }
    case 'running': {
      const again = resumes > 0 || view.found.length > 0 ? ', taken up again' : ''
      const stop = cancelledBy === undefined ? '' : `; ${cancelledBy} cancelled it, so no further host begins`
      const doing = isRollback ? `rolling back to ${revision}${inNewContainer(order)} on` : doingText(order)
      return `${name}: ${doing} ${hosts}${again}${stop}`
    }
    case 'stalled': {
      const what = orderedText(view.deployment, hosts)
      return `${name}: the ${what} was interrupted, and waits for Resume or Leave`
    }
    case 'ended':
      return `${name}${isRollback && view.phase.ending !== 'succeeded' ? ': the rollback' : ''} ${endedText(view, view.phase)}`
  }
}

/** `rollback to 4f2c1ab on 2 hosts`, `full deploy of 4f2c1ab to web1`: what is asked for, where it is to be approved. */
export function orderedText(
  { order, isRollback }: Pick<Deployment, 'order' | 'isRollback'>,
  hosts?: string,
): string {
  const revision = shortRevision(order.revision)
  const [what, to] = isRollback
    ? [`rollback to ${revision}${inNewContainer(order)}`, 'on']
    : [`${order.kind} deploy of ${revision}`, 'to']
  return hosts === undefined ? what : `${what} ${to} ${hosts}`
}

function inNewContainer({ kind }: Order): string {
  return kind === 'code' ? '' : ' in a new container'
}

function doingText(order: Order): string {
  const revision = shortRevision(order.revision)
  switch (order.kind) {
    case 'code':
      return `deploying ${revision} to`
    case 'container':
      return `replacing the container of ${revision} on`
    case 'full':
      return `deploying ${revision} in a new container to`
  }
}

/** At most three names are listed. */
export function behindText(behind: readonly string[]): string {
  if (behind.length === 0) return ''
  const names = behind.slice(0, 3).map(name => oneLine(name, 60))
  const more = behind.length > 3 ? ` and ${behind.length - 3} more` : ''
  return `, behind ${names.join(', ')}${more}`
}

export interface StatusWord {
  readonly word: string
  readonly tone: 'waiting' | 'running' | 'good' | 'bad' | 'warning'
}

/** For the emoji and the word beside it. */
export function statusWord(view: View): StatusWord {
  if (view.phase.kind === 'awaiting') return { word: 'waiting for approval', tone: 'waiting' }
  if (view.phase.kind === 'queued') return { word: 'waiting', tone: 'waiting' }
  if (view.phase.kind === 'stalled') return { word: 'waiting for Resume or Leave', tone: 'warning' }
  if (view.phase.kind === 'running') return { word: 'running', tone: 'running' }
  switch (view.phase.ending) {
    case 'succeeded':
      return { word: 'succeeded', tone: 'good' }
    case 'failed':
      return { word: 'failed', tone: 'bad' }
    case 'partial':
      return { word: 'ended partly', tone: 'bad' }
    case 'interrupted':
      return { word: 'interrupted', tone: 'warning' }
    case 'cancelled':
      return { word: 'cancelled', tone: 'warning' }
    case 'rejected':
      return { word: 'rejected', tone: 'warning' }
    case 'expired':
      return { word: 'expired', tone: 'warning' }
    case 'void':
      return { word: 'given up', tone: 'warning' }
  }
}
