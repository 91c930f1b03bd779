import { describe, expect, it } from 'vitest'
import type { Because } from '../../src/because.ts'
import type { DeploymentEvent, Note } from '../../src/event.ts'
import type { HostResult } from '../../src/host-result.ts'
import { eventLines, failingOutput, finalText } from '../../src/sentences/thread.ts'
import type { StepOutcome } from '../../src/step.ts'
import {
  anOrder,
  endedWith,
  FULL_DISK,
  failed,
  NEW,
  OLD,
  revision,
  took,
  UNTOUCHED,
  unknown,
  viewAfter,
} from './deployments.ts'

const LOST: Because = { kind: 'link-lost', ended: { code: 0 } }
const FULL_TEXT =
  'web2: reset failed (exit code 128): the disk is full. Free some space on web2 (df -h and docker system df show what takes it) and deploy again.'

function lines(event: DeploymentEvent, about: Parameters<typeof viewAfter>[1] = {}): readonly string[] {
  return eventLines(viewAfter([event], about), event)
}

function step(name: string, outcome: StepOutcome): DeploymentEvent {
  return { kind: 'step', host: 'web1', step: name, outcome }
}

function end(result: HostResult, durationMs = 1_700): DeploymentEvent {
  return { kind: 'host-ended', host: 'web2', result, durationMs }
}

