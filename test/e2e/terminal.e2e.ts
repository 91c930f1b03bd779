import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALICE, startBot, type TestBot } from './bot.ts'
import { breaches, journalsFromNow } from './journal.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has fewer than two hosts')
const journals = journalsFromNow(rig.hosts)

let pair: RigService
let served: string
let bot: TestBot

beforeAll(async () => {
  pair = await rig.service('c-alone', { hosts: [web1, web2], port: 8877 })
  const preflight = ['python3', '-c', 'import time; time.sleep(4); import wsgi']
  const deployers = [ALICE, `cli:${userInfo().username}`]
  bot = await startBot({ rig, services: [pair], changes: { 'c-alone': { deployers, preflight } } })
  await bot.kill('SIGTERM')
})
afterAll(() => bot?.stop())

const type = (words: readonly string[], more: Partial<Parameters<typeof touchdown>[1]> = {}) =>
  touchdown(words, { cwd: bot.folder, env: { XDG_CACHE_HOME: join(bot.folder, 'cache') }, ...more })
const states = () => recordsOf(bot).deployments.map(({ status }) => status)

describe('a terminal without a bot', () => {
  it('takes up what a killed terminal left: nothing blocks the line', async () => {
    await pair.recolour('red')
    const killed = await type(['c-alone'], { killWhen: stdout => stdout.includes('web1: reset ') })
    expect(killed.code).toBeNull()
    expect(states()).toEqual(['running'])

    served = await pair.recolour('green')
    const { code, stdout } = await type(['c-alone'])
    expect(stdout).toMatch(/waiting for its turn, number 1, behind c-alone \(\S+\)/)
    expect(stdout).toMatch(
      /c-alone \(\S+\) was left by a process that died or stood still, so it is taken up from here/,
    )
    expect(stdout).toContain('c-alone succeeded')
    expect(code).toBe(0)
    expect(states()).toEqual(['interrupted', 'succeeded'])
    await pair.serves(web1, served)
    await pair.serves(web2, served)
    expect(breaches(journals())).toEqual([])
  })

  it('stops by Ctrl-C before the next host, and brings the first to its end', async () => {
    const revision = await pair.recolour('blue')
    const { code, stdout } = await type(['c-alone'], { pressWhen: ['web1: reset '] })
    expect(stdout).toContain('Stopping, as `touchdown cancel` does.')
    expect(stdout).toMatch(/c-alone ended partly: 1\/2 hosts serve/)
    expect(code).toBe(1)
    await pair.serves(web1, revision)
    await pair.serves(web2, served)
    expect(recordsOf(bot).audit.at(-1)).toMatchObject({ action: 'cancel', decision: 'accepted' })
    expect(breaches(journals())).toEqual([])
  })

  it('leaves at the second Ctrl-C: the host finishes its step', async () => {
    await pair.recolour('white')
    const since = web1.journal().length
    const { code, stdout } = await type(['c-alone'], { pressWhen: ['web1: reset ', 'cancelled it'] })
    expect(stdout).toContain('Left c-alone before its end: the hosts finish the step that runs there.')
    expect(stdout).not.toContain('c-alone ended')
    expect(code).toBe(130)
    expect(states().at(-1)).toBe('running')
    const lines = () => web1.journal().slice(since)
    await until(
      'the step ends on its host, and the turn with it',
      async () => lines().some(line => line.includes(' c-alone.production host-lock end')) || undefined,
    )
    expect(lines().join('\n')).toContain(' c-alone.production preflight end 0')
    expect(breaches(journals())).toEqual([])
  })
})
