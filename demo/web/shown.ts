import type { Role, TourStep } from '../tour/tour.ts'

/** What the page shows beside the chat. */
export interface Shown {
  /** Who plays which part: ids of users of the local Slack. Others can be acted as, too. */
  readonly roles: Readonly<Record<Role, string>>
  /** What may be typed, for the suggestions: whole commands such as `/deploy shop --dry-run`. */
  readonly commands: readonly { readonly text: string; readonly about: string }[]
  /** The service's page on each host. */
  readonly hosts: readonly { readonly name: string; readonly url: string }[]
  readonly files: readonly { readonly name: string; readonly text: string }[]
  readonly tour: readonly TourStep[]
}
