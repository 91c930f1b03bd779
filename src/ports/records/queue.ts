import type { Deployment } from '../../deployment.ts'

/** First come, first served: who may start, and who waits for whom. */
export interface QueueRecords {
  /** Queued deployments that no earlier unfinished one shares a host or target with, oldest first. */
  startable(): Promise<readonly Deployment[]>
  /** Unfinished deployments ahead of this one on one of its hosts or its target, oldest first. */
  ahead(id: string): Promise<readonly Deployment[]>
  unfinished(): Promise<readonly Deployment[]>
}

/** Who runs a deployment, and who takes it over. */
export interface ClaimRecords {
  /** Queued → running, by this owner; draws the fence number. Undefined: somebody else was first or it is not queued. */
  claim(id: string, owner: string): Promise<Claimed | undefined>
  /** One of this owner's `orphans`, taken up with a new fence number. Undefined: it is none, or is no more. */
  resume(id: string, owner: string): Promise<Claimed | undefined>
  /** This owner still lives: of these deployments those that it is given back are its own for another lease. Soon, or never. */
  renew(owner: string, ids: readonly string[]): Promise<readonly string[]>
  /** This owner ends: on shared records others need not wait for the leases of what it leaves, commands included. */
  release(owner: string): Promise<void>
  /**
   * Running deployments that nobody else runs any more, oldest first: their lease is over. Where the records are not shared and
   * a `bot:…` asks, every other bot's is, too: it is the only one that lives. The asker's own are among them, for it may have
   * claimed one without getting an answer: which of them it is at it knows itself.
   */
  orphans(owner: string): Promise<readonly Deployment[]>
}

/** The right to run a deployment, as long as nobody has drawn a later fence number for it. */
export interface Claimed {
  readonly deployment: Deployment
  readonly fence: number
  /** That of its first attempt. It has kept its place since: hosts have seen no higher one of its target's but its own. */
  readonly firstFence: number
}

/** The numbers by which hosts turn away whoever is too late. */
export interface FenceRecords {
  /** The last fence number that was given to a run, whatever became of it: hosts have seen none above it. */
  lastFence(): Promise<number>
  /**
   * For records that are an older copy: gives no number up to this one any more, and stops what waits, for it may have begun and
   * been followed by others already. What it has stopped; audited, all of it. Nothing, where they are further already.
   */
  raiseFence(seen: number, by: string): Promise<readonly Deployment[]>
}
