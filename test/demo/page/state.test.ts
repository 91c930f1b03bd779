import { describe, expect, it } from 'vitest'
import { channelRows, placeOf, threadRows } from '../../../demo/page/model/rows.ts'
import { type Happening, next, type State } from '../../../demo/page/model/state.ts'
import { suggestionsFor } from '../../../demo/page/model/suggest.ts'
import { buttonFor } from '../../../demo/page/model/tour.ts'
import type { TourStep } from '../../../demo/tour/tour.ts'
import type { FromServer, Message } from '../../../demo/web/protocol.ts'

const deploys: TourStep = {
  title: 'Deploy',
  text: 'Dana deploys.',
  as: 'developer',
  channel: 'deploys',
  types: '/deploy lander',
  expects: 'lander succeeded',
}
const announced: TourStep = { ...deploys, announced: true }
const refused: TourStep = { ...deploys, as: 'guest', expects: 'may not' }

const hello: FromServer & { readonly kind: 'hello' } = {
  kind: 'hello',
  workspace: {
    name: 'Moonbase',
    domain: 'moonbase',
    bot: { id: 'U0BOT', name: 'touchdown', shownName: 'Touchdown' },
    people: [
      { id: 'U1', name: 'dana', shownName: 'Dana' },
      { id: 'U2', name: 'ari', shownName: 'Ari' },
    ],
    channels: [
      { id: 'C1', name: 'general', isPrivate: false },
      { id: 'C2', name: 'deploys', isPrivate: false },
      { id: 'C3', name: 'danas-own', isPrivate: true, members: ['U1'] },
    ],
    groups: [],
  },
  shown: {
    roles: { developer: 'U1', approver: 'U2', guest: 'U3' },
    commands: [],
    hosts: [],
    files: [],
    tour: [deploys, refused, announced],
  },
  messages: [],
  hosts: [
    { name: 'web1', url: 'http://127.0.0.1:1/', isUp: false, revision: undefined, container: undefined },
  ],
  isBotThere: false,
}

describe('the page', () => {
  it('starts as the developer, in the channel of the tour', () => {
    expect(stateAfter()).toMatchObject({ me: 'U1', channel: 'C2', isLive: true })
  })

  it('shows a message once, edited in its place, until it is deleted', () => {
    const posted = [says('1.000001', 'a'), says('2.000002', 'b')]
    expect(texts(stateAfter(...posted, says('1.000001', 'a, edited')))).toEqual(['a, edited', 'b'])
    expect(texts(stateAfter(...posted, { kind: 'gone', channel: 'C2', ts: '1.000001' }))).toEqual(['b'])
  })

  it('keeps replies in their thread, and a broadcast in both', () => {
    const state = stateAfter(
      says('1.000001', 'parent'),
      says('2.000002', 'step', { thread: '1.000001' }),
      says('3.000003', 'end', { thread: '1.000001', isBroadcast: true }),
      { kind: 'opens thread', channel: 'C2', ts: '1.000001' },
    )
    expect(texts(state)).toEqual(['parent', 'end'])
    expect(channelRows(state)[0]?.replies).toHaveLength(2)
    expect(threadRows(state).map(row => row.message.text)).toEqual(['parent', 'step', 'end'])
  })

  it('shows what is for one person to nobody else', () => {
    const whisper = says('1.000001', 'for Ari', { only: 'U2' })
    expect(texts(stateAfter(whisper))).toEqual([])
    expect(texts(stateAfter(whisper, { kind: 'acts as', person: 'U2' }))).toEqual(['for Ari'])
  })

  it('leaves a channel that the next person is not in', () => {
    const inOwn = stateAfter({ kind: 'opens channel', channel: 'C3' })
    expect(inOwn.channel).toBe('C3')
    expect(next(inOwn, { kind: 'acts as', person: 'U2' })?.channel).toBe('C1')
  })

  it('marks a channel with news until it is opened', () => {
    const state = stateAfter(says('1.000001', 'news', { channel: 'C1' }))
    expect([...state.unread]).toEqual(['C1'])
    expect([...(next(state, { kind: 'opens channel', channel: 'C1' })?.unread ?? [])]).toEqual([])
  })

  it('keeps who, where and the tour when the connection comes back', () => {
    const before = stateAfter(
      { kind: 'acts as', person: 'U2' },
      { kind: 'goes to step', index: 1 },
      { kind: 'cut' },
    )
    expect(before.isLive).toBe(false)
    const messages = [message('1.000001', 'meanwhile')]
    const back = next(before, { ...hello, messages })
    expect(back).toMatchObject({ isLive: true, me: 'U2', tour: { index: 1 }, seen: { messages } })
  })

  it('shows the latest look at a host', () => {
    const host = {
      name: 'web1',
      url: 'http://127.0.0.1:1/',
      isUp: true,
      revision: 'abc',
      container: undefined,
    }
    expect(stateAfter({ kind: 'host', host }).seen.hosts).toEqual([host])
  })
})

