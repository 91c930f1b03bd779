import { readFileSync, writeFileSync } from 'node:fs'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import type { Outcome } from '../../demo/slack/people.ts'
import type { BotProcess } from '../e2e/bot-process.ts'
import type { Lines } from './log.ts'
import type { Point } from './point.ts'

/** A Slack, hosts with a service, and a bot that can be made to die at any moment of its life. */
export interface World {
  readonly slack: LocalSlack
  readonly channel: string
  readonly people: { readonly deployer: string; readonly approver: string; readonly guest: string }
  readonly service: string
  readonly hosts: readonly Host[]
  readonly bot: BotProcess
  /** The bot's own folder. */
  readonly folder: string
  readonly files: Files
  /** What people say of a container's swap that a dead bot had begun. */
  answer: 'resume' | 'leave'
  /** Everything that people have said and pressed so far, in its order. */
  readonly said: Said[]
  /** From the records, through a connection of one's own. */
  rows(query: string): Promise<readonly Row[]>
  /** So much time passes that nobody waits for a dead bot's claims any more. */
  lapse(): Promise<void>
  /** The branch moves on by a commit, and bot and hosts forget what saves them steps. */
  commit(): Promise<void>
  stop(): Promise<void>
}

export type Row = Readonly<Record<string, unknown>>

export interface Host {
  readonly name: string
  /** Lines of the deployments' journal. */
  journal(): Promise<readonly string[]>
  /** The revision that the service answers. */
  serves(): Promise<string | undefined>
}

export interface Said {
  readonly what: string
  readonly by: string
  readonly at: number
  /** Of a press: the message's ts; undefined: typed. */
  readonly on: string | undefined
  /** What Slack showed of it; undefined: nothing yet. `gone`: the button was not there any more. */
  outcome: Outcome | 'gone' | undefined
}

/** Where the preload writes what the bot does, and reads when it shall die. */
export interface Files {
  readonly log: string
  readonly at: string
}

export function environmentOf({ log, at }: Files): Readonly<Record<string, string>> {
  return { CRASH_LOG: log, CRASH_AT: at }
}

/** A new life begins: its log is empty, and it dies at this point if it gets there. */
export function arm({ log, at }: Files, point: Point | undefined): void {
  writeFileSync(log, '')
  writeFileSync(at, point === undefined ? '' : JSON.stringify(point))
}

export function linesOf({ log }: Files): Lines {
  return readFileSync(log, 'utf8').split('\n').filter(Boolean)
}

export function isAlive({ bot }: World): boolean {
  try {
    process.kill(bot.pid(), 0)
    return true
  } catch {
    return false
  }
}
