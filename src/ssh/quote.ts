/**
 * One word for a POSIX shell, as one line: the only quoting there is. A newline becomes `$NL`, a variable of session.sh,
 * because a session's step is a single line. NUL cannot be an argument of any program.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('a NUL character cannot be passed to a program on a host')
  return `'${word.replaceAll("'", `'\\''`).replaceAll('\n', `'"$NL"'`)}'`
}
