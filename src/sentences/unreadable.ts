import { RESERVED_WORDS } from '../intent/grammar.ts'
import { nearest } from '../nearest.ts'
import type { Unreadable } from '../refusal.ts'
import { code, didYouMean, list } from './phrases.ts'

/** Why a text is no command, and how to type it. `command` is what stands before the words: `/deploy`, or the terminal's. */
export function unreadableText(problem: Unreadable, command: string): string {
  switch (problem.kind) {
    case 'too-long':
      return `The text is ${problem.bytes} bytes long, and a command has at most ${problem.limit}. Type it again, shorter.`
    case 'character':
      return (
        `${code(problem.shown)} contains a character that is not a plain letter, digit or sign. Such characters can be ` +
        'invisible, or look like others. Type the word by hand instead of pasting it.'
      )
    case 'unknown-option': {
      const known =
        problem.known.length === 0 ? 'This command takes none.' : `There is ${list(problem.known, 'and')}.`
      return `There is no option ${code(problem.option)}. ${didYouMean(nearest(problem.option, problem.known)) ?? known}`
    }
    case 'either-or':
      return `${list(problem.options, 'and')} cannot be said together. Type ${code(`${command} ${problem.usage}`)}.`
    case 'bad-name':
      return badNameText(problem.what, problem.text, command)
    case 'bad-ref':
      return (
        `${code(problem.text)} cannot be a branch, tag or commit here, because ${problem.why}. Type the full name of a ` +
        'branch or tag, or at least 7 digits of a commit.'
      )
    case 'bad-revision':
      return (
        `${code(problem.text)} is no commit: a rollback takes at least 7 digits of the hash of one, or none for the last that ran ` +
        'well. Type `to` before the name of an environment.'
      )
    case 'bad-duration':
      return (
        `${code(problem.text)} is no duration. Say \`for 30m\`, \`for 2h\` or \`for 3d\`, at most 30 days. Should your reason ` +
        'begin with the word `for`, put another one before it.'
      )
    case 'bad-reason':
      return (
        `The reason contains the character ${code(problem.character)}, which cannot be seen or changes how the text reads. ` +
        'Type it by hand instead of pasting it.'
      )
    case 'missing':
      return `The ${problem.what} is missing. Type ${code(`${command} ${problem.usage}`)}.`
    case 'unexpected':
      return `${code(problem.word)} has no place here. Type ${code(`${command} ${problem.usage}`)}.`
  }
}

function badNameText(what: string, text: string, command: string): string {
  if (what === 'service' && RESERVED_WORDS.has(text)) {
    return (
      `${code(text)} is a word of the bot's own and cannot be a service. ${code(`${command} help`)} shows the commands ` +
      'that there are.'
    )
  }
  const name = text === '' ? 'An empty word' : code(text)
  return (
    `${name} cannot be the name of a${what === 'environment' ? 'n' : ''} ${what}: a name has up to 63 letters, digits, ` +
    '`.`, `_` and `-`, and begins with a letter or digit. Check the spelling.'
  )
}
