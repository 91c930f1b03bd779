import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const TOOLS = ['git', 'sh', 'flock', 'timeout', 'stat', 'xargs', 'tar', 'find', 'awk']

/** Why the sample hosts cannot be on this machine, as a sentence; undefined: they can. */
export function machineProblem(platform: string, path: string): string | undefined {
  if (platform !== 'linux') {
    return (
      'The demo needs Linux: its hosts run the same scripts as real ones, which read /proc and use the options that stat, touch, ' +
      'date and tar have there. Run it in a virtual machine with Linux, and open the page there.'
    )
  }
  const missing = TOOLS.filter(tool => !path.split(':').some(folder => isProgram(join(folder, tool))))
  if (missing.length === 0) return undefined
  return `The demo's hosts need ${missing.join(', ')} on this machine. Debian has them in git, util-linux, coreutils, findutils, tar and mawk.`
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
