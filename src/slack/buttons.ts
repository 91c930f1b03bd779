import type { ActionsBlock, Button, ConfirmationDialog, KnownBlock, PlainTextElement } from '@slack/types'
import type { Choice, Click } from '../command.ts'
import type { Deployment } from '../deployment.ts'
import { shortRevision } from '../revision.ts'
import { orderedText } from '../sentences/headline.ts'
import type { View } from '../sentences/view.ts'
import { targetText } from '../target.ts'
import { escapedLine, plainText } from './escape.ts'
import { dateText } from './facts.ts'
import { codeSpan, isUser, mentionText } from './mentions.ts'

const MOST_APPROVERS = 20

/** What is asked of whom and until when: mrkdwn. Undefined: nothing is asked. */
export function askingText({ phase, deployment: { order } }: View): string | undefined {
  if (phase.kind === 'stalled') {
    return `:raised_hand: A deployer or approver says whether it goes on; what is there stays when nobody does until ${dateText(phase.expiresAt)}.`
  }
  if (phase.kind !== 'awaiting') return undefined
  const named = phase.approvers.slice(0, MOST_APPROVERS).map(approverText)
  const more = phase.approvers.length - named.length
  const approvers = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')
  const image = order.kind === 'code' ? [] : [`Image ${codeSpan(order.image.slice(0, 400))}`]
  const asked = `:raised_hand: To be approved by ${phase.approvers.length > 1 ? 'one of ' : ''}${approvers}; expires ${dateText(phase.expiresAt)}.`
  return [asked, ...image].join('\n')
}

/** The buttons that mean something now. A button's value is the deployment's id and nothing else. */
export function buttonsOf(view: View): readonly KnownBlock[] {
  const buttons = actionsOf(view).map(action => button(action, view))
  if (buttons.length === 0) return []
  const block: ActionsBlock = { type: 'actions', elements: buttons }
  return [block]
}

function actionsOf({ phase, deployment }: View): readonly Click['action'][] {
  switch (phase.kind) {
    case 'awaiting':
      return ['approve', 'reject', 'cancel']
    case 'queued':
    case 'running':
      return deployment.cancelledBy === undefined ? ['cancel'] : []
    case 'stalled':
      return ['resume', 'leave']
    case 'ended':
      return phase.offers.map(({ kind }) => kind)
  }
}

/** For a deploy that lacked `--full` or `--code`. The value is the trigger of that command and nothing else. */
export function choiceButtons(command: string): readonly KnownBlock[] {
  const choice = (action: Choice['action'], text: string): Button => ({
    type: 'button',
    action_id: action,
    value: command,
    text: plain(text, 75),
  })
  return [{ type: 'actions', elements: [choice('full', 'Full deploy'), choice('code', 'Code only')] }]
}

/** Slack's limits: 75 characters in a button and its label, 100 in a dialog's title, 300 in its text, 30 in its buttons. */
function button(action: Click['action'], view: View): Button {
  const { deployment } = view
  const what = `${targetText(deployment.order.target)}: ${orderedText(deployment)}`
  const common = { type: 'button', action_id: action, value: deployment.id } as const
  const labelled = (word: string) => ({
    text: plain(word, 75),
    accessibility_label: plainText(`${word} ${what}`, 75),
  })
  switch (action) {
    case 'approve':
      return { ...common, ...labelled('Approve'), style: 'primary', confirm: dialog('Approve', deployment) }
    case 'reject':
      return { ...common, ...labelled('Reject'), style: 'danger', confirm: dialog('Reject', deployment) }
    case 'cancel':
      return { ...common, ...labelled('Cancel') }
    case 'resume':
      return { ...common, ...labelled('Resume'), style: 'primary', confirm: dialog('Resume', deployment) }
    case 'leave':
      return { ...common, ...labelled('Leave') }
    case 'retry':
      return { ...common, ...labelled('Retry failed hosts'), style: 'primary', confirm: retryDialog(view) }
    case 'rollback':
      return { ...common, ...labelled('Roll back'), style: 'danger', confirm: backDialog(view) }
    case 'lock':
      return { ...common, ...labelled('Lock') }
  }
}

function dialog(word: 'Approve' | 'Reject' | 'Resume', deployment: Deployment): ConfirmationDialog {
  const { target, hosts } = deployment.order
  const what = orderedText(deployment, hosts.map(host => host.name).join(', '))
  return {
    title: plain(`${word} ${targetText(target)}?`, 100),
    text: plain(`${targetText(target)}: ${what}`, 300),
    confirm: plain(word, 30),
    deny: plain('Not now', 30),
    style: word === 'Reject' ? 'danger' : 'primary',
  }
}

/** Says what is done again, and where. */
function retryDialog({ deployment, phase }: View): ConfirmationDialog {
  const name = targetText(deployment.order.target)
  const offers = phase.kind === 'ended' ? phase.offers : []
  const hosts = offers.find(each => each.kind === 'retry')?.hosts ?? []
  return {
    title: plain(`Retry ${name}?`, 100),
    text: plain(`${name}: ${orderedText(deployment, hosts.join(', '))}`, 300),
    confirm: plain('Retry', 30),
    deny: plain('Not now', 30),
    style: 'primary',
  }
}

/** Says what is brought back: by the time of the press nothing else may be. */
function backDialog({ deployment, phase }: View): ConfirmationDialog {
  const name = targetText(deployment.order.target)
  const offers = phase.kind === 'ended' ? phase.offers : []
  const offer = offers.find(each => each.kind === 'rollback')
  const image = offer?.image === undefined ? '' : `, in a new container of the image ${offer.image}`
  const hosts = offer?.hosts.join(', ') ?? ''
  return {
    title: plain(`Roll back ${name}?`, 100),
    text: plain(`${name}: back to ${shortRevision(offer?.revision ?? '')} on ${hosts}${image}`, 300),
    confirm: plain('Roll back', 30),
    deny: plain('Not now', 30),
    style: 'danger',
  }
}

/** Slack does not parse it. */
function plain(text: string, most: number): PlainTextElement {
  return { type: 'plain_text', text: plainText(text, most), emoji: false }
}

function approverText(id: string): string {
  if (isUser(id)) return mentionText(id, 'user')
  return /^S[A-Z0-9]{2,}$/.test(id) ? mentionText(id, 'group') : escapedLine(id, 100)
}