describe('the thread', () => {
  it.each<[DeploymentEvent, readonly string[]]>([
    [
      { kind: 'queued', position: 2, behind: ['api (d1)', 'web (d2)'] },
      ['waiting for its turn, number 2, behind api (d1), web (d2)'],
    ],
    [{ kind: 'started', fence: 1 }, ['started: 4f2c1ab to web1 and web2; web1 switches first, alone']],
    [
      { kind: 'resumed', fence: 5, found: [], isLast: true },
      [
        'taken up again: the bot or terminal that ran it ended, or was not heard of',
        'it is not tried again: it was taken up several times, and each time the process that ran it ended or stood still before it came to its end. See the log of the bot; then deploy again',
      ],
    ],
    [
      { kind: 'stalled', forMs: 900_000, expiresAt: 0 },
      [
        'how far it came is shown above. U01ALICE, or whoever else may deploy or approve it, says on its message in Slack within 15 min whether it goes on',
        'Resume: the same order again; hosts that ended as ordered stay, the others get a new container',
        'Leave, or `/deploy cancel creator`: what is there stays, and others in the queue go on; so it does when nobody says anything',
      ],
    ],
    [{ kind: 'answered', answer: 'resume', by: 'U02BOB' }, ['U02BOB resumed it: the same order goes on']],
    [{ kind: 'answered', answer: 'leave', by: 'U02BOB' }, ['U02BOB left it: what is there stays']],
    [
      { kind: 'answered', answer: 'leave', by: undefined },
      ['nobody said in time whether it goes on, so what is there stays'],
    ],
    [
      {
        kind: 'resumed',
        fence: 2,
        found: [
          { host: 'web1', head: NEW, container: 'running', detail: OLD },
          {
            host: 'web2',
            head: undefined,
            container: undefined,
            detail: undefined,
            because: { kind: 'link-lost', ended: 'not-known' },
          },
          { host: 'web3', head: undefined, container: undefined, detail: undefined },
        ],
      },
      [
        'taken up again: the bot or terminal that ran it ended, or was not heard of',
        'web1 was found with: HEAD 4f2c1ab, container running, serves 1a2b3c4',
        'web2 could not be looked at: the connection was lost',
        'web3 was found with: nothing that could be seen',
      ],
    ],
    [
      { kind: 'cancel-asked', by: 'U02BOB' },
      ['U02BOB cancelled it: no further host begins; a host that has begun is brought to its end'],
    ],
    [{ kind: 'ended', ending: 'failed', durationMs: 1 }, []],
  ])('tells %j', (event, told) => {
    expect(lines(event)).toEqual(told)
  })

  it('tells of a single host without a canary', () => {
    expect(lines({ kind: 'started', fence: 1 }, { order: anOrder({}, ['web1']) })).toEqual([
      'started: 4f2c1ab to web1',
    ])
  })

  it.each<[DeploymentEvent, string]>([
    [step('fetch', { status: 'ok', output: '', durationMs: 183 }), 'web1: fetch 0.18 s'],
    [
      step('reset', {
        status: 'failed',
        exit: { code: 128 },
        output: 'No space left on device',
        durationMs: 20,
      }),
      'web1: reset failed after 0.02 s: the disk is full',
    ],
    [
      step('reset', { status: 'failed', exit: { code: 9 }, output: 'succeeded', durationMs: 20 }),
      'web1: reset failed after 0.02 s: exit code 9',
    ],
    [
      step('fetch', { status: 'failed', exit: { code: 65 }, output: '', durationMs: 20 }),
      'web1: fetch failed after 0.02 s: the commit is gone from the git server',
    ],
    [
      step('reset', { status: 'failed', exit: { code: 124 }, output: '', durationMs: 120_000 }),
      'web1: reset failed after 2 min: its time was over',
    ],
    [
      step('reset', { status: 'failed', exit: { signal: 'SIGKILL' }, output: '', durationMs: 20 }),
      'web1: reset failed after 0.02 s: ended by SIGKILL',
    ],
    [
      step('verify', { status: 'failed', exit: { code: 1 }, output: '', durationMs: 30_000 }),
      'web1: verify failed after 30 s',
    ],
    [
      step('reset', { status: 'unknown', why: 'link-lost', sequence: '1', output: '', durationMs: 5_000 }),
      'web1: reset: the connection was lost after 5.0 s; how it ended is not known',
    ],
    [
      step('reset', { status: 'unknown', why: 'timed-out', sequence: '1', output: '', durationMs: 5_000 }),
      'web1: reset: nothing more was heard after 5.0 s; how it ended is not known',
    ],
    [
      step('reset', { status: 'unknown', why: 'no-marker', sequence: '1', output: '', durationMs: 5_000 }),
      "web1: reset: the host's shell ended after 5.0 s; how it ended is not known",
    ],
  ])('has a line for the step %j', (event, line) => {
    expect(lines(event)).toEqual([line])
  })

  it.each<[HostResult, readonly string[]]>([
    [took('served'), ['web2: serving 4f2c1ab, proved (was 1a2b3c4), 1.7 s']],
    [took('reloaded'), ['web2: 4f2c1ab, reload seen (was 1a2b3c4), 1.7 s']],
    [took('running'), ['web2: 4f2c1ab, running, no reload could be seen (was 1a2b3c4), 1.7 s']],
    [
      { status: 'succeeded', proof: 'served', previous: NEW, digest: undefined },
      ['web2: serving 4f2c1ab, proved (as before), 1.7 s'],
    ],
    [
      { status: 'succeeded', proof: 'served', previous: undefined, digest: undefined },
      ['web2: serving 4f2c1ab, proved (first checkout), 1.7 s'],
    ],
    [UNTOUCHED, ['web2: its turn did not come; what runs there is as before.']],
    [
      failed('reset', FULL_DISK, { head: OLD, served: OLD, container: 'running' }),
      [FULL_TEXT, 'web2 now: HEAD 1a2b3c4, serves 1a2b3c4, container running.'],
    ],
    [
      failed('reset', FULL_DISK, { head: undefined, served: 'HTTP 500', container: undefined }),
      [FULL_TEXT, 'web2 now: no commit checked out, answers: HTTP 500, Docker did not answer.'],
    ],
    [
      unknown('reset', LOST),
      [
        'web2: the connection was lost at reset. web2 finished reset by itself, and nothing after it. Deploy again to do the rest.',
        'web2 now: it could not be asked what it has and serves.',
      ],
    ],
  ])('tells how a host ended: %j', (result, told) => {
    expect(lines(end(result))).toEqual(told)
  })

  it('says that nothing was changed on a host that was never reached, unless an earlier attempt was there', () => {
    const event = end(failed('connect', { kind: 'key-rejected', user: 'deploy' }))
    expect(lines(event).at(-1)).toBe('web2 now: nothing was changed there.')
    expect(lines(event, { resumes: 1 }).at(-1)).toBe(
      'web2 now: it could not be asked what it has and serves.',
    )
    expect(lines(end(UNTOUCHED), { resumes: 1 })).toEqual(['web2: its turn did not come.'])
  })
})

