import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { Secret } from '../secret.ts'
import type { Step, StepOutcome } from '../step.ts'
import { type Frame, frameReader } from './frames.ts'
import { quote } from './quote.ts'
import { PREAMBLE, VERBS } from './scripts.ts'

/** Well below the 20 s after which the host's shell takes silence for a lost link. */
const HEARTBEAT_MS = 5_000
/** After so long without a word from us the shell has ended. */
const HOST_PATIENCE_MS = 20_000
const READY_LIMIT_MS = 15_000

/** The constant that the host's login shell sees; all else goes over stdin. */
export const SESSION_COMMAND = `exec sh -c 'IFS= read -r p; eval "$p"'`

/** A shell on a host that runs one step at a time. `run` never throws; after an unknown outcome the session is over. */
export interface StepShell {
  run(step: Step): Promise<StepOutcome>
  close(): void
}

/**
 * Starts the host's side on a fresh channel. Rejects when the shell does not get ready: no step has run then.
 * `series` keeps step numbers of several sessions of one deployment apart.
 */
export async function openShell(channel: ClientChannel, series: string): Promise<StepShell> {
  const nonce = randomBytes(16).toString('hex')
  const read = frameReader(nonce)
  let onFrame: (frame: Frame) => void = () => {}
  let onClose: () => void = () => {}
  let isClosed = false
  let shellEnded = false
  let noise = ''
  channel.on('data', (chunk: Buffer) => {
    for (const frame of read(chunk)) onFrame(frame)
  })
  channel.stderr.on('data', (chunk: Buffer) => {
    noise = (noise + chunk.toString('utf8')).slice(-2_000)
  })
  // A write into a channel that the host has closed is told by `close`, too.
  channel.on('error', () => {})
  // The exit status arrives only over a link that lives.
  channel.on('exit', () => {
    shellEnded = true
  })
  channel.on('close', () => {
    isClosed = true
    clearInterval(heartbeat)
    onClose()
  })

  let beatAt = performance.now()
  /** This process was stopped, or hung, for longer than the host waits. */
  let stoodStill = false
  const beat = () => {
    stoodStill ||= performance.now() - beatAt > HOST_PATIENCE_MS
    beatAt = performance.now()
  }
  const heartbeat = setInterval(() => {
    beat()
    if (channel.writable) channel.write(':\n')
  }, HEARTBEAT_MS)
  heartbeat.unref()

  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => {
      channel.close()
      reject(new Error(`the host's shell was not ready within ${READY_LIMIT_MS / 1000} s. ${noise}`.trim()))
    }, READY_LIMIT_MS)
    onFrame = frame => {
      if (frame.kind !== 'ready') return
      clearTimeout(limit)
      resolve()
    }
    onClose = () => {
      clearTimeout(limit)
      reject(new Error(`the host's shell ended before it was ready. ${noise}`.trim()))
    }
    // `head -c` may read ahead: harmless, nothing more is sent before `ready`.
    channel.write(`NONCE=${nonce}; eval "$(head -c ${Buffer.byteLength(PREAMBLE)})"\n${PREAMBLE}`)
  })

  let count = 0
  return {
    run(step) {
      const sequence = `${series}-${++count}`
      const began = performance.now()
      const durationMs = () => performance.now() - began
      return new Promise(resolve => {
        const end = (outcome: StepOutcome) => {
          clearTimeout(limit)
          onFrame = () => {}
          onClose = () => {}
          resolve(outcome)
        }
        const unknown = (why: 'link-lost' | 'timed-out' | 'no-marker') => {
          beat()
          const told = stoodStill ? 'bot-paused' : why
          end({ status: 'unknown', why: told, sequence, output: '', durationMs: durationMs() })
        }
        const limit = setTimeout(() => {
          unknown('timed-out')
          channel.close()
        }, step.limitMs)
        onClose = () => unknown(shellEnded ? 'no-marker' : 'link-lost')
        onFrame = frame => {
          if (frame.kind === 'ended' && frame.sequence === sequence) end(outcomeOf(frame, durationMs()))
        }
        if (isClosed) return onClose()
        channel.write(`${lineFor(step, sequence)}\n`)
      })
    },
    close() {
      clearInterval(heartbeat)
      if (!isClosed) channel.end()
    },
  }
}

function lineFor(step: Step, sequence: string): string {
  const [script, ...words] = step.call
  const shown = words.map(word => quote(word instanceof Secret ? word.reveal() : word))
  // In the journal a name is one word.
  const name = quote(step.name.replaceAll(' ', ':'))
  const head = VERBS.has(script) ? ['verb', sequence, script] : ['step', sequence, name, `do_${script}`]
  return [...head, ...shown].join(' ')
}

function outcomeOf(frame: Frame & { kind: 'ended' }, durationMs: number): StepOutcome {
  const { output, code, cutBytes } = frame
  const all = { output, durationMs, ...(cutBytes > 0 && { cutBytes }) }
  return code === 0 ? { status: 'ok', ...all } : { status: 'failed', exit: { code }, ...all }
}
