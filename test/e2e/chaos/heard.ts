import type { Outcome } from '../../../demo/slack/people.ts'
import type { Said } from '../../chaos/findings.ts'

/** What somebody knows of their command by what Slack shows at once. */
export function heard(
  { status, userSaw = '' }: Pick<Outcome, 'status' | 'userSaw'>,
  { isTwice }: { readonly isTwice: boolean },
): Said['was'] {
  // Of two replicas that both got it one may have recorded what the other could not.
  const refused = isTwice ? 'unknown' : 'refused'
  switch (status) {
    case 'no connection':
      return 'refused'
    case 'timed out':
      return 'unknown'
    case 'acked':
      if (userSaw.includes('It is not known whether the command was recorded')) return 'unknown'
      return userSaw.includes('The command was not accepted') ? refused : 'accepted'
  }
}
