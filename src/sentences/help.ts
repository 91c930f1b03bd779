import { type Form, GRAMMAR, usage } from '../intent/grammar.ts'

/** What `help` answers. `command` is what is typed before the words: `/deploy`, or the terminal's. */
export function helpText(command = '/deploy'): string {
  return [
    ...GRAMMAR.map(form => `\`${typedAs(form, command)}\` ${form.does}`),
    '',
    'A ref is a branch, a tag or at least 7 digits of a commit; without one, the branch or tag of touchdown.yml is meant. ' +
      '`branch:x` and `tag:x` say which of two with the same name. ' +
      'Deploying takes somebody whom touchdown.yml lists for the service; approvers may cancel, too.',
  ].join('\n')
}

/** The table of commands in README.md, in Markdown. */
export function commandTable(command = '/deploy'): string {
  return [
    '| Command | What it does |',
    '| --- | --- |',
    ...GRAMMAR.map(form => `| ${cell(`\`${typedAs(form, command)}\``)} | ${cell(form.does)} |`),
  ].join('\n')
}

function typedAs(form: Form, command: string): string {
  return `${command} ${usage(form)}`
}

/** A bar would end the table's cell, between backticks too. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
