import { nearest } from '../nearest.ts'

const NAMES = ['revision', 'service', 'environment', 'host', 'address', 'replica']

/**
 * What is wrong with the templates in a text, to follow its key in a sentence. Braces around anything but a word
 * (`{"a": 1}`, `{{.Name}}`) are no templates. Ports are known only of a container that runs: `mayAskPorts`.
 */
export function templateProblem(text: string, mayAskPorts: boolean): string | undefined {
  for (const [whole, inside = ''] of text.matchAll(/\{\s*([A-Za-z_][A-Za-z0-9_]*(?:\s*:[^{}"]*)?)\s*\}/g)) {
    if (whole === `{${inside}}` && NAMES.includes(inside)) continue
    const port = /^\{port:([0-9]{1,5})\}$/.exec(whole)?.[1]
    if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) {
      if (mayAskPorts) continue
      return `uses ${whole}, which is known only once the container runs: it works in verify.url, before_replace and after_replace alone.`
    }
    const near = nearest(inside.replace(/\s*:.*/, ''), mayAskPorts ? [...NAMES, 'port'] : NAMES)[0]
    const known = `${NAMES.map(name => `{${name}}`).join(' ')}${mayAskPorts ? ' {port:8000}' : ''}`
    const meant = near === 'port' ? 'port:8000' : near
    return `uses ${whole}, which is not a template. ${meant === undefined ? '' : `Did you mean {${meant}}? `}Known are ${known}.`
  }
  return undefined
}

/** The text with a harmless example in every template's place, to check what it will look like. */
export function filledByExample(text: string): string {
  return text
    .replace(/\{port:([0-9]{1,5})\}/g, '$1')
    .replace(/\{replica\}/g, '1')
    .replace(/\{([a-z]+)\}/g, (whole, name: string) => (NAMES.includes(name) ? 'x' : whole))
}
