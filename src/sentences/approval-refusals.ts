import type { Refusal } from '../refusal.ts'
import { voidText } from './ended.ts'
import { statusText } from './history.ts'
import { code, MOST_LISTED, sentence, upTo } from './phrases.ts'

type ApprovalRefusal = Refusal & {
  readonly reason:
    | 'no-approver'
    | 'no-channel'
    | 'untied'
    | 'own-approval'
    | 'already-decided'
    | 'expired'
    | 'not-awaiting'
    | 'given-up'
    | 'not-checked'
    | 'wrong-button'
}

/** Why an approval cannot be asked for or given, and what to do instead. `command` is what is typed before the words. */
export function approvalRefusalText(refusal: ApprovalRefusal, command: string): string {
  switch (refusal.reason) {
    case 'no-approver':
      return (
        `This deployment of ${refusal.service} needs somebody else's approval, and touchdown.yml lists ` +
        `${refusal.approvers.length === 0 ? 'nobody in Slack' : 'only you'} who may give it. Have somebody added to its \`approvers\` ` +
        'there, or have `approval: none` set for it.'
      )
    case 'no-channel':
      return (
        `This deployment of ${refusal.service} needs somebody else's approval, which is given with a button in Slack, and no ` +
        'channel is known for its message. Ask for it in a channel in Slack, or have a `channel` set in touchdown.yml, at ' +
        `the top or for ${refusal.service}.`
      )
    case 'untied': {
      const who = code(refusal.requestedBy)
      return (
        `This deployment of ${refusal.service} needs the approval of somebody else than ${who}, and nothing says who that is ` +
        `in Slack. Ask for it in Slack, or have a line for ${who} with a member id of Slack added to \`people\` in touchdown.yml.`
      )
    }
    case 'own-approval':
      return (
        `You asked for this deployment of ${refusal.service} yourself, so somebody else has to decide: ` +
        `${upTo(refusal.others, MOST_LISTED).join(', ')}. To take it back, press Cancel on its message.`
      )
    case 'already-decided':
      return (
        `${refusal.by} has ${refusal.decision} this deployment of ${refusal.service} before you, and the first word counts. ` +
        'Its message shows how it goes on.'
      )
    case 'expired':
      return (
        `This deployment of ${refusal.service} was not approved in time, so it will not run. Whoever still wants it asks ` +
        'again: then it is what the branch and the configuration say by then.'
      )
    case 'not-awaiting':
      return (
        `This deployment of ${refusal.service} ${statusText(refusal.status)}, so there is nothing to decide. ` +
        'Its message shows how it went.'
      )
    case 'given-up':
      return (
        `This deployment of ${refusal.service} cannot be approved any more and was given up: ${voidText(refusal.why)}. ` +
        'Nothing was changed. Whoever still wants it asks again.'
      )
    case 'not-checked':
      return (
        `It could not be found out whether this deployment of ${refusal.service} may still run: ${sentence(refusal.detail)} ` +
        'It still waits for an approval; press the button again in a minute.'
      )
    case 'wrong-button':
      return (
        `This button is of a deployment ${code(refusal.deployment)}, which is not in the bot's records: perhaps they were ` +
        `made anew since. Nothing was done. ${code(`${command} history`)} shows the deployments that there are.`
      )
  }
}
