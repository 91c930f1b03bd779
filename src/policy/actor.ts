/** Who asks. `standing` is what Slack says of the person; the CLI's users are `operator`s. */
export interface Actor {
  /** `U01ALICE`, or `cli:alice`. Names can be chosen freely, ids cannot: only ids decide and are recorded. */
  readonly id: string
  readonly standing:
    | 'member'
    | 'operator'
    | 'guest'
    | 'stranger'
    | 'bot'
    | 'deactivated'
    | { readonly unknown: string }
}

/** Who is in a user group now, or why that could not be asked (then the answer is no). */
export type GroupMembers = ReadonlySet<string> | { readonly unknown: string }
