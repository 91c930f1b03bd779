import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { publishedRateLimits } from '../../demo/slack/budget.ts'
import type { LocalSlack } from '../../demo/slack/local-slack.ts'
import { mentionsIn } from '../../demo/slack/mentions.ts'
import type { Deployment } from '../../src/deployment.ts'
import { realPace } from '../../src/slack/pace.ts'
import type { FakeRecords } from '../fakes/messages.ts'
import { NEW } from '../sentences/deployments.ts'
import {
  ended,
  hostDone,
  inChannel,
  started,
  step,
  type TellingWorld,
  tellingWorld,
  wholeDeploy,
} from './telling-world.ts'

const CHANNEL = 'C02CREATOR'
const HIDDEN = 'The approvers cannot see this message'
const asked = { kind: 'approval-asked', approvers: ['U02BOB'], expiresAt: 0, rehearsals: [] } as const

describe('the publisher', () => {
  it('tells a quick deployment by one message, one reply and one broadcast', async () => {
    const { slack, happen } = await tellingWorld()
    happen(inChannel(), ...wholeDeploy)
    await toldToItsEnd(slack)
    expect(methodsCalled(slack)).toEqual(['chat.postMessage', 'chat.postMessage', 'chat.postMessage'])
    const [parent, lines, final] = slack.messages(CHANNEL)
    expect(parent?.text).toMatch(/creator succeeded: serving 4f2c1ab on 2\/2 hosts, proved, 1\.9 s/)
    expect(lines?.text).toContain('web1: fetch 0.12 s')
    expect(lines?.text).toContain('web2: reset 0.12 s')
    expect([lines?.thread_ts, lines?.broadcast]).toEqual([parent?.ts, false])
    expect([final?.thread_ts, final?.broadcast]).toEqual([parent?.ts, true])
    expect(final?.text).toContain('creator succeeded')
  })

  it('edits the message in place while the deployment goes on', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    const parent = await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    expect(parent.text).toContain('deploying 4f2c1ab')
    happen(deployment, ...wholeDeploy.slice(1))
    await toldToItsEnd(slack)
    expect(slack.timeline(CHANNEL).map(message => [message.ts === parent.ts, message.edited])).toEqual([
      [true, false],
      [false, false],
    ])
    expect(parentOf(slack)?.text).toContain('creator succeeded')
  })

  it('sends only the newest of what has happened since the last edit', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    const release = slack.faults.hold('chat.update')
    happen(deployment, step('web1', 'connect'))
    happen(deployment, ...Array.from({ length: 100 }, (_, index) => step('web1', `step-${index}`)), ended)
    release()
    await toldToItsEnd(slack)
    expect(methodsCalled(slack).filter(method => method === 'chat.update').length).toBeLessThanOrEqual(3)
    expect(parentOf(slack)?.text).toContain('creator succeeded')
  })

  it('stays within the limits that Slack publishes, and every end arrives', async () => {
    const { slack, happen } = await tellingWorld({ rateLimits: publishedRateLimits })
    const deployments = Array.from({ length: 30 }, (_, index) => inChannel(CHANNEL, { id: `d${index}` }))
    for (const deployment of deployments) happen(deployment, started)
    await slack.waitFor(({ timeline }) => timeline(CHANNEL).length === 30)
    for (let round = 0; round < 10; round += 1) {
      for (const deployment of deployments) happen(deployment, step('web1', `step-${round}`))
      const before = slack.calls.length
      await slack.waitFor(({ calls }) => calls.length > before + 3)
    }
    for (const deployment of deployments) happen(deployment, hostDone('web1'), hostDone('web2'), ended)
    await slack.waitFor(
      ({ messages }) => messages(CHANNEL).filter(message => message.broadcast).length === 30,
    )
    expect(slack.calls.filter(call => call.status !== 200)).toEqual([])
    await slack.waitFor(({ messages }) =>
      messages(CHANNEL)
        .filter(message => message.thread_ts === undefined)
        .every(message => message.text.includes('succeeded')),
    )
  }, 30_000)

  it('waits as long as Slack asks after a 429, and holds back that method alone', async () => {
    const { slack, happen, pace } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    slack.faults.rateLimit('chat.update', { retryAfterSeconds: 600 })
    const before = pace.now()
    happen(deployment, ...wholeDeploy.slice(1))
    const order: string[] = []
    slack.onChange(change => {
      if (change.kind === 'message posted') order.push(change.message.broadcast ? 'final' : 'lines')
      if (change.kind === 'message changed') order.push('edit')
    })
    await slack.waitFor(() => parentOf(slack)?.text.includes('succeeded') && isBroadcast(slack))
    expect(order).toEqual(['lines', 'final', 'edit'])
    expect(pace.now() - before).toBeGreaterThanOrEqual(600_000)
  })

  it('tells the end after an hour without Slack, once', async () => {
    const { slack, happen, pace } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    slack.faults.serverError('chat.postMessage', { times: 130 })
    slack.faults.serverError('chat.update', { times: 130 })
    happen(deployment, ...wholeDeploy.slice(1))
    await toldToItsEnd(slack)
    expect(pace.now()).toBeGreaterThan(3_600_000)
    expect(slack.timeline(CHANNEL).length).toBe(2)
  })

  it('tells the ends after an outage in the order in which they came, whichever message was sent last', async () => {
    const { slack, happen } = await tellingWorld()
    const [first, second] = [inChannel(CHANNEL, { id: 'd1' }), inChannel(CHANNEL, { id: 'd2', sequence: 2 })]
    for (const deployment of [second, first]) {
      const before = slack.messages(CHANNEL).length
      happen(deployment, started)
      await slack.waitFor(({ messages }) => messages(CHANNEL).length > before)
    }
    const [parentOfSecond, parentOfFirst] = slack.messages(CHANNEL)
    for (const method of ['chat.postMessage', 'chat.update']) slack.faults.serverError(method, { times: 20 })
    happen({ ...first, endedAt: 1 }, ...wholeDeploy.slice(1))
    happen({ ...second, endedAt: 2 }, ...wholeDeploy.slice(1))
    const ends = await slack.waitFor(({ messages }) => {
      const found = messages(CHANNEL).filter(({ broadcast }) => broadcast)
      return found.length === 2 && found
    })
    expect(ends.map(({ thread_ts }) => thread_ts)).toEqual([parentOfFirst?.ts, parentOfSecond?.ts])
  })

  it('takes it as an edit done when the answer to an edit is lost', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    slack.faults.loseAnswer('chat.update')
    happen(deployment, ...wholeDeploy.slice(1))
    await toldToItsEnd(slack)
    expect(slack.timeline(CHANNEL).length).toBe(2)
  })

  it('tells the end at least once when the answer to a post is lost: Slack has no way to ask whether it arrived', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    slack.faults.loseAnswer('chat.postMessage')
    happen(deployment, ...wholeDeploy)
    await slack.waitFor(() => isBroadcast(slack))
    const messages = slack.messages(CHANNEL)
    expect(messages.filter(message => message.thread_ts === undefined).length).toBe(2)
    expect(
      messages.filter(message => message.thread_ts === undefined).every(({ text }) => /succeeded/.test(text)),
    ).toBe(true)
  })

  it('says of a message that was posted again that another may stand above it and is left behind', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    slack.faults.loseAnswer('chat.postMessage')
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL).length >= 2)
    happen(deployment, ...wholeDeploy.slice(1))
    await slack.waitFor(() => isBroadcast(slack))
    const [left, kept] = slack.timeline(CHANNEL)
    expect(left?.text).toContain('deploying')
    expect(kept?.text).toMatch(/succeeded.*\n.*If another one stands above, it is not kept up to date\./)
  })

  it('says nothing of that when Slack did say that it has not posted it', async () => {
    const { slack, happen } = await tellingWorld()
    slack.faults.serverError('chat.postMessage')
    happen(inChannel(), ...wholeDeploy)
    await toldToItsEnd(slack)
    expect(parentOf(slack)?.text).not.toContain('stands above')
  })

  it('takes a button back when it means nothing any more, without a word in the thread, and posts nothing anew for that', async () => {
    const { slack, records, happen } = await tellingWorld()
    const offers = [{ kind: 'lock', from: NEW }] as const
    const isDone = (id: string) => records.until(id, ({ done, lines }) => done && lines > wholeDeploy.length)
    for (const id of ['d1', 'd2']) {
      happen(inChannel(CHANNEL, { id }), ...wholeDeploy.slice(0, -1), { ...ended, offers })
      await records.until(id, ({ done }) => done)
    }
    const buttons = () =>
      slack.messages(CHANNEL).map(({ blocks }) => JSON.stringify(blocks).includes('"lock"'))
    const said = buttons().length
    expect(buttons().filter(has => has)).toHaveLength(2)
    happen(inChannel(CHANNEL, { id: 'd1' }), { kind: 'withdrawn' })
    await isDone('d1')
    expect(buttons().filter(has => has)).toHaveLength(1)
    slack.faults.deleteMessage(CHANNEL, records.toldOf('d2')?.parent ?? '')
    happen(inChannel(CHANNEL, { id: 'd2' }), { kind: 'withdrawn' })
    await isDone('d2')
    expect(buttons()).toHaveLength(said - 1)
  })

  it('posts a new message when somebody has deleted the old one, once', async () => {
    const { slack, happen, publisher } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    const first = await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    slack.faults.deleteMessage(CHANNEL, first.ts)
    happen(deployment, step('web1', 'fetch'))
    const second = await slack.waitFor(({ timeline }) => timeline(CHANNEL).find(({ ts }) => ts !== first.ts))
    expect(await publisher.place(deployment.id)).toEqual({ channel: CHANNEL, ts: second.ts })
    slack.faults.deleteMessage(CHANNEL, second.ts)
    happen(deployment, ...wholeDeploy.slice(2))
    const final = await slack.waitFor(({ timeline }) =>
      timeline(CHANNEL).find(({ text }) => /succeeded/.test(text)),
    )
    expect(final.ts).not.toBe(second.ts)
    expect(slack.timeline(CHANNEL).length).toBe(1)
  })

  it('posts a new message when the workspace has closed the old one to edits', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    slack.faults.editWindowClosed()
    happen(deployment, ...wholeDeploy.slice(1))
    await toldToItsEnd(slack)
    const parents = slack.messages(CHANNEL).filter(message => message.thread_ts === undefined)
    expect(parents.map(({ text }) => /succeeded/.test(text))).toEqual([false, true])
  })

  it('goes to the channel for all when its own does not let it in, and says how to change that', async () => {
    const { slack, happen, records, publisher } = await tellingWorld()
    const deployment = inChannel('C03OUT')
    happen(deployment, ...wholeDeploy)
    await toldToItsEnd(slack, 'C01GEN')
    const parent = slack.messages('C01GEN')[0]
    expect(parent?.text).toContain('/invite @touchdown')
    expect(await publisher.place(deployment.id)).toEqual({ channel: 'C01GEN', ts: parent?.ts })
    expect(records.audits).toEqual([
      expect.objectContaining({
        decision: 'channel-barred',
        detail: expect.stringMatching(/not_in_channel for C03OUT; told in C01GEN/),
      }),
    ])
  })

  it('moves to the next channel when its own is archived meanwhile', async () => {
    const { slack, happen } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL)[0])
    slack.setChannel({ id: CHANNEL, name: 'creator', is_archived: true })
    happen(deployment, ...wholeDeploy.slice(1))
    await toldToItsEnd(slack, 'C01GEN')
  })

  it('says in a message to a person that nobody else can approve it there, and what to do', async () => {
    const { slack, happen } = await tellingWorld({ channel: 'C03OUT' })
    happen(inChannel('C03OUT'), asked)
    const posted = await slack.waitFor(({ calls }) =>
      calls.find(({ args }) => args['channel'] === 'U01ALICE'),
    )
    expect(posted.args['text']).toContain(HIDDEN)
    expect(JSON.stringify(posted.args['blocks'])).toContain(HIDDEN)
  })

  it('says so where the bot and one person talk, as long as it is asked, and nowhere else', async () => {
    const { slack, happen } = await tellingWorld()
    slack.setChannel({ id: 'D01ALICE', name: 'alice' })
    for (const channel of [CHANNEL, 'D01ALICE']) {
      const deployment = inChannel(channel, { id: channel })
      happen(deployment, asked)
      const said = await slack.waitFor(({ messages }) => messages(channel)[0]?.text)
      expect(said.includes(HIDDEN)).toBe(channel !== CHANNEL)
      happen(deployment, { kind: 'approved', by: 'U02BOB', ahead: undefined })
      const text = await slack.waitFor(({ messages }) =>
        messages(channel).find(({ text }) => text.includes('waiting for its turn')),
      )
      expect(text.text).not.toContain(HIDDEN)
    }
  })

  it('tries each place once when none lets it in, records that and keeps nothing', async () => {
    const { slack, happen, records, publisher } = await tellingWorld({ channel: 'C03OUT' })
    const place = publisher.place('d1')
    happen(inChannel('C0GONE'), ...wholeDeploy)
    expect(await place).toBeUndefined()
    await records.until('d1', told => told.done)
    expect(slack.calls.map(call => call.args['channel'])).toEqual(['C0GONE', 'C03OUT', 'U01ALICE'])
    expect(records.audits.at(-1)?.detail).toContain('it is told nowhere in Slack')
  })

  it('sends text alone when Slack will not have the blocks', async () => {
    const { slack, happen } = await tellingWorld()
    slack.faults.refuse('chat.postMessage', 'invalid_blocks')
    happen(inChannel(), ...wholeDeploy)
    await toldToItsEnd(slack)
    expect(slack.messages(CHANNEL).map(message => message.blocks.length > 0)).toEqual([false, true, true])
  })

  it('tells the end beside the thread when Slack will not have it in the thread, and writes that down', async () => {
    const { slack, happen, records } = await tellingWorld()
    const deployment = inChannel()
    await allButTheEnd(deployment, happen, records)
    slack.faults.refuse('chat.postMessage', 'as_yet_unknown', 2)
    happen(deployment, ended)
    await records.until('d1', told => told.done)
    const [parent, beside, ...more] = slack.timeline(CHANNEL)
    expect([parent?.text, beside?.text, beside?.thread_ts, more]).toEqual([
      expect.stringContaining('creator succeeded'),
      expect.stringContaining('creator succeeded'),
      undefined,
      [],
    ])
    expect(records.audits).toEqual([
      expect.objectContaining({
        decision: 'end-unthreaded',
        detail: expect.stringMatching(
          /as_yet_unknown for the end in the thread; told in C02CREATOR beside it/,
        ),
      }),
    ])
  })

  it('tells the end in the next channel when Slack will not have it at all in the first, in a thread there', async () => {
    const { slack, happen, records } = await tellingWorld()
    const deployment = inChannel()
    await allButTheEnd(deployment, happen, records)
    slack.faults.refuse('chat.postMessage', 'as_yet_unknown', 3)
    happen(deployment, ended)
    await records.until('d1', told => told.done)
    expect(slack.timeline(CHANNEL).map(({ text }) => /creator succeeded/.test(text))).toEqual([true])
    expect(slack.timeline('C01GEN').map(({ broadcast }) => broadcast)).toEqual([false, true])
    expect(records.audits.map(({ decision }) => decision)).toEqual(['end-unthreaded', 'channel-barred'])
  })

  it('records that an end is told nowhere, once each place was tried, and stops there', async () => {
    const { slack, happen, records } = await tellingWorld()
    const deployment = inChannel()
    await allButTheEnd(deployment, happen, records)
    slack.faults.refuse('chat.postMessage', 'as_yet_unknown', Number.POSITIVE_INFINITY)
    happen(deployment, ended)
    await records.until('d1', told => told.done)
    expect(records.audits.at(-1)?.detail).toContain('it is told nowhere in Slack')
    expect(parentOf(slack)?.text).toContain('creator succeeded')
  })

  it.each(['restricted_action_thread_locked', 'restricted_action_non_threadable_channel'])(
    'keeps its message current and tells the end beside it where it may not reply: %s',
    async error => {
      const { slack, happen, records } = await tellingWorld()
      const deployment = inChannel()
      happen(deployment, started)
      await records.until('d1', told => told.parent !== undefined)
      slack.faults.refuse('chat.postMessage', error)
      happen(deployment, ...wholeDeploy.slice(1))
      await records.until('d1', told => told.done)
      const texts = slack.messages(CHANNEL).map(({ text, thread_ts }) => [thread_ts, text])
      expect(texts).toEqual([
        [undefined, expect.stringContaining('creator succeeded')],
        [undefined, expect.stringContaining('creator succeeded')],
      ])
      expect(slack.messages('C01GEN')).toEqual([])
    },
  )

  it('leaves a channel that has become read-only with a message that is current, and tells the end in the next', async () => {
    const { slack, happen, records } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await records.until('d1', told => told.lines === 1)
    slack.faults.refuse('chat.postMessage', 'restricted_action_read_only_channel', 2)
    happen(deployment, ...wholeDeploy.slice(1))
    await records.until('d1', told => told.done)
    expect(slack.timeline(CHANNEL).map(({ text }) => /creator succeeded/.test(text))).toEqual([true])
    expect(slack.timeline('C01GEN').map(({ broadcast }) => broadcast)).toEqual([false, true])
  })

  it('goes on after a restart where it was: the same message, no line twice, one broadcast', async () => {
    const { slack, happen, publisher, records, restart } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started, step('web1', 'fetch'))
    await records.until('d1', told => told.lines === 2)
    await publisher.close(0)
    for (const event of wholeDeploy.slice(2)) records.append('d1', event)
    await restart().resume()
    await toldToItsEnd(slack)
    expect(slack.timeline(CHANNEL).length).toBe(2)
    const thread = slack.thread(CHANNEL, parentOf(slack)?.ts ?? '').map(message => message.text)
    expect(thread.join('\n').match(/web1: fetch/g)?.length).toBe(1)
    await records.until('d1', told => told.done)
  })

  it('tells what another process deploys, and never twice what it heard itself', async () => {
    const { slack, records, happen, publisher } = await tellingWorld()
    const own = inChannel()
    happen(own, started, step('web1', 'fetch'))
    const theirs = inChannel('C01GEN', { id: 'd2' })
    records.add(theirs)
    for (const event of wholeDeploy) records.append('d2', event)
    await publisher.resume()
    happen(own, ...wholeDeploy.slice(2))
    await publisher.resume()
    await toldToItsEnd(slack)
    await toldToItsEnd(slack, 'C01GEN')
    await publisher.resume()
    for (const channel of [CHANNEL, 'C01GEN']) {
      const all = slack.messages(channel).map(message => message.text)
      expect(all.join('\n').match(/web1: fetch/g)?.length).toBe(1)
      expect(slack.timeline(channel).length).toBe(2)
    }
  })

  it('tells the steps of another process while it still deploys', async () => {
    const { slack, records, publisher } = await tellingWorld()
    await publisher.resume()
    records.add(inChannel())
    records.append('d1', started)
    await publisher.resume()
    await slack.waitFor(({ messages }) =>
      messages(CHANNEL).some(({ text }) => text.includes('started: 4f2c1ab')),
    )
    records.append('d1', step('web1', 'fetch'))
    await publisher.resume()
    await slack.waitFor(({ messages }) => messages(CHANNEL).some(({ text }) => text.includes('web1: fetch')))
  })

  it('tells an event once that it reads in the records before it hears of it', async () => {
    const { slack, records, publisher, happen } = await tellingWorld()
    await publisher.resume()
    const deployment = inChannel()
    happen(deployment, started)
    records.append('d1', step('web1', 'fetch'))
    await publisher.resume()
    publisher.tell(deployment, step('web1', 'fetch'))
    happen(deployment, ...wholeDeploy.slice(2))
    await toldToItsEnd(slack)
    const all = slack.messages(CHANNEL).map(message => message.text)
    expect(all.join('\n').match(/web1: fetch/g)?.length).toBe(1)
  })

  it('sends nothing more of a deployment while it cannot record what it has sent, and repeats nothing', async () => {
    const { slack, records, happen } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, started)
    await records.until('d1', told => told.lines === 1)
    const mend = records.refuseSaves()
    happen(deployment, step('web1', 'fetch'))
    await slack.waitFor(({ calls }) => calls.some(({ method }) => method === 'chat.update'))
    const sent = () => slack.calls.filter(({ args }) => args['channel'] === CHANNEL).length
    const before = sent()
    happen(deployment, ...wholeDeploy.slice(2))
    happen(inChannel('C01GEN', { id: 'd2' }), started)
    await slack.waitFor(({ messages }) => messages('C01GEN').length === 1)
    expect(sent()).toBe(before)
    mend()
    await records.until('d1', ({ done }) => done)
    const thread = slack.thread(CHANNEL, parentOf(slack)?.ts ?? '').map(({ text }) => text)
    expect(thread.join('\n').match(/web1: fetch/g)).toHaveLength(1)
    expect(slack.messages(CHANNEL).filter(({ broadcast }) => broadcast)).toHaveLength(1)
  })

  it('reads a thousand events in few looks', async () => {
    const { slack, publisher, records, happen } = await tellingWorld({ publisherPace: realPace })
    const deployment = inChannel()
    happen(deployment, started)
    await slack.waitFor(({ messages }) => messages(CHANNEL).length === 1)
    const before = records.reads()
    const began = performance.now()
    for (let n = 0; n < 1_000; n += 1) {
      happen(deployment, step('web1', `s${n}`))
      await new Promise(resolve => setImmediate(resolve))
    }
    await vi.waitUntil(() => publisher.behindMs() > 0)
    await records.until('d1', ({ lines }) => lines > 1)
    expect(records.reads() - before).toBeLessThan(3 + (performance.now() - began) / 200)
  })

  it('says how far it is behind: as long as the oldest thing that Slack does not show', async () => {
    const { slack, publisher, records, happen } = await tellingWorld({ publisherPace: realPace })
    expect(publisher.behindMs()).toBe(0)
    const release = slack.faults.hold('chat.postMessage')
    happen(inChannel(), started)
    await vi.waitUntil(() => publisher.behindMs() >= 300)
    happen(inChannel(), ...wholeDeploy.slice(1))
    expect(publisher.behindMs()).toBeGreaterThanOrEqual(300)
    release()
    await records.until('d1', ({ done }) => done)
    await vi.waitUntil(() => publisher.behindMs() === 0)
  })

  it('adds what comes after the end to the same message and thread', async () => {
    const { slack, happen, records } = await tellingWorld()
    const deployment = inChannel()
    happen(deployment, ...wholeDeploy)
    await records.until('d1', told => told.done)
    const commits = [{ revision: NEW, author: 'Ann', subject: 'Ping <!channel> & <@U02BOB>' }]
    happen(deployment, {
      kind: 'changes',
      changes: { from: undefined, commits, total: 1, removed: 0, compareUrl: undefined },
    })
    await slack.waitFor(() => JSON.stringify(parentOf(slack)?.blocks).includes('Ping &lt;!channel&gt; &amp;'))
    await slack.waitFor(({ messages }) => messages(CHANNEL).length === 4)
    expect(slack.timeline(CHANNEL).length).toBe(2)
    expect(slack.messages(CHANNEL).flatMap(mentionsIn)).not.toContain('@channel')
    expect(slack.messages(CHANNEL).flatMap(mentionsIn)).not.toContain('U02BOB')
  })

  it('sends what is left when it is closed, and no longer than it may', async () => {
    const { slack, happen, publisher } = await tellingWorld({ publisherPace: realPace })
    happen(inChannel(), ...wholeDeploy)
    await publisher.close(5_000)
    expect(isBroadcast(slack)).toBe(true)
    expect(parentOf(slack)?.text).toContain('succeeded')
  })

  it('is closed in time although Slack hangs', async () => {
    const { slack, records, happen, publisher } = await tellingWorld({ publisherPace: realPace })
    const release = slack.faults.hold('chat.postMessage')
    happen(inChannel(), ...wholeDeploy)
    await vi.waitUntil(() => !slack.faults.isPlanned('chat.postMessage'))
    await publisher.close(50, 50)
    expect(records.toldOf('d1')?.parent).toBeUndefined()
    release()
    expect(await publisher.place('d1')).toBeUndefined()
  })

  it('is not closed before it knows and has recorded what came of the call that was out', async () => {
    const { slack, records, happen, publisher } = await tellingWorld({ publisherPace: realPace })
    const release = slack.faults.hold('chat.postMessage')
    happen(inChannel(), ...wholeDeploy)
    await vi.waitUntil(() => !slack.faults.isPlanned('chat.postMessage'))
    let isClosed = false
    const closing = publisher.close(50).then(() => {
      isClosed = true
    })
    await realPace.wait(200, new AbortController().signal)
    expect(isClosed).toBe(false)
    release()
    await closing
    expect(records.toldOf('d1')?.parent).toBe(parentOf(slack)?.ts)
    // Nothing new was begun.
    expect(methodsCalled(slack).filter(method => method.startsWith('chat.'))).toEqual(['chat.postMessage'])
  })

  it('ends in the last state whatever goes wrong on the way', async () => {
    const fault = fc.constantFrom('429', '5xx', 'lost', 'deleted', 'closed', 'none')
    const schedule = fc.array(fc.record({ fault, events: fc.integer({ min: 1, max: 3 }) }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(schedule, async rounds => {
        const { slack, happen, records } = await tellingWorld()
        const deployment = inChannel()
        happen(deployment, started)
        let count = 1
        for (const { fault, events } of rounds) {
          bringAbout(slack, fault)
          happen(deployment, ...Array.from({ length: events }, (_, index) => step('web1', `s${index}`)))
          count += events
          await records.until('d1', told => told.lines === count)
        }
        happen(deployment, hostDone('web1'), hostDone('web2'), ended)
        // A message that was lost twice is not posted a third time; the end is told all the same.
        const losses = rounds.filter(({ fault }) => fault === 'deleted' || fault === 'closed').length
        await slack.waitFor(({ timeline }) => timeline(CHANNEL).at(-1)?.text.includes('creator succeeded'))
        if (losses < 2) await toldToItsEnd(slack)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})

/** What is left is to edit the message a last time and to tell the end. */
async function allButTheEnd(
  deployment: Deployment,
  happen: TellingWorld['happen'],
  records: FakeRecords,
): Promise<void> {
  happen(deployment, ...wholeDeploy.slice(0, -1))
  await records.until(deployment.id, told => told.lines === wholeDeploy.length - 1)
}

function bringAbout(slack: LocalSlack, fault: string): void {
  const parent = parentOf(slack)
  if (fault === '429') slack.faults.rateLimit('chat.update', { retryAfterSeconds: 7 })
  if (fault === '5xx') slack.faults.serverError('chat.postMessage', { times: 2 })
  if (fault === 'lost') slack.faults.loseAnswer('chat.update')
  if (fault === 'closed') slack.faults.editWindowClosed()
  if (fault === 'deleted' && parent) slack.faults.deleteMessage(CHANNEL, parent.ts)
}

function toldToItsEnd(slack: LocalSlack, channel = CHANNEL): Promise<unknown> {
  return slack.waitFor(
    () =>
      isBroadcast(slack, channel) &&
      slack
        .messages(channel)
        .filter(message => message.thread_ts === undefined)
        .at(-1)
        ?.text.includes('succeeded'),
    10_000,
    'the end of the deployment',
  )
}

function isBroadcast(slack: LocalSlack, channel = CHANNEL): boolean {
  return slack.messages(channel).some(message => message.broadcast)
}

function parentOf(slack: LocalSlack, channel = CHANNEL) {
  return slack.messages(channel).find(message => message.thread_ts === undefined)
}

function methodsCalled(slack: LocalSlack): readonly string[] {
  return slack.calls.map(call => call.method)
}
