import type { Audited } from '../ports/records/audit.ts'
import type { Store } from '../ports/store.ts'

const FORMATS = ['jsonl', 'csv'] as const
type Format = (typeof FORMATS)[number]

/** So many rows are in memory at once. */
const PAGE = 1_000

const COLUMNS = ['n', 'at', 'actor', 'action', 'target', 'decision', 'detail'] as const

/** Undefined: these words after `touchdown audit` are none that it takes. */
export function auditFormat(words: readonly string[]): Format | undefined {
  const [option, format, ...more] = words
  return option === '--export' && more.length === 0 ? FORMATS.find(known => known === format) : undefined
}

export const AUDIT_USAGE =
  'Nothing was printed: say `touchdown audit --export jsonl` or `touchdown audit --export csv`.'

/** Writes every row of the audit, oldest first. */
export async function exportAudit(
  store: Pick<Store, 'audited'>,
  format: Format,
  write: (text: string) => void,
): Promise<void> {
  if (format === 'csv') write(`${COLUMNS.join(',')}\r\n`)
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows: readonly Audited[] = await store.audited(after, PAGE)
    for (const row of rows) write(format === 'csv' ? csvLine(row) : `${JSON.stringify(shown(row))}\n`)
    after = rows.at(-1)?.n
  }
}

function shown({ n, at, actor, action, target, decision, detail }: Audited) {
  return { n, at: new Date(at).toISOString(), actor, action, target: target ?? null, decision, detail }
}

/** As RFC 4180 has it. */
function csvLine(row: Audited): string {
  const values = shown(row)
  return `${COLUMNS.map(column => cell(String(values[column] ?? ''))).join(',')}\r\n`
}

/** A spreadsheet takes what begins like this for a formula, and people type what they like. */
const FORMULA = /^[=+\-@\t\r]/

function cell(text: string): string {
  const plain = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
