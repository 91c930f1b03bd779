import { verbOf } from '../plan/replica.ts'
import { type Hint, hintFor } from './hints.ts'
import { oneLine } from './outside.ts'

/** What a step's failing end means: our own exit codes first, then what its output is known for. Undefined: only the code is known. */
export function findingOf(
  code: number | undefined,
  output: string,
  at: { readonly host: string; readonly step: string },
): Hint | undefined {
  return (code === undefined ? undefined : ownCode(code, at)) ?? hintFor(output, at) ?? lastGuess(code, at)
}

/** `exit code 128`, or what it means when one of ours: for a line that has no room for more. No words from hosts. */
export function shortEnd(
  code: number | undefined,
  output: string,
  at: { readonly host: string; readonly step: string },
): string {
  return findingOf(code, output, at)?.short ?? (code === undefined ? 'no exit code' : `exit code ${code}`)
}

/** The line of an output that says most: git's and Docker's own word for it, else the last one. */
export function tellingLine(output: string): string {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  const line = lines.find(text => /^(?:fatal|error|docker|Error response from daemon):/i.test(text))
  return oneLine(line ?? lines.at(-1) ?? '')
}

/** Whose exit codes are the service's own. */
const OWN_CODES = new Set(['preflight', 'before_replace', 'after_replace'])

/** As src/ssh/steps.sh and swap.sh list them. */
function ownCode(code: number, { host, step }: { host: string; step: string }): Hint | undefined {
  if (OWN_CODES.has(verbOf(step))) return undefined
  switch (code) {
    case 65:
      return {
        short: 'the commit is gone from the git server',
        remedy:
          'Its branch was rewritten or deleted since it was looked up. Deploy again: names are looked up anew.',
      }
    case 70:
      return {
        short: 'HEAD is not what was ordered',
        remedy: `Something else changed the checkout on ${host} meanwhile (a cron job, a person): stop it and deploy again.`,
      }
    case 72:
      return {
        short: 'neither the new container nor the old one could be made to run',
        remedy: `Look at docker ps -a on ${host}: the old container has its name again or ends in -previous. Start it by hand, then find out what keeps Docker from it.`,
      }
    case 74:
      return {
        short: "the reload file's time did not grow",
        remedy: `Check the clock of ${host} and the file system that holds the reload file, then deploy again.`,
      }
    default:
      return undefined
  }
}

/** Codes that mean something only when the output says nothing better. */
function lastGuess(
  code: number | undefined,
  { host, step }: { host: string; step: string },
): Hint | undefined {
  const verb = verbOf(step)
  if (verb === 'before_replace' || verb === 'after_replace') {
    const remedy = `Correct ${verb} in touchdown.yml, or what it asks on ${host}, and deploy again.`
    return { short: `the command of ${verb} failed`, remedy }
  }
  if (verb === 'preflight') {
    switch (code) {
      case 126:
      case 127:
        return {
          short: 'the container cannot run the preflight command',
          remedy: 'Correct preflight in touchdown.yml, or add the program to the image.',
        }
      case undefined:
        return undefined
      default:
        return {
          short: 'the preflight command failed',
          remedy: 'Correct the code, push, and deploy again.',
        }
    }
  }
  switch (code) {
    case 69:
      return {
        short: 'the branch could not be fetched in three tries',
        remedy: `Check that ${host} can reach the git server and may read the repository, then deploy again.`,
      }
    case 73:
      return {
        short: '~/.touchdown cannot be written',
        remedy: `Make ~/.touchdown of the SSH user on ${host} writable (df -h, ls -ld), then deploy again.`,
      }
    case 77:
      return {
        short: 'the folder cannot be made',
        remedy: `Create the checkout's folder on ${host} for the user whom git runs as, then deploy again.`,
      }
    case 137:
      return {
        short: 'it was killed',
        remedy: `${host} may be out of memory (dmesg says so). Then deploy again.`,
      }
    default:
      return undefined
  }
}
