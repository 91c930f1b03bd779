import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './command.ts'
import type { Namespace } from './namespace.ts'
import { SSH_PORT } from './sshd.ts'

export interface GitHost {
  readonly address: string
  readonly dir: string
  readonly namespace: Namespace
  /** The git user's home as seen from outside. */
  readonly repos: string
}

export interface Commit {
  /** Path → text; null deletes; `executable` marks are not needed by any test. */
  readonly files: Readonly<Record<string, string | null>>
  readonly message?: string
  /** Default `main`. */
  readonly branch?: string
  readonly author?: string
}

/** A bare repository on the git host. Commits appear on it as if somebody had pushed. */
export interface Repo {
  readonly name: string
  readonly url: string
  /** Onto the branch's tip (or as a first commit); answers the full revision. */
  commit(commit: Commit): Promise<string>
  /** Replaces the branch's last commit by another one: what was there before is no longer on the branch. */
  forcePush(commit: Commit): Promise<string>
  /** Any name that git itself stores, also `a;b`. From `main` when no revision is given. */
  createBranch(name: string, revision?: string): Promise<void>
  createTag(name: string, revision?: string): Promise<void>
  deleteBranch(name: string): Promise<void>
  /** The full revision of a branch or tag. */
  revision(ref?: string): Promise<string>
  /** Renames the repository: the old URL answers nothing any more. */
  moveTo(name: string): Promise<Repo>
}

const GIT_UID = 5003

export async function makeRepo(host: GitHost, name: string): Promise<Repo> {
  const path = join(host.repos, `${name}.git`)
  if (existsSync(path)) throw new Error(`There is a repository ${name} already: take another name.`)
  await asGit(host, ['init', '-q', '--bare', '-b', 'main', path])
  return repoAt(host, name)
}

export function repoAt(host: GitHost, name: string): Repo {
  const path = join(host.repos, `${name}.git`)
  const git = (...words: readonly string[]) => asGit(host, ['-C', path, ...words])
  const tip = (ref: string) => git('rev-parse', '-q', '--verify', `${ref}^{commit}`)

  async function put(commit: Commit, parent: string | undefined): Promise<string> {
    const ref = `refs/heads/${commit.branch ?? 'main'}`
    await asGit(host, ['-C', path, 'fast-import', '--quiet', '--force'], stream(commit, ref, parent))
    return tip(ref)
  }

  return {
    name,
    url: `ssh://git@${host.address}:${SSH_PORT}/~/${name}.git`,
    async commit(commit) {
      return put(commit, await tip(`refs/heads/${commit.branch ?? 'main'}`).catch(() => undefined))
    },
    async forcePush(commit) {
      return put(commit, await tip(`refs/heads/${commit.branch ?? 'main'}~1`).catch(() => undefined))
    },
    async createBranch(branch, revision = 'main') {
      await git('update-ref', `refs/heads/${branch}`, await tip(revision))
    },
    async createTag(tag, revision = 'main') {
      await git('update-ref', `refs/tags/${tag}`, await tip(revision))
    },
    async deleteBranch(branch) {
      await git('update-ref', '-d', `refs/heads/${branch}`)
    },
    revision: (ref = 'main') => tip(ref),
    async moveTo(other) {
      await must(['mv', '-T', path, join(host.repos, `${other}.git`)])
      return repoAt(host, other)
    },
  }
}

/** git fast-import needs no work tree, and takes any branch name that the ref store takes. */
function stream(commit: Commit, ref: string, parent: string | undefined): string {
  const now = `${Math.floor(Date.now() / 1000)} +0000`
  const author = commit.author ?? 'Ada Example'
  const files = Object.entries(commit.files).map(([path, text]) =>
    text === null ? `D ${quoted(path)}\n` : `M 100644 inline ${quoted(path)}\n${data(text)}`,
  )
  return [
    `commit ${ref}\nauthor ${author} <ada@example.com> ${now}\ncommitter ${author} <ada@example.com> ${now}\n`,
    data(commit.message ?? 'Change the page'),
    parent === undefined ? '' : `from ${parent}\n`,
    ...files,
    '\n',
  ].join('')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`
}

function asGit(host: GitHost, words: readonly string[], input?: string): Promise<string> {
  const options = { uid: GIT_UID, gid: GIT_UID, env: { HOME: host.repos }, cwd: host.repos }
  return must(['git', ...words], input === undefined ? options : { ...options, input })
}
