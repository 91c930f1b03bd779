import type { z } from 'zod'
import { shown } from '../shown.ts'
import type { Problem } from './config.ts'
import type { Path, YamlFile } from './yaml.ts'

/** Collects what is wrong with one file, each thing once, and tells it in the order of the lines. */
export class Problems {
  readonly #file: string
  readonly #yaml: YamlFile
  readonly #found = new Map<string, Problem>()

  constructor(file: string, yaml: YamlFile) {
    this.#file = file
    this.#yaml = yaml
  }

  /** `message` follows the path in a sentence: `must be …`. */
  add(path: Path, message: string): void {
    const place = pathText(path)
    const problem: Problem = {
      file: this.#file,
      line: this.#yaml.lineOf(path),
      path: place,
      message: place === '' ? `The file ${message}` : message,
    }
    // Every environment repeats its service's keys: their faults are told once.
    this.#found.set(`${place} ${message}`, problem)
  }

  /** `placed` says where in the file the value at a path of the checked object stands. */
  addAll(error: z.ZodError, placed: (path: Path) => Path): void {
    for (const issue of error.issues) {
      const path = issue.path.map(step => (typeof step === 'number' ? step : String(step)))
      if (issue.code === 'unrecognized_keys') {
        const messages = issue.message.split('\n')
        issue.keys.forEach((key, index) => {
          this.add(placed([...path, key]), messages[index] ?? 'is not a key that is known here.')
        })
      } else if (issue.code === 'invalid_key') {
        this.add(placed(path), issue.issues[0]?.message ?? issue.message)
      } else {
        this.add(placed(path), issue.message)
      }
    }
  }

  inOrder(): readonly Problem[] {
    return [...this.#found.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  }
}

/** `services.creator.hosts[1]`; a key that is no plain word is quoted. */
function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    const word = /^[A-Za-z0-9._-]{1,80}$/.test(step) ? step : `"${shown(step)}"`
    return text === '' ? word : `${text}.${word}`
  }, '')
}
