import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Branch, type Commit, FIRST_TAG, historyOf } from './history.ts'

const HOUR = 3600

/** Makes the sample service's repository, bare, in a folder that git makes. `env` is what git may see of the machine. */
export async function makeRepository(folder: string, env: NodeJS.ProcessEnv, now: number): Promise<void> {
  await git(['init', '-q', '--bare', '-b', 'main', folder], env)
  await git(['-C', folder, 'fast-import'], env, importOf(Math.floor(now / 1000)))
}

/** All commits as one stream for `git fast-import`: one git process instead of one for each commit. */
export function importOf(nowSeconds: number): string {
  const { branches, tagged } = historyOf(appFiles())
  const all = branches.flatMap(({ commits }) => commits)
  const when = (commit: Commit) => nowSeconds - (all.length - all.indexOf(commit)) * HOUR
  const parts = branches.flatMap(({ name, base, commits }: Branch) =>
    commits.map((commit, index) =>
      [
        `commit refs/heads/${name}`,
        `mark :${all.indexOf(commit) + 1}`,
        `author ${byLine(commit)} ${when(commit)} +0000`,
        `committer ${byLine(commit)} ${when(commit)} +0000`,
        dataOf(commit.subject),
        ...(index === 0 && base !== undefined ? [`from refs/heads/${base}`] : []),
        ...Object.entries(commit.files).map(([file, text]) =>
          text === undefined ? `D ${file}` : `M 100644 inline ${file}\n${dataOf(text)}`,
        ),
        '',
      ].join('\n'),
    ),
  )
  const mark = all.findIndex(({ subject }) => subject === tagged) + 1
  return [...parts, `reset refs/tags/${FIRST_TAG}\nfrom :${mark}\n`, ''].join('\n')
}

function byLine({ author }: Commit): string {
  return `${author} <${author.toLowerCase().replace(' ', '.')}@example.com>`
}

function appFiles(): Readonly<Record<string, string>> {
  const folder = join(import.meta.dirname, 'app')
  const files = readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')] as const)
  return { ...Object.fromEntries(files), '.gitignore': '.reload\n' }
}

function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}

async function git(args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<void> {
  const child = spawn('git', args, { env, stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`git ${args[0]} failed: ${said.trim()}`)
}
