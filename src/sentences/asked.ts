import type { Because } from '../because.ts'
import { secondsText } from './duration.ts'

/** A look of which nothing more was heard. How it ended does not matter: it changes nothing. Undefined: it was heard, or is no look. */
export function unheardLook(
  because: Because,
  { host, step }: { readonly host: string; readonly step: string },
): string | undefined {
  if (step !== 'look') return undefined
  switch (because.kind) {
    case 'link-lost':
      return `the connection was lost at look, which changes nothing. Ask again when ${host} can be reached.`
    case 'bot-paused':
      return 'this bot stood still for more than 20 s (its process or its machine was stopped), so look was not heard of; it changes nothing. Ask again.'
    case 'timed-out':
      return `nothing was heard of look for ${secondsText(because.afterMs)}; it changes nothing. Find out what keeps it on ${host}, and ask again.`
    case 'no-marker':
      return "the host's shell ended in the middle of look, which changes nothing. Find out what ended it (a reboot, a lack of memory, a person), and ask again."
    default:
      return undefined
  }
}

/** The next steps are written for a deployment; whoever only asked deploys nothing again. */
export function forAsker(text: string): string {
  return text.replaceAll('deploy again', 'ask again').replaceAll('Deploy again', 'Ask again')
}
