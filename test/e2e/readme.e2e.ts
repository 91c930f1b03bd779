import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Message } from '../../demo/slack/shapes.ts'
import { CHANNEL, startBot, type TestBot } from './bot.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
let app: RigService
let bot: TestBot

beforeAll(async () => {
  app = await rig.service('creator', { hosts: rig.hosts.slice(0, 2), port: 8861 })
  bot = await startBot({ rig, services: [app] })
})
afterAll(() => bot?.stop())

/** What README shows: its first two transcripts, each by who or what speaks. */
const [good, bad] = transcripts(readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8'))

it('README’s thread is what the bot says, line by line', async () => {
  await deployed('blue', ['Start'])
  const { parent, thread, broadcast } = await deployed('red', [
    'Round prices half to even',
    'Show the delivery date on the order page',
  ])
  expect(good?.get('alice')).toEqual(['/deploy creator'])
  expect(good?.get('touchdown')).toEqual(parent)
  expect(good?.get('channel')).toEqual(broadcast)
  const shown = good?.get('thread') ?? []
  expect(shown).toContain('…')
  // Hosts work in parallel, so only the lines are the same, not their order; the second host's are left out.
  expect(thread).toEqual(expect.arrayContaining(shown.filter(line => line !== '…')))
  expect(shown).toEqual(expect.arrayContaining(thread.filter(line => !line.startsWith('web2: '))))
})

it('README’s failure is what the bot says, line by line', async () => {
  const { broadcast } = await deployed('this is no python', ['Break the page'])
  expect(bad?.get('touchdown')).toEqual(broadcast)
})

async function deployed(colour: string, messages: readonly string[]) {
  for (const message of messages) {
    const page = colour.includes(' ') ? `${colour}\n` : `COLOUR = "${colour}"\n# ${message}\n`
    await app.repo.commit({ files: { 'page.py': page }, message })
  }
  await bot.deploy('creator')
  const all = bot.slack.messages(CHANNEL)
  const parent = all.filter(message => message.thread_ts === undefined).at(-1)
  const replies = all.filter(message => message.thread_ts === parent?.ts)
  const linesOf = (message: Message | undefined) => textOf(message).split('\n').map(withoutNumbers)
  return {
    parent: linesOf(parent),
    thread: replies.filter(({ broadcast }) => !broadcast).flatMap(linesOf),
    broadcast: linesOf(replies.find(({ broadcast }) => broadcast)),
  }
}

/** As a person reads it: a block's parts after each other, marks gone, times in the reader's own words. */
function textOf(message: Message | undefined): string {
  return (message?.blocks ?? [])
    .map(block => textsIn(block).join(block['type'] === 'context' ? ' · ' : ''))
    .join('\n')
    .replaceAll(':white_check_mark:', '✅')
    .replaceAll(':x:', '❌')
    .replaceAll(/[*`]/g, '')
    .replaceAll('<@U01ALICE>', '@alice')
    .replaceAll(/<!date\^[^>]*>/g, 'today 1:23:45 AM')
}

function textsIn(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(textsIn)
  if (typeof part !== 'object' || part === null) return []
  if ('type' in part && part.type === 'emoji' && 'name' in part) return [`:${part.name}:`]
  if ('user_id' in part) return [`<@${part.user_id}>`]
  if ('type' in part && part.type === 'button' && 'text' in part)
    return textsIn(part.text).map(text => `[${text}]`)
  if ('text' in part && typeof part.text === 'string') return [part.text]
  return Object.values(part).flatMap(textsIn)
}

function transcripts(markdown: string): readonly ReadonlyMap<string, readonly string[]>[] {
  return [...markdown.matchAll(/^```text\n(.*?)^```$/gms)].map(([, block = '']) => {
    const said = new Map<string, readonly string[]>()
    let who = ''
    for (const line of block.split('\n').filter(text => text.trim() !== '')) {
      who = line.slice(0, 12).trim() || who
      said.set(who, [...(said.get(who) ?? []), withoutNumbers(line.slice(12))])
    }
    return said
  })
}

/** Revisions, times and ids are another each time. */
function withoutNumbers(line: string): string {
  return line
    .replace(/^Deployment [a-z0-9-]+:/, 'Deployment ID:')
    .replaceAll(/\b[0-9a-f]{7}\b/g, 'REVISION')
    .replaceAll(/\b\d+(?:\.\d+)? s\b/g, 'N s')
    .replaceAll(/\b\d+:\d\d:\d\d [AP]M\b/g, 'TIME')
}
