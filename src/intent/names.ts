/**
 * What a service, environment or host may be called. Such a name cannot be read as an option, a path or a piece of
 * shell; the configuration's names keep to it, too.
 */
export function isName(text: string): boolean {
  return text.length <= MOST_NAME_CHARACTERS && /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/.test(text)
}

/**
 * Why a text cannot be a branch, tag or commit here, or undefined when it can. Much stricter than git's own rule, which
 * lets through `a;b`, `$(id)`, `+main` and right-to-left marks. The answer continues "…, because ".
 */
export function refProblem(text: string): string | undefined {
  if (text === 'HEAD' || text === '@') return 'it means something else in every checkout'
  if (text.length > MOST_REF_CHARACTERS) return `it is longer than ${MOST_REF_CHARACTERS} characters`
  if (!/^[A-Za-z0-9]/.test(text)) return 'it does not begin with a letter or digit'
  const odd = /[^A-Za-z0-9._/-]/.exec(text)
  if (odd) return `it contains ${odd[0] === ' ' ? 'a space' : odd[0]}`
  const forbidden = ['..', '//', '/.'].find(piece => text.includes(piece))
  if (forbidden) return `it contains ${forbidden}`
  const ending = ['.lock', '/', '.'].find(piece => text.endsWith(piece))
  if (ending) return `it ends with ${ending}`
  // git reserves this ending for every component of the path.
  if (text.includes('.lock/')) return 'it contains .lock/'
  return undefined
}

const MOST_NAME_CHARACTERS = 63
const MOST_REF_CHARACTERS = 200
