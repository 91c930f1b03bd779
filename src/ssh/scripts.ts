import { readFileSync } from 'node:fs'

/** The host's side. */
export const SCRIPTS = ['session', 'steps', 'look', 'fetch', 'reset', 'container', 'check', 'swap'] as const

/**
 * The shell functions that every session starts with, as one text. Comments stay in the files: a host's shell reads its
 * input byte by byte.
 */
export const PREAMBLE = SCRIPTS.map(name => readFileSync(new URL(`${name}.sh`, import.meta.url), 'utf8'))
  .join('\n')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/^[ ]+/gm, '')
  .concat('serve\n')

/** Functions that change the session's own shell (its locks); all others run as steps, in a subshell, output to a file. */
export const VERBS: ReadonlySet<string> = new Set(['begin_look', 'enter', 'hold', 'release', 'recall'])
