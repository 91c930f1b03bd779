import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type PQueue from 'p-queue'
import type { Git, GitRun } from './git.ts'
import type { Link } from './link.ts'
import { listRefs, type Refs } from './refs.ts'
import { GitTrouble, scrubbed } from './trouble.ts'

/** One repository's bare mirror: branches and tags only, so a pull request's commit, anybody's, is never in it. */
export interface Mirror {
  /** Fetches, and gives what was there. Callers share a fetch only if it starts after they asked. Throws GitTrouble. */
  update(): Promise<Refs>
  /** git inside the mirror, which must have been updated once. */
  git(args: readonly string[], run?: GitRun): Promise<string>
}

export interface MirrorWorld {
  readonly git: Git
  readonly link: Link
  readonly cacheDirectory: string
  /** Width limit over all mirrors: a git server drops connections beyond about ten at once. */
  readonly queue: PQueue
  readonly onProblem: (problem: string) => void
  /** Waits before the given retry, 1 or 2. */
  readonly pause: (retry: number) => Promise<void>
}

export function openMirror(repo: string, world: MirrorWorld): Mirror {
  const { git, link, cacheDirectory, queue } = world
  const directory = join(cacheDirectory, createHash('sha256').update(repo).digest('hex').slice(0, 32))
  let waiting: Promise<Refs> | undefined
  let last: Promise<unknown> = Promise.resolve()

  function update(): Promise<Refs> {
    if (waiting !== undefined) return waiting
    const mine = last.then(() =>
      queue.add(() => {
        waiting = undefined
        return bringUpToDate()
      }),
    )
    waiting = mine
    last = mine.catch(() => undefined)
    return mine
  }

  async function bringUpToDate(): Promise<Refs> {
    let remade = false
    let way: 'kept' | 'fresh' = 'kept'
    for (let retry = 1; ; retry++) {
      const wasKept = way === 'kept' && link.isKept(repo)
      try {
        await (existsSync(join(directory, 'HEAD')) ? fetchInto(way) : clone(way))
        return await listRefs(git, directory)
      } catch (error) {
        if (!(error instanceof GitTrouble)) throw error
        if (!remade && (error.kind === 'damaged' || (error.kind === 'busy' && retry > RETRIES))) {
          remade = true
          await rm(directory, { recursive: true, force: true })
        } else if ((error.kind === 'passing' || error.kind === 'busy') && retry <= RETRIES) {
          if (wasKept) await link.drop(repo)
          else await world.pause(retry)
          way = 'fresh'
        } else throw error
        world.onProblem(`The mirror of ${scrubbed(repo)} is tried again: ${error.detail}`)
      }
    }
  }

  /** Made beside its place and then moved there: half a mirror is never seen, and a second process may do the same. */
  async function clone(way: 'kept' | 'fresh'): Promise<void> {
    const fresh = `${directory}.${randomBytes(4).toString('hex')}`
    // Somebody may have deleted the whole cache: it holds nothing that cannot be fetched again.
    await mkdir(cacheDirectory, { recursive: true, mode: 0o700 })
    const args = ['clone', '--bare', '--no-local', '--progress', '--', repo, fresh]
    try {
      await git(cacheDirectory, args, { sshCommand: link.command(repo, way) })
      await rename(fresh, directory).catch(error => {
        if (!existsSync(join(directory, 'HEAD'))) throw error
      })
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
  }

  async function fetchInto(way: 'kept' | 'fresh'): Promise<void> {
    await git(directory, [...FETCH, '--', repo, ...REFSPECS], { sshCommand: link.command(repo, way) })
  }

  return {
    update,
    async git(args, run) {
      if (!existsSync(directory)) throw new GitTrouble('damaged', 'the mirror was not made yet')
      return git(directory, args, run)
    },
  }
}

const RETRIES = 2

const FETCH = [
  'fetch',
  '--prune',
  '--progress',
  ...['--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', '--no-write-fetch-head'],
]

const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
