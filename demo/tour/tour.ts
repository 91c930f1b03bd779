/** One of the people who can be acted as: someone who deploys, someone else who may approve, someone who may nothing. */
export type Role = 'developer' | 'approver' | 'guest'

/** One step of the guided tour, as data: the page and the terminal play the same list. */
export interface TourStep {
  readonly title: string
  readonly text: string
  readonly as: Role
  /** The channel's name, without `#`. */
  readonly channel: string
  /** What the person types. */
  readonly types?: string
  /** What the person presses: the action id of a button of the newest message that has one. */
  readonly presses?: { readonly action: string }
  /** Source of a regular expression. A message that comes, or is changed, while the step lasts, and whose text matches, ends it. */
  readonly expects: string
  /** It has to be in the channel, too: a deployment's end, which its message may show before the channel is told. */
  readonly announced?: true
}

/** Whether this is what the step waits for. */
export function isExpected(
  { expects, announced }: TourStep,
  said: { readonly text: string; readonly isBroadcast: boolean },
): boolean {
  return (!announced || said.isBroadcast) && new RegExp(expects).test(said.text)
}
