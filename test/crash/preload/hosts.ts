import { Client } from 'ssh2'
import { around } from './around.ts'
import { after, before } from './effects.ts'

/** Names each connection, and each line that a host's shell is sent with the end that it tells. */

around(Client.prototype, 'connect', (call, client) => {
  before('connect to a host')
  if (client instanceof Client) client.once('ready', () => after('connect to a host'))
  return call()
})

around(Client.prototype, 'exec', (call, _, args) => {
  const holder = { told: args.at(-1) }
  around(holder, 'told', (tell, _, [error, channel]) => {
    if (!error && typeof channel === 'object' && channel) watch(channel)
    return tell()
  })
  return call([...args.slice(0, -1), holder.told])
})

function watch(channel: object): void {
  /** What was sent and has not ended: its name by its sequence. */
  const open = new Map<string, string>()
  around(channel, 'write', (call, _, [data]) => {
    const [, kind, sequence = '', word = ''] = /^(verb|step) (\S+) (\S+)/.exec(String(data)) ?? []
    if (kind === undefined) return call()
    const name = `${kind === 'verb' ? 'session' : 'step'} ${word.replaceAll("'", '')}`
    before(`${name} started`)
    const isTaken = call()
    after(`${name} started`)
    open.set(sequence, name)
    before(`${name} ended`)
    return isTaken
  })
  around(channel, 'emit', (call, _, [event, chunk]) => {
    if (event === 'data' && Buffer.isBuffer(chunk)) hear(chunk.toString('latin1'))
    return call()
  })

  let text = ''
  function hear(chunk: string): void {
    text = (text + chunk).slice(-100_000)
    for (const [sequence, name] of open) {
      if (!new RegExp(`\\n[0-9a-f]{32} end ${sequence} [0-9]+\\n`).test(text)) continue
      open.delete(sequence)
      after(`${name} ended`)
    }
  }
}
