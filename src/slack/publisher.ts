import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Clock } from '../ports/clock.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Store } from '../ports/store.ts'
import type { Teller } from '../ports/teller.ts'
import type { SlackSettings } from './client.ts'
import { type Pace, realPace } from './pace.ts'
import { CALL_TIMEOUT_MS, type Speaker, startSpeaker } from './speaker.ts'
import { type Place, standing } from './telling.ts'

export interface Publisher extends Teller {
  /**
   * Takes up what Slack does not show yet, such as what another process has recorded. Called again and again it is what tells
   * all in the end, whatever is heard of in between.
   */
  resume(): Promise<void>
  /** Another process may have recorded or told something of these, or does not tell any more. */
  hear(hint: { readonly deployments: readonly string[]; readonly isTurn: boolean }): void
  /**
   * Where the message stands, once it is posted by whichever process; undefined: no channel takes it, or the publisher was closed
   * before.
   */
  place(deployment: string): Promise<Place | undefined>
  /** Whether it is this process that tells Slack now. */
  isTelling(): boolean
  /** For how long something has been known here that Slack should show and does not; 0 while another process tells. */
  behindMs(): number
  /**
   * Begins what it can within the time, waits so long for the answer to the call that is out, then lets another process tell. A
   * later start sends the rest.
   */
  close(ms: number, answerMs?: number): Promise<void>
}

export interface PublisherParts {
  readonly slack: SlackSettings
  readonly store: Pick<Store, 'audit'>
  readonly messages: MessageStore
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  /** Of this process, in the records. */
  readonly owner: string
  readonly pace?: Pace
}

/**
 * Keeps one message per deployment current, with its thread and the one broadcast at the end. Of all the processes on the records
 * one sends, within Slack's limits, always the newest state; nobody waits for it. What is wanted follows from the recorded
 * events, what was sent is recorded as it is sent, so neither a crash nor an hour without Slack loses an end.
 */
export function startPublisher(parts: PublisherParts): Publisher {
  const { messages, log, pace = realPace } = parts
  const waiting = new Map<string, ((place: Place | undefined) => void)[]>()
  let speaker: Speaker | undefined
  let isClosed = false

  const turns = messages.takeTurns(parts.owner, turn => {
    const begun = startSpeaker({ ...parts, pace, turn, onPlace: answer })
    speaker = begun
    void turn.over.then(() => {
      if (speaker === begun) speaker = undefined
      return begun.close(0, 0)
    })
  })

  function answer(deployment: string, place: Place | undefined): void {
    for (const resolve of waiting.get(deployment) ?? []) resolve(place)
    waiting.delete(deployment)
  }

  async function lookForPlace(deployment: string): Promise<void> {
    const told = await messages.told(deployment)
    const place = told && standing(told)
    if (place || told?.done || isClosed) answer(deployment, place)
  }

  function lookSoon(deployment: string): void {
    lookForPlace(deployment).catch(error =>
      log.warn({ err: error }, `Where deployment ${deployment} is told is looked up again later.`),
    )
  }

  return {
    tell: ({ id }) => speaker?.hear(id),

    async resume() {
      if (speaker) return speaker.look()
      for (const deployment of waiting.keys()) await lookForPlace(deployment)
    },

    hear({ deployments, isTurn }) {
      if (isTurn) turns.look()
      for (const id of deployments) {
        speaker?.hear(id)
        if (!speaker && waiting.has(id)) lookSoon(id)
      }
    },

    place(deployment) {
      const found = new Promise<Place | undefined>(resolve => {
        waiting.set(deployment, [...(waiting.get(deployment) ?? []), resolve])
      })
      lookSoon(deployment)
      return found
    },

    isTelling: () => speaker !== undefined,

    behindMs: () => speaker?.behindMs() ?? 0,

    async close(ms, answerMs = CALL_TIMEOUT_MS) {
      const isAnswered = (await speaker?.close(ms, answerMs)) ?? true
      isClosed = true
      await (isAnswered ? turns.release() : turns.lapse())
      for (const deployment of waiting.keys()) answer(deployment, undefined)
    },
  }
}
