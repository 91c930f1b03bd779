import { nearest } from '../nearest.ts'
import type { Refusal } from '../refusal.ts'
import { approvalRefusalText } from './approval-refusals.ts'
import { agoText } from './duration.ts'
import { heldText, notHeldText } from './holds.ts'
import { code, didYouMean, list, MOST_LISTED, sentence, upTo } from './phrases.ts'
import { otherOrderText } from './retry.ts'
import {
  askedAlreadyText,
  noImageText,
  noRollbackText,
  notOfferedText,
  overtakenText,
  unfinishedText,
} from './rollback.ts'
import { stalledRefusalText } from './stalled.ts'
import { swapRefusalText } from './swap-refusals.ts'
import { unreadableText } from './unreadable.ts'

/**
 * A "no" as its asker reads it: what is refused, why, and what to do instead. `command` is what the person has typed
 * before the words: `/deploy`, or the terminal's. Plain text with backticks around what is to be read letter by letter;
 * not yet escaped for Slack. Ids of people, groups and channels stand bare, for slack/ to make mentions of.
 */
export function refusalText(refusal: Refusal, command = '/deploy'): string {
  switch (refusal.reason) {
    case 'unreadable':
      return unreadableText(refusal.problem, command)
    case 'unknown-service':
      return `There is no service ${code(refusal.name)}. ${
        didYouMean(refusal.near) ?? `${code(`${command} status`)} shows the services that there are.`
      }`
    case 'unknown-environment': {
      const near = nearest(refusal.name, refusal.known).map(name => `to ${name}`)
      return `${refusal.service} has no environment ${code(refusal.name)}. ${
        didYouMean(near) ?? `It has ${list(refusal.known, 'and')}.`
      }`
    }
    case 'unknown-host': {
      const near = nearest(refusal.name, refusal.known).map(name => `on ${name}`)
      return `${refusal.service} is not deployed to a host ${code(refusal.name)} there. ${
        didYouMean(near) ?? `Its hosts there are ${list(refusal.known, 'and')}.`
      }`
    }
    case 'unknown-ref':
      return `The repository of ${refusal.service} has no branch, tag or commit ${code(refusal.ref)}. ${
        didYouMean(refusal.near) ??
        'Check the name, or push it first; a commit needs at least 7 digits of its hash.'
      }`
    case 'ambiguous-ref':
      return `${code(refusal.ref)} can mean more than one thing for ${refusal.service}. Say ${list(refusal.choices, 'or')}.`
    case 'ref-not-allowed':
      return (
        `${code(refusal.ref)} may not be deployed to ${refusal.service}: its \`refs\` in touchdown.yml let through ` +
        `${list(refusal.allowed, 'and')}, and commits that are on one of them. Merge it there first.`
      )
    case 'repo-unreachable':
      return (
        `The repository of ${refusal.service} could not be asked: ${sentence(refusal.detail)} Nothing was started. ` +
        'Try again; if it stays like this, check `repo` in touchdown.yml and the key that `GIT_KEY` names.'
      )
    case 'unsupported-repo':
      return (
        `This revision of ${refusal.service} uses ${refusal.what === 'lfs' ? 'Git LFS' : 'submodules'}, which hosts do not ` +
        'fetch yet: its files would be incomplete. Nothing was started. Deploy a revision that does without.'
      )
    case 'not-a-member':
      return `${OUTSIDERS[refusal.standing]} Ask a full member of the workspace to do it.`
    case 'member-unknown':
      return (
        `It could not be found out who you are, so the answer is no: ${sentence(refusal.detail)} Try again in a minute; ` +
        'if it stays like this, check that the Slack app has the scope `users:read`.'
      )
    case 'not-permitted':
      return notPermittedText(refusal)
    case 'groups-unknown':
      return (
        `It could not be found out whether you are in a user group that may do this with ${refusal.service}, so the ` +
        `answer is no: ${sentence(refusal.detail)} Try again in a minute; if it stays like this, check that the Slack app ` +
        'has the scope `usergroups:read`.'
      )
    case 'nothing-to-cancel':
      return (
        `Nothing waits or runs for ${refusal.service}, so there is nothing to cancel. ` +
        `${code(`${command} history ${refusal.service}`)} shows how the latest deployments ended.`
      )
    case 'held':
      return heldText(refusal, command)
    case 'not-held':
      return notHeldText(refusal)
    case 'unfinished':
      return unfinishedText(refusal, command)
    case 'overtaken':
      return overtakenText(refusal, command)
    case 'asked-already':
      return askedAlreadyText(refusal)
    case 'no-rollback':
      return noRollbackText(refusal, command)
    case 'not-offered':
      return notOfferedText(refusal, command)
    case 'other-order':
      return otherOrderText(refusal, command)
    case 'no-image':
      return noImageText(refusal, command)
    case 'no-approver':
    case 'no-channel':
    case 'untied':
    case 'own-approval':
    case 'already-decided':
    case 'expired':
    case 'not-awaiting':
    case 'given-up':
    case 'not-checked':
    case 'wrong-button':
      return approvalRefusalText(refusal, command)
    case 'answered-already':
    case 'not-stalled':
      return stalledRefusalText(refusal)
    case 'needs-container':
    case 'ref-with-container':
    case 'revisions-differ':
    case 'not-surveyed':
      return swapRefusalText(refusal, command)
    case 'not-yours':
      return (
        `This button belongs to a command that the bot's records do not show as yours. Nothing was started. Type ${code(command)} with ` +
        'what you want.'
      )
    case 'not-accepted':
      if (refusal.isUnknown) {
        return (
          `It is not known whether the command was recorded: ${sentence(refusal.detail)} If it was, it is still acted on. Look ` +
          `at ${code(`${command} history`)} in a minute, before you type it again.`
        )
      }
      return (
        `The command was not accepted, and nothing was started: ${sentence(refusal.detail)} Try again in a minute; if it ` +
        'stays like this, tell whoever runs the bot.'
      )
    case 'too-old': {
      const [done, again] = refusal.button === undefined ? ['typed', 'Type'] : ['pressed', 'Press']
      return (
        `${saidText(refusal, command)} is not acted on: it was ${done} ${agoText(0, refusal.ageMs)}, no bot came to it ` +
        `until now, and what was right then may be wrong now. ${again} it again if you still want it.`
      )
    }
    case 'too-many':
      return (
        `You have asked for more than ${refusal.perMinute} deployments and looks at hosts within a minute, so this was not acted on. ` +
        `Type it again in ${Math.ceil(refusal.waitMs / 1_000)} s; a script should pause between its commands.`
      )
    case 'fault':
      if (refusal.isUnknown) {
        return (
          `It is not known whether what ${saidText(refusal, command)} asks for was recorded: ${sentence(refusal.detail)} If it was, it is ` +
          `carried out. Look at ${code(`${command} history`)} before you ${refusal.button === undefined ? 'type' : 'press'} it again.`
        )
      }
      if (refusal.isLeft) {
        return (
          `${saidText(refusal, command)} met a fault of the bot itself: ${sentence(refusal.detail)} The records could ` +
          `not be told to forget it, so a bot that is started again soon may still act on it. Look at ${code(`${command} history`)} before you ` +
          'type it again, and tell whoever runs the bot: its log has more.'
        )
      }
      return (
        `${saidText(refusal, command)} met a fault of the bot itself, and nothing was started or cancelled: ` +
        `${sentence(refusal.detail)} ${refusal.button === undefined ? 'Type' : 'Press'} it again; if it stays like this, ` +
        'tell whoever runs the bot: its log has more.'
      )
  }
}

function saidText(
  said: { readonly text: string; readonly button?: string | undefined },
  command: string,
): string {
  return said.button === undefined
    ? code(`${command} ${said.text}`.trim())
    : `The button ${code(said.button)}`
}

const OUTSIDERS = {
  guest: 'Guests of the workspace may not use this bot.',
  stranger: 'Members of other workspaces may not use this bot, in shared channels neither.',
  bot: 'Bots and workflows may not use this bot.',
  deactivated: 'A deactivated account may not use this bot.',
} as const

function notPermittedText(refusal: Refusal & { reason: 'not-permitted' }): string {
  const { service, actor, right, permitted } = refusal
  const key = right === 'approve' ? 'approvers' : 'deployers'
  const remedy = `have ${code(actor)} added to its ${code(key)} in touchdown.yml.`
  return permitted.length === 0
    ? `Nobody may do this with ${service}: touchdown.yml lists no ${code(key)} for it. If it should be you, ${remedy}`
    : `You may not do this with ${service}. Ask one of those who may (${upTo(permitted, MOST_LISTED).join(', ')}), or ${remedy}`
}
