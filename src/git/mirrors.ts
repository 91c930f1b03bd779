import { mkdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Mirrors } from '../ports/mirrors.ts'
import { refuse } from '../refusal.ts'
import { changedFiles, changesBetween } from './changes.ts'
import { openGit } from './git.ts'
import { openLink } from './link.ts'
import { type Mirror, openMirror } from './mirror.ts'
import { resolveRef } from './resolve.ts'
import { GitTrouble } from './trouble.ts'

export interface MirrorsOptions {
  /** Made when absent. Several processes may share it. */
  readonly cacheDirectory: string
  /** GIT_KEY; undefined: ssh's own keys and agent. */
  readonly keyFile: string | undefined
  readonly knownHostsFile: string
  /** For the log: what went wrong and was mended. */
  readonly onProblem?: (problem: string) => void
  /** Waits before a retry; with jitter, so that a hundred commands do not come back together. */
  readonly pause?: (retry: number) => Promise<void>
}

/** Throws when the cache directory cannot be made, or a path cannot be given to ssh. */
export async function openMirrors(options: MirrorsOptions): Promise<Mirrors> {
  await mkdir(options.cacheDirectory, { recursive: true, mode: 0o700 })
  const stop = new AbortController()
  const link = await openLink(options)
  const queue = new PQueue({ concurrency: 8 })
  const world = {
    git: openGit(stop.signal),
    link,
    queue,
    cacheDirectory: options.cacheDirectory,
    onProblem: options.onProblem ?? (() => undefined),
    pause: options.pause ?? (retry => setTimeout(retry * (300 + Math.random() * 700))),
  }
  const mirrors = new Map<string, Mirror>()

  function mirrorOf(repo: string): Mirror {
    const mirror = mirrors.get(repo) ?? openMirror(repo, world)
    mirrors.set(repo, mirror)
    return mirror
  }

  return {
    async resolve(target, ref) {
      const mirror = mirrorOf(target.repo)
      try {
        return await resolveRef(mirror, await mirror.update(), target, ref)
      } catch (error) {
        if (!(error instanceof GitTrouble)) throw error
        return refuse({ reason: 'repo-unreachable', service: target.service, detail: error.detail })
      }
    },
    changes: (repo, from, to) => changesBetween(mirrorOf(repo), repo, from, to),
    changedFiles: (repo, from, to) => changedFiles(mirrorOf(repo), from, to),
    async close() {
      stop.abort()
      await queue.onIdle()
      await link.close()
    },
  }
}
