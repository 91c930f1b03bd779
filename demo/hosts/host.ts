import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { publishedSocket } from './containers.ts'
import { startFront } from './front.ts'
import { startSshd } from './sshd.ts'

export interface SampleHost {
  readonly name: string
  readonly sshPort: number
  readonly hostKey: string
  /** What the host serves, for browsers. */
  readonly url: string
  /** Runs a command in the host's own `sh`, as somebody who set the host up would have. */
  run(command: string): Promise<void>
  close(): Promise<void>
}

export const USER = 'deploy'

/**
 * A host below `root`: a real `sh`, real git, an SSH server of its own, and a stand-in for Docker. `marker` is in the
 * environment of all its processes.
 */
export async function startHost(
  name: string,
  root: string,
  publicKey: string,
  marker: Readonly<Record<string, string>>,
): Promise<SampleHost> {
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'srv'))
  const front = await startFront(() => publishedSocket(root))
  writeDocker(root, front.port)
  const env = {
    ...marker,
    HOME: root,
    USER,
    LOGNAME: USER,
    // Node's own folder, for containers: it need not be on the path of whoever started the demo.
    PATH: [join(root, 'bin'), process.env['PATH'], dirname(process.execPath)].join(':'),
  }
  const socketBehind = (port: number) => (port === front.port ? publishedSocket(root) : undefined)
  const sshd = await startSshd({ root, env, user: USER, publicKey, socketBehind })
  return {
    name,
    sshPort: sshd.port,
    hostKey: sshd.hostKey,
    url: `http://127.0.0.1:${front.port}/`,
    async run(command) {
      await promisify(execFile)('sh', ['-euc', command], { cwd: root, env })
    },
    async close() {
      await Promise.all([sshd.close(), front.close()])
    },
  }
}

function writeDocker(root: string, port: number): void {
  const words = [process.execPath, join(import.meta.dirname, 'docker.js'), root, String(port)]
  const file = join(root, 'bin/docker')
  const quoted = words.map(word => `'${word.replaceAll("'", "'\\''")}'`)
  writeFileSync(file, `#!/bin/sh\n# Not Docker: the demo's stand-in for it.\nexec ${quoted.join(' ')} "$@"\n`)
  chmodSync(file, 0o755)
}