describe('the tour', () => {
  const success = says('1.000001', 'lander succeeded: serving 4f2c1ab')

  it.each<[string, boolean, readonly Happening[]]>([
    ['what it waits for', true, [success]],
    ['an edit to it', true, [says('1.000001', 'lander: deploying'), success]],
    ['something else', false, [says('1.000001', 'lander failed')]],
    ['a command with the same words', false, [says('1.000001', 'lander succeeded', { isTyped: true })]],
    ['an answer to somebody else', false, [says('1.000001', 'lander succeeded', { only: 'U2' })]],
    ['an answer to the one who acts', true, [says('1.000001', 'lander succeeded', { only: 'U1' })]],
    [
      'the message of what is to be announced',
      false,
      [{ kind: 'goes to step', index: 2 }, says('1.000001', 'lander succeeded')],
    ],
    [
      'its announcement',
      true,
      [{ kind: 'goes to step', index: 2 }, says('2.000002', 'lander succeeded', { isBroadcast: true })],
    ],
    ['what came in the step before', false, [success, { kind: 'goes to step', index: 1 }]],
  ])('after %s is done: %s', (_, isSeen, happened) => {
    expect(stateAfter(...happened).tour.isSeen).toBe(isSeen)
  })

  it('presses the button of the newest message that has it', () => {
    const button = (action: string) => ({
      type: 'button',
      action_id: action,
      text: { type: 'plain_text', text: action },
    })
    const blocks = [{ type: 'actions', elements: [button('approve'), button('cancel')] }]
    const messages = [
      message('2.000002', 'newer', { blocks }),
      message('1.000001', 'older', { blocks }),
      message('3.000003', 'newest, without'),
    ]
    const step = { ...deploys, presses: { action: 'approve' } }
    expect(buttonFor(step, messages)).toMatchObject({
      message: { text: 'newer' },
      button: { action: 'approve' },
    })
    expect(buttonFor(deploys, messages)).toBeUndefined()
  })
})

describe('suggestions', () => {
  const commands = ['/deploy lander', '/deploy lander --dry-run', '/deploy status'].map(text => ({
    text,
    about: '',
  }))

  it.each([
    ['', []],
    ['deploy', []],
    ['/', ['/deploy lander', '/deploy lander --dry-run', '/deploy status']],
    ['/DEPLOY s', ['/deploy status']],
    ['/deploy lander', ['/deploy lander --dry-run']],
    ['/deploy status ', []],
  ])('for %j', (typed, found) => {
    expect(suggestionsFor(typed, commands).map(({ text }) => text)).toEqual(found)
  })
})

describe('an address', () => {
  it.each([
    ['https://moonbase.slack.com/archives/C1/p1800000000000001', { channel: 'C1', ts: '1800000000.000001' }],
    [
      'https://moonbase.slack.com/archives/C1/p1800000000000002?thread_ts=1800000000.000001&cid=C1',
      { channel: 'C1', ts: '1800000000.000001' },
    ],
    ['https://other.slack.com/archives/C1/p1800000000000001', undefined],
    ['https://example.com', undefined],
  ])('%s leads to %j', (url, place) => {
    expect(placeOf(url, hello.workspace)).toEqual(place)
  })
})

function stateAfter(...happened: readonly Happening[]): State {
  const state = [hello, ...happened].reduce<State | undefined>(next, undefined)
  if (state === undefined) throw new Error('After a hello there is a state.')
  return state
}

function message(ts: string, text: string, more: Partial<Message> = {}): Message {
  return {
    ...{ channel: 'C2', ts, user: 'U0BOT', text, blocks: [], thread: undefined, only: undefined },
    ...{ isBroadcast: false, isEdited: false, isTyped: false },
    ...more,
  }
}

function says(ts: string, text: string, more: Partial<Message> = {}): Happening {
  return { kind: 'message', message: message(ts, text, more) }
}

function texts(state: State): readonly string[] {
  return channelRows(state).map(row => row.message.text)
}
