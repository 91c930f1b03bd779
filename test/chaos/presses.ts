import { isActivating, isTurn, type Span, unapproved } from '../e2e/journal.ts'
import type { Evidence, Told } from './findings.ts'

/** One press of a button of a deployment's message, as whoever pressed saw it. */
export interface Pressed {
  /** Presses on the messages of one person's deployments only, so that what is told of them is of these. */
  readonly by: string
  readonly action: 'approve' | 'reject' | 'cancel' | 'resume' | 'leave'
  readonly deployment: string
  /** The moment before it was sent, in UTC: compares with a journal as text. */
  readonly at: string
  readonly was: 'accepted' | 'refused' | 'unknown'
  /** What they alone read after that. */
  readonly answers: readonly string[]
}

/** A press was taken, and neither is anything told of whoever pressed nor were they answered. */
export function ignored({ presses, told }: Pick<Evidence, 'presses' | 'told'>): readonly string[] {
  return presses
    .filter(({ was, answers }) => was === 'accepted' && answers.length === 0)
    .filter(press => !told.some(each => isTold(press, each)))
    .map(
      ({ by, action, deployment }) =>
        `${by}'s ${action} of ${deployment} was accepted, and nothing is told of it`,
    )
}

/** Whoever asked for it is named in any case. */
function isTold({ by, deployment }: Pressed, told: Told): boolean {
  return told.deployment === deployment && told.by !== by && told.text.includes(by)
}

/**
 * What hosts did for an order with new containers before somebody else than its asker had approved it; and what they did of
 * it once more before somebody had said that it goes on. By the presses alone: a bot that believes itself is no evidence.
 */
export function unasked(
  { commands, told, presses, journals }: Pick<Evidence, 'commands' | 'told' | 'presses' | 'journals'>,
  spans: readonly Span[],
): readonly string[] {
  const full = commands.filter(({ order }) => order?.isFull).map(({ by }) => by)
  const swaps = told.filter(({ by }) => full.includes(by))
  const sent = presses.filter(({ was }) => was !== 'refused')
  return [
    ...unapproved(journals, new Map(swaps.map(swap => [swap.deployment, approvedAt(swap, sent)]))),
    ...[...new Set(swaps.map(({ deployment }) => deployment))].flatMap(deployment =>
      unresumed(deployment, sent, spans),
    ),
  ]
}

function approvedAt({ deployment, by: asker }: Told, sent: readonly Pressed[]): string | undefined {
  const approvals = sent.filter(
    ({ action, by, deployment: of }) => action === 'approve' && of === deployment && by !== asker,
  )
  return approvals.map(({ at }) => at).toSorted()[0]
}

/** Each attempt has a fence of its own, and each but the first needs a Resume of its own. */
function unresumed(deployment: string, sent: readonly Pressed[], spans: readonly Span[]): readonly string[] {
  const ours = spans.filter(span => span.deployment === deployment)
  const acts = ours.filter(isActivating)
  const begun = new Map<number, string>()
  for (const { fence, host, from, to } of ours.filter(isTurn)) {
    const [first] = acts
      .filter(act => act.host === host && from <= act.from && act.from < to)
      .map(act => act.from)
      .toSorted()
    if (fence === undefined || first === undefined) continue
    const known = begun.get(fence)
    begun.set(fence, known !== undefined && known < first ? known : first)
  }
  const attempts = [...begun].toSorted(([one], [other]) => one - other)
  return attempts.flatMap(([fence, from], before) => {
    const resumes = sent.filter(
      press => press.action === 'resume' && press.deployment === deployment && press.at <= from,
    )
    return resumes.length >= before
      ? []
      : [`${deployment} was begun again with the fence ${fence}, and nobody had resumed it`]
  })
}
