import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newKeyPair } from '../../../demo/hosts/key-pair.ts'
import { type Sshd, startSshd } from '../../../demo/hosts/sshd.ts'

const KEYS = newKeyPair()
const OTHER = newKeyPair()

let root: string
let sshd: Sshd

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'td-sshd-'))
  sshd = await startSshd({
    root,
    env: { PATH: process.env['PATH'], HOME: root },
    user: 'deploy',
    publicKey: KEYS.public,
    socketBehind: () => undefined,
  })
})
afterEach(async () => {
  await sshd.close()
  rmSync(root, { recursive: true, force: true })
})

describe("a sample host's SSH server", () => {
  it("runs a command in the host's home with the host's environment, and tells how it ended", async () => {
    const client = await entered('deploy', KEYS.private)
    expect(await run(client, 'pwd; echo $HOME; cat; exit 3', 'typed')).toEqual([`${root}\n${root}\ntyped`, 3])
    client.end()
  })

  it.each([
    ['another key', 'deploy', OTHER.private],
    ['another user', 'root', KEYS.private],
  ])('lets %s not in', async (_, user, key) => {
    await expect(entered(user, key)).rejects.toThrow('All configured authentication methods failed')
  })

  it('leads to nothing but what its host publishes', async () => {
    const client = await entered('deploy', KEYS.private)
    const forwarded = new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, '127.0.0.1', sshd.port, error =>
        error ? reject(error) : resolve('open'),
      )
    })
    await expect(forwarded).rejects.toThrow('Channel open failure')
    client.end()
  })
})

async function entered(username: string, privateKey: string): Promise<ssh2.Client> {
  const client = new ssh2.Client()
  const ready = once(client, 'ready')
  client.connect({ host: '127.0.0.1', port: sshd.port, username, privateKey })
  await ready
  return client
}

function run(client: ssh2.Client, command: string, input: string): Promise<readonly [string, number]> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let output = ''
      let code = -1
      channel.on('data', (piece: Buffer) => {
        output += piece
      })
      channel.on('exit', (found: number) => {
        code = found
      })
      channel.on('close', () => resolve([output, code]))
      channel.end(input)
    })
  })
}
