import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'

/** What another process on the records has just changed. It may be lost or come twice: whoever hears it looks at the records. */
export interface Hint {
  /** Something was recorded of these, or told of them. */
  readonly deployments: readonly string[]
  /** Something was queued or has ended. */
  readonly isQueue: boolean
  /** Nobody has the right to tell Slack. */
  readonly isTurn: boolean
}

export interface Hints {
  /** Passes it on soon, together with others. */
  give(hint: Partial<Hint>): void
  listen(heard: (hint: Hint) => void): Listening
  /** Resolves when what was given is passed on, or soon. */
  done(): Promise<void>
}

export interface Listening {
  close(): Promise<void>
}

/** Where no other process has to be told. */
export const noListening = (): Listening => ({ close: async () => {} })

export const CHANNEL = 'touchdown'
/** What is given within this time goes together. */
const GATHER_MS = 50
/** A notification takes 8,000 bytes. */
const MOST_AT_ONCE = 200
/** A server that does not answer keeps nobody from closing. */
const DONE_MS = 1_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** A link that was cut without a word is found out so. */
const ASK_EVERY_MS = 20_000
const ANSWER_MS = 5_000

const Given = z.object({
  installation: z.string(),
  from: z.string(),
  deployments: z.array(z.string()),
  isQueue: z.boolean(),
  isTurn: z.boolean(),
})

/**
 * By NOTIFY, after the commit and not within it: PostgreSQL lets transactions that notify commit one after the other, for
 * all its databases, so each event would wait for every other one's disk.
 */
export function postgresHints(parts: {
  readonly url: string
  /** Of this process, to know its own hints by. */
  readonly from: string
  readonly installation: string
  readonly notify: (payload: string) => Promise<unknown>
}): Hints {
  const { url, from, installation, notify } = parts
  const deployments = new Set<string>()
  let isQueue = false
  let isTurn = false
  let giving: Promise<void> | undefined

  async function giveAll(): Promise<void> {
    while (deployments.size > 0 || isQueue || isTurn) {
      const some = [...deployments].slice(0, MOST_AT_ONCE)
      const hint: z.infer<typeof Given> = { installation, from, deployments: some, isQueue, isTurn }
      for (const id of some) deployments.delete(id)
      isQueue = false
      isTurn = false
      // What is lost is found by those who look at the records anyway.
      await notify(JSON.stringify(hint)).catch(() => {})
      await sleep(GATHER_MS)
    }
  }

  return {
    give(hint) {
      for (const id of hint.deployments ?? []) deployments.add(id)
      isQueue ||= hint.isQueue ?? false
      isTurn ||= hint.isTurn ?? false
      giving ??= giveAll().finally(() => {
        giving = undefined
      })
    },

    listen(heard) {
      return listening(url, payload => {
        const hint = read(payload)
        if (hint && hint.installation === installation && hint.from !== from) heard(hint)
      })
    },

    async done() {
      await soon(giving)
    },
  }
}

/** Undefined: nobody of us has written it. */
function read(payload: string): z.infer<typeof Given> | undefined {
  try {
    return Given.safeParse(JSON.parse(payload)).data
  } catch {
    return undefined
  }
}

/** The only session whose state counts; made again, with pauses, for as long as it is not closed. */
function listening(url: string, heard: (payload: string) => void): Listening {
  const closed = new AbortController()
  async function run(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const began = performance.now()
      await listenOnce(url, heard, closed.signal).catch(() => {})
      if (performance.now() - began > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS
      if (closed.signal.aborted) return
      await sleep(pauseMs, undefined, { signal: closed.signal, ref: false }).catch(() => {})
    }
  }
  const running = run()
  return {
    async close() {
      closed.abort()
      await soon(running)
    },
  }
}

/** Until the link breaks or it is closed. */
async function listenOnce(url: string, heard: (payload: string) => void, closed: AbortSignal): Promise<void> {
  const client = new pg.Client({
    application_name: 'touchdown',
    connectionString: url,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  })
  const broken = new AbortController()
  const over = AbortSignal.any([closed, broken.signal])
  // Said again by the query that is then asked; unheard it would end the process.
  client.on('error', () => broken.abort())
  client.on('end', () => broken.abort())
  client.on('notification', ({ payload = '' }) => heard(payload))
  try {
    await client.connect()
    await client.query(`LISTEN ${CHANNEL}`)
    while (!over.aborted) {
      await sleep(ASK_EVERY_MS, undefined, { signal: over, ref: false }).catch(() => {})
      if (!over.aborted) await client.query('SELECT 1')
    }
  } finally {
    // A link on which nothing is heard any more does not say that it has ended.
    await soon(client.end().catch(() => {}))
  }
}

async function soon(work: Promise<void> | undefined): Promise<void> {
  const isDone = new AbortController()
  const timeUp = sleep(DONE_MS, undefined, { signal: isDone.signal }).catch(() => {})
  await Promise.race([work, timeUp])
  isDone.abort()
}