describe('a note in the thread', () => {
  const ref = 'refs/touchdown/discarded/d1'
  it.each<[Note, string]>([
    [
      { kind: 'origin-corrected', from: 'https://ci:t0ken@old.example.com/x', to: 'git@new.example.com:x' },
      'the checkout fetched from https://…@old.example.com/x; it fetches from git@new.example.com:x now, as touchdown.yml says',
    ],
    [
      { kind: 'origin-corrected', from: '', to: 'git@new.example.com:x' },
      'the checkout had no origin; it fetches from git@new.example.com:x now, as touchdown.yml says',
    ],
    [
      { kind: 'edits-kept', ref },
      `edits made on the host were kept in ${ref}. To get them back there: git -C /srv/creator stash apply ${ref}`,
    ],
    [
      { kind: 'commits-kept', ref: `${ref}-commits`, head: OLD },
      `commits that are on this host only, up to 1a2b3c4, were kept in ${ref}-commits. To see them there: git -C /srv/creator log ${ref}-commits`,
    ],
    [
      { kind: 'files-kept', directory: '~/.touchdown/discarded/d1', files: ['a', 'b\u202ec'] },
      '2 files that were in the way were copied to ~/.touchdown/discarded/d1: a, bc. To get them back there: cp -a ~/.touchdown/discarded/d1/. /srv/creator/',
    ],
    [
      { kind: 'files-kept', directory: '~/.touchdown/discarded/d1', files: ['a'] },
      '1 file that was in the way was copied to ~/.touchdown/discarded/d1: a. To get them back there: cp -a ~/.touchdown/discarded/d1/. /srv/creator/',
    ],
    [
      { kind: 'revision-file-tracked' },
      'the repository has a file REVISION of its own, so none was written; what the app says of its revision is up to that file',
    ],
    [
      { kind: 'already-answered' },
      '4f2c1ab was answered before the reload file was touched, so the answers cannot show the reload',
    ],
    [
      { kind: 'touched-again', afterMs: 6_012 },
      'no reload was seen for 6.0 s, so the reload file was touched again',
    ],
    [
      { kind: 'reload-by-reset', file: 'uwsgi.ini' },
      'the reset itself changed uwsgi.ini and so set off a reload; that one was let pass before the touch',
    ],
    [
      { kind: 'index-lock-removed' },
      'a git that had died left /srv/creator/.git/index.lock, so it was removed: it was older than ten minutes, and no git ran on the host',
    ],
    [
      { kind: 'put-back', revision: OLD, loadedBy: undefined },
      '1a2b3c4 was put back; the new code was not loaded',
    ],
    [
      { kind: 'put-back', revision: OLD, loadedBy: 'reset' },
      '1a2b3c4 was put back, but the commit changes the reload file, so the reset had set off a reload by itself and the new code may have been loaded. Deploy 1a2b3c4 to be sure that it is what runs',
    ],
    [
      { kind: 'put-back', revision: OLD, loadedBy: 'start' },
      '1a2b3c4 was put back, but the container had been started with the new code before. Deploy 1a2b3c4 to be sure that it is what runs',
    ],
    [{ kind: 'put-back', revision: OLD, loadedBy: 'replaced' }, '1a2b3c4 was put back'],
    [
      { kind: 'pulled-elsewhere', from: 'r2/creator:1', failed: ['r1/creator:1'] },
      'the image was pulled from r2/creator:1, because r1/creator:1 did not give it',
    ],
    [
      { kind: 'pulled-elsewhere', from: undefined, failed: ['r1/creator:1', 'r2/creator:1'] },
      'the image that the host had is used, because r1/creator:1 and r2/creator:1 did not give one',
    ],
    [
      { kind: 'putting-back', revision: OLD, cause: { host: 'web2', end: 'failed' } },
      'is put back to 1a2b3c4, because web2 failed',
    ],
    [
      { kind: 'putting-back', revision: OLD, cause: { host: 'web2', end: 'unknown' } },
      'is put back to 1a2b3c4, because it is not known how web2 ended',
    ],
    [
      { kind: 'container-put-back', container: 'creator', old: 'running' },
      'the old container creator was put back and runs again',
    ],
    [
      { kind: 'container-put-back', container: 'creator', old: 'stopped' },
      'the old container creator was put back; it does not run, as before',
    ],
    [
      { kind: 'container-put-back', container: 'creator', old: 'none' },
      'the new container was taken away; there was no container creator before',
    ],
    [
      { kind: 'swapped', container: 'creator', gapMs: 850 },
      'creator: 0.85 s passed from the stop of the old container until the new one was healthy',
    ],
    [
      { kind: 'also-stopped', step: 'swap-back', because: { kind: 'exit', code: 72, output: 'no' } },
      'swap-back failed (exit code 72): neither the new container nor the old one could be made to run. Look at docker ps -a on web1: the old container has its name again or ends in -previous. Start it by hand, then find out what keeps Docker from it.',
    ],
    [
      { kind: 'mount-stale', container: 'creator' },
      'the container creator saw an older folder than /srv/creator, so it was restarted',
    ],
    [
      { kind: 'digest-unknown' },
      "the container's image has no digest of a registry, so the container cannot be made again by itself should it be removed",
    ],
  ])('%j', (note, text) => {
    expect(lines({ kind: 'note', host: 'web1', note })).toEqual([`web1: ${text}`])
  })

  it('names the user whose checkout it is', () => {
    const told = lines(
      { kind: 'note', host: 'web1', note: { kind: 'edits-kept', ref } },
      { order: anOrder({ runAs: 'creator' }) },
    )
    expect(told[0]).toContain(`sudo -u creator git -C /srv/creator stash apply ${ref}`)
  })

  it('lists ten files at most', () => {
    const files = Array.from({ length: 30 }, (_, index) => `f${index}`)
    const [told] = lines({
      kind: 'note',
      host: 'web1',
      note: { kind: 'files-kept', directory: '~/d', files },
    })
    expect(told).toContain('30 files')
    expect(told).toContain('f8, 21 more.')
  })
})

