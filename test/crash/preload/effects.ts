import { appendFileSync, readFileSync } from 'node:fs'
import type { Point } from '../point.ts'

/**
 * What this process does to the world outside, one line for each moment in the file $CRASH_LOG, and its death at the moment that
 * the file $CRASH_AT names. Both are read and written at once: nothing of them is lost with the process.
 */

const { CRASH_LOG = '', CRASH_AT = '' } = process.env

let armed: { readonly text: string; readonly point: Point; left: number } | undefined

/** What has begun, and shall not be heard to have come about. */
let awaited: string | undefined

/** The effect is about to come about. */
export function before(name: string): void {
  note('before', name)
  if (!isMeant('before', name)) return
  if (armed?.point.waitMs === undefined) die('before', name)
  awaited = name
  setTimeout(() => die('before', name), armed?.point.waitMs)
}

/** It has come about, and this process has not acted on that yet. */
export function after(name: string): void {
  if (name === awaited) die('before', name)
  note('after', name)
  if (isMeant('after', name)) die('after', name)
}

function isMeant(moment: Point['moment'], name: string): boolean {
  const text = readOrEmpty(CRASH_AT)
  if (text !== armed?.text) {
    const point: Point | undefined = text === '' ? undefined : JSON.parse(text)
    armed = point && { text, point, left: point.nth }
  }
  if (armed?.point.moment !== moment || armed.point.name !== name) return false
  armed.left -= 1
  return armed.left === 0
}

function die(moment: Point['moment'], name: string): void {
  note(`killed ${moment}`, name)
  process.kill(process.pid, 'SIGKILL')
}

function note(what: string, name: string): void {
  appendFileSync(CRASH_LOG, `${what} ${name}\n`)
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
