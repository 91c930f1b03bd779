import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from '../../src/intent/parse.ts'
import type { Refusal } from '../../src/refusal.ts'
import { refusalText } from '../../src/sentences/refusals.ts'
import { revision } from './deployments.ts'

describe('a refusal', () => {
  it.each<[Refusal, string]>([
    [
      { reason: 'unknown-service', name: 'creatr', near: ['creator', 'curator'] },
      'There is no service `creatr`. Did you mean `creator` or `curator`?',
    ],
    [
      { reason: 'unknown-service', name: 'x', near: [] },
      'There is no service `x`. `/deploy status` shows the services that there are.',
    ],
    [
      { reason: 'unknown-environment', service: 'creator', name: 'stagin', known: ['production', 'staging'] },
      'creator has no environment `stagin`. Did you mean `to staging`?',
    ],
    [
      { reason: 'unknown-environment', service: 'creator', name: 'qa', known: ['production', 'staging'] },
      'creator has no environment `qa`. It has `production` and `staging`.',
    ],
    [
      { reason: 'unknown-host', service: 'creator', name: 'wbe1', known: ['web1', 'stage1'] },
      'creator is not deployed to a host `wbe1` there. Did you mean `on web1`?',
    ],
    [
      { reason: 'unknown-host', service: 'creator', name: 'db', known: ['web1'] },
      'creator is not deployed to a host `db` there. Its hosts there are `web1`.',
    ],
    [
      { reason: 'unknown-ref', service: 'creator', ref: 'stagin', near: ['to staging', 'string'] },
      'The repository of creator has no branch, tag or commit `stagin`. Did you mean `to staging` or `string`?',
    ],
    [
      { reason: 'unknown-ref', service: 'creator', ref: 'x', near: [] },
      'The repository of creator has no branch, tag or commit `x`. Check the name, or push it first; a commit needs at least 7 digits of its hash.',
    ],
    [
      { reason: 'ambiguous-ref', service: 'creator', ref: 'v1', choices: ['branch:v1', 'tag:v1'] },
      '`v1` can mean more than one thing for creator. Say `branch:v1` or `tag:v1`.',
    ],
    [
      { reason: 'ref-not-allowed', service: 'creator', ref: 'wip', allowed: ['main', 'release/*'] },
      '`wip` may not be deployed to creator: its `refs` in touchdown.yml let through `main` and `release/*`, and commits that are on one of them. Merge it there first.',
    ],
    [
      {
        reason: 'repo-unreachable',
        service: 'creator',
        detail: 'fatal: Could not read\nfrom remote repository',
      },
      'The repository of creator could not be asked: fatal: Could not read from remote repository. Nothing was started. Try again; if it stays like this, check `repo` in touchdown.yml and the key that `GIT_KEY` names.',
    ],
    [
      { reason: 'unsupported-repo', service: 'creator', what: 'lfs' },
      'This revision of creator uses Git LFS, which hosts do not fetch yet: its files would be incomplete. Nothing was started. Deploy a revision that does without.',
    ],
    [
      { reason: 'not-a-member', standing: 'guest' },
      'Guests of the workspace may not use this bot. Ask a full member of the workspace to do it.',
    ],
    [
      { reason: 'not-a-member', standing: 'stranger' },
      'Members of other workspaces may not use this bot, in shared channels neither. Ask a full member of the workspace to do it.',
    ],
    [
      { reason: 'member-unknown', detail: 'users.info: ratelimited' },
      'It could not be found out who you are, so the answer is no: users.info: ratelimited. Try again in a minute; if it stays like this, check that the Slack app has the scope `users:read`.',
    ],
    [
      {
        reason: 'not-permitted',
        service: 'creator',
        actor: 'U09EVE',
        right: 'deploy',
        permitted: ['U01ALICE', 'S0BACKEND'],
      },
      'You may not do this with creator. Ask one of those who may (U01ALICE, S0BACKEND), or have `U09EVE` added to its `deployers` in touchdown.yml.',
    ],
    [
      { reason: 'not-permitted', service: 'creator', actor: 'U09EVE', right: 'deploy', permitted: [] },
      'Nobody may do this with creator: touchdown.yml lists no `deployers` for it. If it should be you, have `U09EVE` added to its `deployers` in touchdown.yml.',
    ],
    [
      {
        reason: 'not-permitted',
        service: 'creator',
        actor: 'U09EVE',
        right: 'approve',
        permitted: ['U02BOB'],
      },
      'You may not do this with creator. Ask one of those who may (U02BOB), or have `U09EVE` added to its `approvers` in touchdown.yml.',
    ],
    [
      { reason: 'groups-unknown', service: 'creator', detail: 'S0BACKEND: missing_scope' },
      'It could not be found out whether you are in a user group that may do this with creator, so the answer is no: S0BACKEND: missing_scope. Try again in a minute; if it stays like this, check that the Slack app has the scope `usergroups:read`.',
    ],
    [
      { reason: 'nothing-to-cancel', service: 'creator' },
      'Nothing waits or runs for creator, so there is nothing to cancel. `/deploy history creator` shows how the latest deployments ended.',
    ],
    [
      {
        reason: 'held',
        target: { service: 'creator', environment: 'staging' },
        by: 'U02BOB',
        why: 'load `test`',
        ageMs: 120_000,
        leftMs: 5_400_000,
      },
      "creator to staging is locked by U02BOB (2 min ago, for another 1 h 30 min): “load 'test'”. Ask U02BOB, or lift the lock first: `/deploy unlock creator to staging`.",
    ],
    [
      {
        reason: 'held',
        target: { service: 'creator', environment: 'production' },
        by: 'U02BOB',
        why: 'freeze',
        ageMs: 86_400_000,
        leftMs: undefined,
      },
      'creator is locked by U02BOB (1 day ago): “freeze”. Ask U02BOB, or lift the lock first: `/deploy unlock creator`.',
    ],
    [
      { reason: 'not-held', target: { service: 'creator', environment: 'production' } },
      'creator is not locked, so there is nothing to unlock: whoever may deploy it can do so.',
    ],
    [
      {
        reason: 'unfinished',
        asked: 'rollback',
        target: { service: 'creator', environment: 'staging' },
        deployment: 'd7',
        revision: '1a2b3c4d5e',
        by: 'U02BOB',
      },
      'creator to staging is not rolled back while a deployment of it waits or runs: d7 of 1a2b3c4, asked for by U02BOB. Wait for its end, or stop it with `/deploy cancel creator to staging`, then type it again.',
    ],
    [
      {
        reason: 'unfinished',
        asked: 'retry',
        target: { service: 'creator', environment: 'staging' },
        deployment: 'd7',
        revision: '1a2b3c4d5e',
        by: 'U02BOB',
      },
      'creator to staging is not retried while another deployment of it waits or runs: d7 of 1a2b3c4, asked for by U02BOB. Wait for its end, which says what is left to do, or stop it with `/deploy cancel creator to staging`.',
    ],
    [
      {
        reason: 'overtaken',
        asked: 'retry',
        target: { service: 'creator', environment: 'staging' },
        deployment: 'd7',
        revision: '1a2b3c4d5e',
        by: 'U02BOB',
        status: 'partial',
      },
      'creator to staging is not retried, because another deployment of it has begun since: d7 of 1a2b3c4, asked for by U02BOB, which ended partly. To see what is there now: `/deploy status creator`.',
    ],
    [
      {
        reason: 'other-order',
        target: { service: 'creator', environment: 'staging' },
        revision: revision('4f2c1ab'),
        as: 'full',
        isRollback: false,
        hosts: ['web2', 'web3'],
      },
      'The same deployment of creator to staging cannot be done again on web2 and web3, because touchdown.yml orders something else for it by now. Nothing was started. To deploy it as it is configured now: `/deploy creator 4f2c1ab to staging on web2,web3 --full`.',
    ],
    [
      {
        reason: 'not-offered',
        target: { service: 'creator', environment: 'staging' },
        offer: 'retry',
      },
      'The records show no host of creator to staging on which this deployment could be done again, so nothing was done. To see what is there now: `/deploy status creator`.',
    ],
    [
      {
        reason: 'overtaken',
        asked: 'rollback',
        target: { service: 'creator', environment: 'staging' },
        deployment: 'd7',
        revision: '1a2b3c4d5e',
        by: 'U02BOB',
        status: 'partial',
      },
      'creator to staging is not rolled back, because another deployment of it has begun since: d7 of 1a2b3c4, asked for by U02BOB, which ended partly. To go back from what is there now: `/deploy rollback creator to staging`.',
    ],
    [
      {
        reason: 'asked-already',
        isRollback: false,
        target: { service: 'creator', environment: 'production' },
        deployment: 'd7',
        revision: '1a2b3c4d5e',
        by: 'U02BOB',
      },
      'The deployment of creator with 1a2b3c4 waits for its approval already: d7, asked for by U02BOB. It is approved, rejected or cancelled with the buttons of its message in Slack.',
    ],
    [
      {
        reason: 'asked-already',
        isRollback: true,
        target: { service: 'creator', environment: 'staging' },
        deployment: 'd7',
        revision: '1a2b3c4d5e',
        by: 'U02BOB',
      },
      'The rollback of creator to staging to 1a2b3c4 waits for its approval already: d7, asked for by U02BOB. It is approved, rejected or cancelled with the buttons of its message in Slack.',
    ],
    [
      {
        reason: 'not-offered',
        target: { service: 'creator', environment: 'staging' },
        offer: 'rollback',
      },
      'What this button offered is not what a rollback of creator to staging brings back by now, so nothing was done. To go back from what is there now: `/deploy rollback creator to staging`.',
    ],
    [
      { reason: 'not-offered', target: { service: 'creator', environment: 'production' }, offer: 'lock' },
      'This button was for the moment after a rollback of creator, and another deployment has begun since, so nothing was done. To lock it all the same: `/deploy lock creator <reason>`.',
    ],
    [
      {
        reason: 'no-image',
        target: { service: 'creator', environment: 'staging' },
        revision: revision('4f2c1ab'),
        known: ['1a2b3c4'],
      },
      "4f2c1ab ran in another container than the one that is there now, and the records do not show of which one image it was on all hosts of creator to staging. To bring it in a new container of today's image: `/deploy creator 4f2c1ab to staging --full`. You can roll back to `1a2b3c4`: `/deploy rollback creator <revision> to staging`.",
    ],
    [
      {
        reason: 'no-rollback',
        target: { service: 'creator', environment: 'staging' },
        typed: 'deadbee',
        known: ['1a2b3c4', '4f2c1ab'],
      },
      'The records show no commit `deadbee` that succeeded on every host of creator to staging. You can roll back to `1a2b3c4` or `4f2c1ab`: `/deploy rollback creator <revision> to staging`.',
    ],
    [
      {
        reason: 'no-rollback',
        target: { service: 'creator', environment: 'production' },
        typed: undefined,
        known: [],
      },
      'The records show no earlier commit that succeeded on every host of creator. To deploy any other commit: `/deploy creator <ref>`.',
    ],
    [
      { reason: 'no-approver', service: 'creator', approvers: ['U01ALICE'] },
      "This deployment of creator needs somebody else's approval, and touchdown.yml lists only you who may give it. Have somebody added to its `approvers` there, or have `approval: none` set for it.",
    ],
    [
      { reason: 'no-approver', service: 'creator', approvers: [] },
      "This deployment of creator needs somebody else's approval, and touchdown.yml lists nobody in Slack who may give it. Have somebody added to its `approvers` there, or have `approval: none` set for it.",
    ],
    [
      { reason: 'no-channel', service: 'creator' },
      "This deployment of creator needs somebody else's approval, which is given with a button in Slack, and no channel is known for its message. Ask for it in a channel in Slack, or have a `channel` set in touchdown.yml, at the top or for creator.",
    ],
    [
      { reason: 'untied', service: 'creator', requestedBy: 'cli:alice' },
      'This deployment of creator needs the approval of somebody else than `cli:alice`, and nothing says who that is in Slack. Ask for it in Slack, or have a line for `cli:alice` with a member id of Slack added to `people` in touchdown.yml.',
    ],
    [
      { reason: 'own-approval', service: 'creator', others: ['U02BOB', 'S0OPS'] },
      'You asked for this deployment of creator yourself, so somebody else has to decide: U02BOB, S0OPS. To take it back, press Cancel on its message.',
    ],
    [
      { reason: 'already-decided', service: 'creator', decision: 'approved', by: 'U02BOB' },
      'U02BOB has approved this deployment of creator before you, and the first word counts. Its message shows how it goes on.',
    ],
    [
      { reason: 'expired', service: 'creator' },
      'This deployment of creator was not approved in time, so it will not run. Whoever still wants it asks again: then it is what the branch and the configuration say by then.',
    ],
    [
      { reason: 'not-awaiting', service: 'creator', status: 'cancelled' },
      'This deployment of creator was cancelled, so there is nothing to decide. Its message shows how it went.',
    ],
    [
      { reason: 'answered-already', service: 'creator', answer: 'resume', by: 'U02BOB' },
      'U02BOB has resumed this deployment of creator before you, and the first word counts. Its message shows how it goes on.',
    ],
    [
      { reason: 'answered-already', service: 'creator', answer: 'leave', by: undefined },
      'This deployment of creator was left as it is before you, because nobody had said in time whether it goes on. Its message shows what may be done now.',
    ],
    [
      { reason: 'not-stalled', service: 'creator', status: 'succeeded' },
      'This deployment of creator succeeded, so there is nothing to resume or leave. Its message shows how it goes on.',
    ],
    [
      { reason: 'given-up', service: 'creator', why: { kind: 'config-changed' } },
      'This deployment of creator cannot be approved any more and was given up: touchdown.yml says something else now than what was to be approved. Nothing was changed. Whoever still wants it asks again.',
    ],
    [
      { reason: 'not-checked', service: 'creator', detail: 'Slack answers HTTP 500' },
      'It could not be found out whether this deployment of creator may still run: Slack answers HTTP 500. It still waits for an approval; press the button again in a minute.',
    ],
    [
      { reason: 'wrong-button', deployment: 'd7' },
      "This button is of a deployment `d7`, which is not in the bot's records: perhaps they were made anew since. Nothing was done. `/deploy history` shows the deployments that there are.",
    ],
    [
      { reason: 'ref-with-container', service: 'creator', ref: 'main' },
      '`--container` keeps the code that creator has, so `main` would not be deployed. Type `/deploy creator main --full` for new code in a new container, or leave the ref out.',
    ],
    [
      {
        reason: 'revisions-differ',
        service: 'creator',
        hosts: [
          { host: 'web1', head: '4f2c1ab'.padEnd(40, '0') },
          { host: 'web2', head: undefined },
        ],
      },
      '`--container` keeps the code that creator has, and its hosts have not one and the same revision: web1 has 4f2c1ab, web2 has none. Type `/deploy creator --full` to bring one revision to all of them, or name hosts of one revision with `on`.',
    ],
    [
      {
        reason: 'not-surveyed',
        target: { service: 'creator', environment: 'production' },
        host: 'web1',
        step: 'connect',
        because: { kind: 'target-locked', holder: 'd7' },
      },
      'What would run could not be found out, so nothing was ordered or changed. web1: another session still works on this target there (d7). Nothing was changed. Deploy again when it has ended.',
    ],
    [
      { reason: 'not-accepted', detail: 'the disk is full' },
      'The command was not accepted, and nothing was started: the disk is full. Try again in a minute; if it stays like this, tell whoever runs the bot.',
    ],
    [
      { reason: 'not-accepted', detail: 'the link was cut', isUnknown: true },
      'It is not known whether the command was recorded: the link was cut. If it was, it is still acted on. Look at `/deploy history` in a minute, before you type it again.',
    ],
    [
      { reason: 'too-old', text: 'creator main', ageMs: 14 * 60_000 + 1 },
      '`/deploy creator main` is not acted on: it was typed 14 min ago, no bot came to it until now, and what was right then may be wrong now. Type it again if you still want it.',
    ],
    [
      { reason: 'too-old', text: '', button: 'approve', ageMs: 14 * 60_000 + 1 },
      'The button `approve` is not acted on: it was pressed 14 min ago, no bot came to it until now, and what was right then may be wrong now. Press it again if you still want it.',
    ],
    [
      { reason: 'too-many', perMinute: 120, waitMs: 11_001 },
      'You have asked for more than 120 deployments and looks at hosts within a minute, so this was not acted on. Type it again in 12 s; a script should pause between its commands.',
    ],
    [
      { reason: 'fault', text: 'creator main', detail: 'disk I/O error' },
      '`/deploy creator main` met a fault of the bot itself, and nothing was started or cancelled: disk I/O error. Type it again; if it stays like this, tell whoever runs the bot: its log has more.',
    ],
  ])('%j says why, and what to do', (refusal, text) => {
    expect(refusalText(refusal)).toBe(text)
  })

  it.each([
    ['creator --contaner', 'There is no option `--contaner`. Did you mean `--container`?'],
    [
      'creator --now',
      'There is no option `--now`. There is `--code`, `--container`, `--full` and `--dry-run`.',
    ],
    [
      'creator --full --container',
      '`--container` and `--full` cannot be said together. Type `/deploy <service> [<ref>] [to <environment>] [on <host>[,<host>]] [--code | --container | --full] [--dry-run]`.',
    ],
    ['creator --dryrun', 'There is no option `--dryrun`. Did you mean `--dry-run`?'],
    ['status -x', 'There is no option `-x`. This command takes none.'],
    [
      'rollback creator staging',
      '`staging` is no commit: a rollback takes at least 7 digits of the hash of one, or none for the last that ran well. Type `to` before the name of an environment.',
    ],
    [
      'diff creator',
      "`diff` is a word of the bot's own and cannot be a service. `/deploy help` shows the commands that there are.",
    ],
    [
      'a;b',
      '`a;b` cannot be the name of a service: a name has up to 63 letters, digits, `.`, `_` and `-`, and begins with a letter or digit. Check the spelling.',
    ],
    [
      'creator to /x',
      '`/x` cannot be the name of an environment: a name has up to 63 letters, digits, `.`, `_` and `-`, and begins with a letter or digit. Check the spelling.',
    ],
    [
      'creator on web1,',
      'An empty word cannot be the name of a host: a name has up to 63 letters, digits, `.`, `_` and `-`, and begins with a letter or digit. Check the spelling.',
    ],
    [
      'creator main:x',
      '`main:x` cannot be a branch, tag or commit here, because it contains :. Type the full name of a branch or tag, or at least 7 digits of a commit.',
    ],
    [
      'creator ma\u202ein',
      '`ma\\u202ein` contains a character that is not a plain letter, digit or sign. Such characters can be invisible, or look like others. Type the word by hand instead of pasting it.',
    ],
    [
      'x'.repeat(40_000),
      'The text is 40000 bytes long, and a command has at most 1024. Type it again, shorter.',
    ],
    [
      'lock creator',
      'The reason is missing. Type `/deploy lock <service> [to <environment>] [for <duration>] <reason>`.',
    ],
    [
      'lock creator for the demo',
      '`the` is no duration. Say `for 30m`, `for 2h` or `for 3d`, at most 30 days. Should your reason begin with the word `for`, put another one before it.',
    ],
    [
      'lock creator a\u202eb',
      'The reason contains the character `\\u202e`, which cannot be seen or changes how the text reads. Type it by hand instead of pasting it.',
    ],
    ['cancel', 'The service is missing. Type `/deploy cancel <service> [to <environment>]`.'],
    ['help me', '`me` has no place here. Type `/deploy help`.'],
  ])('of the text %j says what is wrong in it', (text, expected) => {
    const decision = parse(text)
    expect(decision.kind === 'refused' && refusalText(decision.refusal)).toBe(expected)
  })

  it("names the terminal's command in the terminal", () => {
    expect(refusalText({ reason: 'nothing-to-cancel', service: 'creator' }, 'touchdown')).toContain(
      '`touchdown history creator`',
    )
  })

  it('counts what would make a list too long', () => {
    const allowed = Array.from({ length: 40 }, (_, index) => `release/${index}`)
    const text = refusalText({ reason: 'ref-not-allowed', service: 'creator', ref: 'wip', allowed })
    expect(text).toContain('`release/10` and 29 more')
  })

  it('is one line of plain sentences, whatever git servers and Slack put into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), hostile => {
        const refusals: readonly Refusal[] = [
          { reason: 'unknown-ref', service: 'creator', ref: 'x', near: [hostile] },
          { reason: 'repo-unreachable', service: 'creator', detail: hostile },
          { reason: 'not-accepted', detail: hostile },
          { reason: 'not-accepted', detail: hostile, isUnknown: true },
          { reason: 'fault', text: hostile, detail: hostile, isUnknown: true },
          {
            reason: 'held',
            target: { service: 'creator', environment: 'production' },
            by: 'U02BOB',
            why: hostile,
            ageMs: 0,
            leftMs: undefined,
          },
          { reason: 'fault', text: hostile, detail: hostile },
          { reason: 'too-old', text: hostile, ageMs: 3_600_000 },
        ]
        for (const text of refusals.map(refusal => refusalText(refusal))) {
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
          expect(text).toMatch(/[.?]$/)
        }
      }),
      { numRuns: 500 },
    )
  })
})