describe('the changes in the thread', () => {
  const commits = [
    { revision: NEW, author: 'Ann', subject: 'Add <!channel> \u202eto all' },
    { revision: revision('5e5e5e5'), author: 'Bob', subject: 'Mend' },
  ]
  const none = { from: OLD, commits: [], total: 0, removed: 0, compareUrl: undefined }
  it.each([
    [
      { from: OLD, commits, total: 12, removed: 1, compareUrl: 'https://h/compare/a...b' },
      [
        '12 commits since 1a2b3c4',
        '4f2c1ab Add <!channel> to all (Ann)',
        '5e5e5e5 Mend (Bob)',
        'and 10 commits more',
        'it lacks 1 commit that ran before',
        'compare: https://h/compare/a...b',
      ],
    ],
    [
      { ...none, from: undefined, total: 40, commits: commits.slice(1) },
      ['the first deployment that is recorded', '5e5e5e5 Mend (Bob)', 'and 39 commits more'],
    ],
    [none, ['the same commit as before, 1a2b3c4']],
    [{ ...none, removed: 2 }, ['back from 1a2b3c4', 'it lacks 2 commits that ran before']],
  ])('%#', (changes, told) => {
    expect(lines({ kind: 'changes', changes })).toEqual(told)
  })
})

describe('failing output', () => {
  it('says of how much of it is not there, and where to look for it', () => {
    const outcome: StepOutcome = {
      ...{ status: 'failed', exit: { code: 3 }, output: 'last', durationMs: 1_200 },
      cutBytes: 99_996_011,
    }
    expect(lines(step('preflight', outcome))).toEqual([
      'web1: preflight failed after 1.2 s: the preflight command failed',
      'web1: what it printed is shown without the 99,996,011 bytes before; web1 keeps at least its beginning and its end in ~/.touchdown/deployments/d1',
    ])
  })

  it('is what a failing step printed, without passwords', () => {
    const output = "fatal: unable to access 'https://t0ken@h/x': no\n"
    expect(failingOutput(step('fetch', { status: 'failed', exit: { code: 1 }, output, durationMs: 1 }))).toBe(
      "fatal: unable to access 'https://…@h/x': no",
    )
  })

  it("is a restarting container's logs, which no step has told", () => {
    const because: Because = { kind: 'container-restarting', container: 'c', output: 'a\nb' }
    expect(failingOutput(end(failed('look', because)))).toBe('a\nb')
    expect(failingOutput(end(failed('reset', FULL_DISK)))).toBeUndefined()
  })

  it('is none where nothing failed or nothing was said', () => {
    expect(failingOutput(step('fetch', { status: 'ok', output: 'hello', durationMs: 1 }))).toBeUndefined()
    expect(
      failingOutput(step('verify', { status: 'failed', exit: { code: 1 }, output: ' ', durationMs: 1 })),
    ).toBeUndefined()
    expect(failingOutput(end(took('served')))).toBeUndefined()
    expect(failingOutput({ kind: 'started', fence: 1 })).toBeUndefined()
  })
})

