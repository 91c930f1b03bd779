import { spawn } from 'node:child_process'

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Options {
  readonly input?: string | Buffer
  readonly uid?: number
  readonly gid?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** Runs a program of this machine to its end and trims one final newline off stdout. Throws on any code but 0. */
export async function must(argv: readonly string[], options: Options = {}): Promise<string> {
  const finished = await run(argv, options)
  if (finished.code === 0) return finished.stdout.replace(/\n$/, '')
  throw new Error(`${argv.join(' ')}\nended with ${finished.code}: ${finished.stderr}${finished.stdout}`)
}

export function run(argv: readonly string[], options: Options = {}): Promise<Finished> {
  const [program = '', ...words] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.env && { env: { ...process.env, ...options.env } }),
      ...(options.cwd && { cwd: options.cwd }),
      ...(options.uid !== undefined && { uid: options.uid }),
      ...(options.gid !== undefined && { gid: options.gid }),
      timeout: options.timeoutMs ?? 120_000,
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes))
    child.stdin.on('error', () => {})
    child.on('error', reject)
    child.on('close', code => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
    child.stdin.end(options.input)
  })
}

/** Asks every 20 ms until the answer is not undefined; throws with what was awaited after the time given. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
