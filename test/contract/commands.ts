import { describe, expect, test } from 'vitest'
import { type Effects, TakenOver } from '../../src/ports/store.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { type HandClock, host, newDeployment } from './orders.ts'
import { type EmptyRecords, onEmptyRecords } from './records.ts'
import { app, approval, command } from './samples.ts'

/** Commands are acted on once, by whoever has them. */
export function commandContract(empty: () => Promise<EmptyRecords>): void {
  describe('commands', () => {
    let clock: HandClock
    let store: OpenStore
    let open: () => Promise<OpenStore>
    onEmptyRecords(empty, async (hand, opened) => {
      clock = hand
      open = opened
      store = await open()
    })

    test('a command is accepted once, whoever receives it again', async () => {
      const other = await open()
      expect(await store.accept(command('t1'), 'bot:1')).toBe(true)
      expect(await store.accept(command('t1'), 'bot:1')).toBe(false)
      expect(await other.accept({ ...command('t1'), text: 'something else' }, 'bot:1')).toBe(false)
      expect(await other.unsettled()).toEqual([command('t1')])
      expect(await other.heard('t1')).toEqual(command('t1'))
      expect(await store.settle('t1', 'bot:1')).toBe(true)
      expect(await other.heard('t1')).toEqual({ ...command('t1'), responseUrl: undefined })
      expect(await other.heard('t2')).toBe(undefined)
    })

    test('what nobody acted upon is found in the order in which it came, until it is settled', async () => {
      await store.accept({ ...command('b'), receivedAt: 2 }, 'bot:1')
      await store.accept(
        { ...command('c'), receivedAt: 3, channel: undefined, responseUrl: undefined },
        'bot:1',
      )
      await store.accept({ ...command('a'), receivedAt: 1 }, 'bot:1')
      await store.settle('b', 'bot:1')
      expect((await store.unsettled()).map(({ trigger }) => trigger)).toEqual(['a', 'c'])
      expect((await store.unsettled()).at(-1)).toMatchObject({ channel: undefined, responseUrl: undefined })
      expect(await store.accept(command('b'), 'bot:1')).toBe(false)
    })

    const left = async () => (await store.leftCommands()).map(({ trigger }) => trigger)

    test('what one acts on nobody else takes up, unless no more than one bot can live', async () => {
      const other = await open()
      await store.accept(command('t1'), 'bot:1')
      expect(await left()).toEqual(store.isShared ? [] : ['t1'])
      expect(await other.takeCommand('t1', 'bot:2')).toBe(!store.isShared)
      clock.forward(15_001)
      expect(await left()).toEqual(['t1'])
      expect(await other.takeCommand('t1', 'bot:2')).toBe(true)
      expect(await store.keepCommands('bot:1', ['t1'])).toEqual([])
      expect(await other.keepCommands('bot:2', ['t1', 'none'])).toEqual(['t1'])
      expect(await store.settle('t1', 'bot:1')).toBe(false)
      expect(await left()).toEqual(store.isShared ? [] : ['t1'])
      expect(await other.settle('t1', 'bot:2')).toBe(true)
      expect(await other.settle('t1', 'bot:2')).toBe(true)
      expect(await other.keepCommands('bot:2', ['t1'])).toEqual([])
      expect(await left()).toEqual([])
      expect(await store.takeCommand('t1', 'bot:1')).toBe(false)
      expect(await store.takeCommand('none', 'bot:1')).toBe(false)
    })

    const effects: readonly [keyof Effects, (effects: Effects) => Promise<unknown>][] = [
      ['create', by => by.create(newDeployment('d2'))],
      ['createAfter', by => by.createAfter('d1', newDeployment('d2'))],
      ['decide', by => by.decide('d1', { kind: 'rejected', by: 'U02BOB' }, 't1')],
      ['giveUp', by => by.giveUp('asks', { kind: 'config-changed' })],
      ['cancel', by => by.cancel('d1', 'U02BOB', 't1')],
      ['answer', by => by.answer('d1', { kind: 'answered', answer: 'leave', by: 'U02BOB' }, 't1', [])],
      ['setHold', by => by.setHold({ target: app, by: 'U', reason: '', forMs: undefined, trigger: 't1' })],
      ['endHold', by => by.endHold(app, 'U02BOB', 't1')],
      ['audit', by => by.audit(unlocked, 't1')],
    ]
    const unlocked = { actor: 'U', action: 'unlock', target: 'app', decision: 'not-held', detail: '' }

    test.each(effects)('%s comes of a command only as long as it is one’s own', async (_, act) => {
      const other = await open()
      await store.create(newDeployment('d1', { service: 'other' }))
      await store.create({ ...newDeployment('asks', { service: 'third' }), approval })
      for (const trigger of ['t1', 't2']) await store.accept(command(trigger), 'bot:1')
      clock.forward(15_001)
      expect(await other.takeCommand('t1', 'bot:2')).toBe(true)
      const written = async () => [
        await store.unfinished(),
        await store.find('asks'),
        await store.hold(app),
        await store.audited(0, 9),
      ]
      const before = await written()
      await expect(act(store.actingOn('t1', 'bot:1'))).rejects.toThrow(TakenOver)
      await other.settle('t1', 'bot:2')
      await expect(act(store.actingOn('t1', 'bot:2'))).rejects.toThrow(TakenOver)
      expect(await written()).toEqual(before)
      await act(store.actingOn('t2', 'bot:1'))
      await act(store.actingOn('cli-1', 'cli:1'))
    })

    test('what its owner keeps is not left, of those that it names', async () => {
      for (const trigger of ['t1', 't2']) await store.accept(command(trigger), 'bot:1')
      clock.forward(14_000)
      expect(await store.keepCommands('bot:1', ['t2'])).toEqual(['t2'])
      expect(await store.keepCommands('bot:1', [])).toEqual([])
      clock.forward(1_001)
      expect(await left()).toEqual(store.isShared ? ['t1'] : ['t1', 't2'])
    })

    test('of many who take one up at once, one does', async () => {
      const other = await open()
      await store.accept(command('t1'), 'bot:0')
      clock.forward(15_001)
      const taken = await Promise.all(
        [1, 2, 3, 4, 5, 6].map(n => (n % 2 ? store : other).takeCommand('t1', `bot:${n}`)),
      )
      // The only bot of records that are not shared asks for one at a time.
      if (store.isShared) expect(taken.filter(isMine => isMine)).toHaveLength(1)
    })

    test('what an owner that ends releases is left at once: its own, deployments, too', async () => {
      for (const n of [1, 2]) {
        await store.accept(command(`t${n}`), `bot:${n}`)
        await store.create(newDeployment(`d${n}`, { service: `s${n}`, hosts: [host(`h${n}`)] }))
        await store.claim(`d${n}`, `bot:${n}`)
      }
      await store.release('bot:1')
      expect(await left()).toEqual(store.isShared ? ['t1'] : ['t1', 't2'])
      const orphans = (await store.orphans('bot:3')).map(({ id }) => id)
      expect(orphans).toEqual(store.isShared ? ['d1'] : ['d1', 'd2'])
    })

    test.each([
      ['NUL', 'a\0b'],
      ['half a surrogate pair', 'a\ud800'],
      ['a bidi override', 'ma\u202ein'],
      ['quotes', `'"\``],
      ['40 kB', 'x'.repeat(40_000)],
      ['nothing', ''],
    ])('a text with %s comes back as it was typed', async (_, text) => {
      await store.accept({ ...command('t1'), text }, 'bot:1')
      expect((await store.unsettled())[0]?.text).toBe(text)
    })
  })
}
