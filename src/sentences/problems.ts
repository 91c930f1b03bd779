import type { Problem } from '../config/config.ts'

/** What is printed before the process ends with 78 (EX_CONFIG): every problem of every file, a line each. */
export function problemsText(problems: readonly Problem[]): string {
  const files = [...new Set(problems.map(problem => problem.file))]
  const blocks = files.map(file =>
    fileText(
      file,
      problems.filter(problem => problem.file === file),
    ),
  )
  const it = problems.length === 1 ? 'it' : 'them'
  return `${blocks.join('\n')}\nNothing was started. Correct ${it} and try again.\n`
}

function fileText(file: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return [
    `There ${problems.length === 1 ? 'is' : 'are'} ${count} in ${file}:`,
    ...problems.map(problemText),
  ].join('\n')
}

function problemText({ line, path, message }: Problem): string {
  const place = line === undefined ? '' : `line ${line}: `
  return `  ${place}${visible(path === '' ? message : `${path} ${message}`)}`
}

/** Nothing that a file holds can move the cursor or turn the reading direction. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
