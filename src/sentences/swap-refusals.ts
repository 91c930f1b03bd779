import type { Refusal } from '../refusal.ts'
import { shortRevision } from '../revision.ts'
import { becauseText } from './because.ts'
import { code, list, MOST_LISTED, upTo } from './phrases.ts'

type SwapRefusal = Refusal & {
  readonly reason: 'needs-container' | 'ref-with-container' | 'revisions-differ' | 'not-surveyed'
}

/** Why a new container cannot be ordered, and what to type instead. */
export function swapRefusalText(refusal: SwapRefusal, command: string): string {
  switch (refusal.reason) {
    case 'needs-container': {
      const { typed, from, files } = refusal
      const are = files.length === 1 ? 'has' : 'have'
      return (
        `${list(files, 'and')} ${are} changed since ${shortRevision(from)}, and the container that runs was made without that, so nothing was ` +
        `started. Type ${code(`${command} ${typed} --full`)} for this code in a new container, or ${code(`${command} ${typed} --code`)} if the ` +
        'code alone will do.'
      )
    }
    case 'ref-with-container': {
      const { service, ref } = refusal
      return (
        `\`--container\` keeps the code that ${service} has, so ${code(ref)} would not be deployed. Type ` +
        `${code(`${command} ${service} ${ref} --full`)} for new code in a new container, or leave the ref out.`
      )
    }
    case 'revisions-differ': {
      const { service, hosts } = refusal
      const heads = hosts.map(
        ({ host, head }) => `${host} ${head ? `has ${shortRevision(head)}` : 'has none'}`,
      )
      return (
        `\`--container\` keeps the code that ${service} has, and its hosts have not one and the same revision: ` +
        `${upTo(heads, MOST_LISTED).join(', ')}. Type ${code(`${command} ${service} --full`)} to bring one revision to ` +
        'all of them, or name hosts of one revision with `on`.'
      )
    }
    case 'not-surveyed': {
      const { target, host, step, because } = refusal
      return `What would run could not be found out, so nothing was ordered or changed. ${becauseText(because, { host, step, target })}`
    }
  }
}