describe('the broadcast', () => {
  it('is the headline alone when all went well', () => {
    expect(finalText(endedWith({ web1: took('served') }, 'succeeded', 1_900))).toBe(
      'creator succeeded: serving 4f2c1ab on 1/1 hosts, proved, 1.9 s',
    )
  })

  it('tells of every host when one failed', () => {
    const now = { head: OLD, served: OLD, container: 'running' }
    const results = {
      web1: took('served'),
      web2: failed('reset', FULL_DISK, now),
      web3: UNTOUCHED,
      web4: took('reloaded'),
      web5: took('running'),
    }
    expect(finalText(endedWith(results, 'partial', 900)).split('\n')).toEqual([
      'creator ended partly: 3/5 hosts run 4f2c1ab; failed at reset on web2: the disk is full',
      'web1: serves 4f2c1ab.',
      FULL_TEXT,
      'web2 now: HEAD 1a2b3c4, serves 1a2b3c4, container running.',
      'web3: its turn did not come; what runs there is as before.',
      'web4: reloaded with 4f2c1ab.',
      'web5: has 4f2c1ab and runs; no reload could be seen.',
    ])
  })

  it('tells what was found on the hosts when a restarted bot does not go on', () => {
    const view = viewAfter(
      [
        {
          kind: 'resumed',
          fence: 2,
          found: [{ host: 'web1', head: NEW, container: 'running', detail: NEW }],
        },
        { kind: 'ended', ending: 'interrupted', durationMs: 0 },
      ],
      { resumes: 1 },
    )
    expect(finalText(view).split('\n')).toEqual([
      'creator was interrupted by a restart or a fault of the bot: it is not known which hosts took 4f2c1ab',
      'web1 was found with: HEAD 4f2c1ab, container running, serves 4f2c1ab.',
      'web2: how it ended there is not recorded.',
    ])
  })
})
