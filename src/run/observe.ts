import { readContainers } from '../plan/facts.ts'
import type { Proving } from '../plan/moves.ts'
import { answerText, type Count, carries, readCount, type Watch } from '../plan/proof.ts'
import { type HostWork, type Stopped, stopped, takeQuietly } from './host-work.ts'

const ASK_LIMIT_MS = 4_000

/** What can be seen of one service on one host while it reloads. Nothing here changes anything. */
export interface Observer {
  readonly url: string | undefined
  /** `none` without an address, too. */
  hit(): Promise<Watch['last'] | Stopped>
  /** The last answer in words. */
  seen(): string
  count(): Promise<Count | Stopped>
  /** Changes whenever the container restarts; undefined when it does not run. */
  startOf(): Promise<string | undefined | Stopped>
}

export function observer(work: HostWork, proving: Proving, url: string | undefined): Observer {
  const { verify, revision } = work.order
  let seen = 'nothing'
  return {
    url,
    seen: () => seen,
    async hit() {
      if (!verify || !url) return 'none'
      const answer = await work.session.ask(url, ASK_LIMIT_MS)
      if (answer.status === 'unanswered' && answer.linkLost) {
        return stopped(proving.name, { kind: 'link-lost', ended: 'never' })
      }
      seen = answerText(answer, verify, revision)
      if (carries(answer, verify, revision)) return 'wanted'
      return answer.status === 'answered' ? 'other' : 'none'
    },
    async count() {
      const result = await takeQuietly(work, proving.reloads)
      return result.kind === 'stopped' ? unproved(proving, result) : readCount(result.output)
    },
    async startOf() {
      const result = await takeQuietly(work, proving.inspect)
      if (result.kind === 'stopped')
        return result.sequence === undefined ? undefined : unproved(proving, result)
      const found = readContainers(result.output).get(proving.replica.name)
      return found?.state === 'running' ? `${found.startedAt} ${found.restarts}` : undefined
    },
  }
}

/** To people what is asked while waiting is part of the proof; how that question itself ended says nothing. */
function unproved({ name }: Proving, { because }: Stopped): Stopped {
  return stopped(name, because.kind === 'link-lost' ? { kind: 'link-lost', ended: 'never' } : because)
}

export function isStopped(value: string | undefined | Count | Stopped): value is Stopped {
  return typeof value === 'object' && 'kind' in value
}
