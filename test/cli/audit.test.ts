import { describe, expect, it } from 'vitest'
import { auditFormat, exportAudit } from '../../src/cli/audit.ts'
import type { Audited } from '../../src/ports/records/audit.ts'

const row: Audited = {
  n: 1,
  at: Date.UTC(2026, 10, 21, 13, 0, 0, 7),
  actor: 'U01ALICE',
  action: 'deploy',
  target: undefined,
  decision: 'accepted',
  detail: 'app main',
}

/** From a store that never gives more than two rows at once. */
async function exported(rows: readonly Audited[], format: 'jsonl' | 'csv'): Promise<string> {
  const written: string[] = []
  const audited = async (after: number) => rows.filter(({ n }) => n > after).slice(0, 2)
  await exportAudit({ audited }, format, text => void written.push(text))
  return written.join('')
}

describe('the audit', () => {
  it('is exported as one JSON object a line, page after page', async () => {
    const detail = 'a"\n'
    const text = await exported(
      [1, 2, 3, 4, 5].map(n => ({ ...row, n, detail })),
      'jsonl',
    )
    const lines = text.trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line).n)).toEqual([1, 2, 3, 4, 5])
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...row,
      at: '2026-11-21T13:00:00.007Z',
      target: null,
      detail,
    })
  })

  it.each([
    ['app main', 'app main'],
    ['a, b', '"a, b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['@sum', "'@sum"],
    ['-1', "'-1"],
  ])('is exported for a spreadsheet: %j as %s', async (detail, cell) => {
    expect(await exported([{ ...row, detail }], 'csv')).toBe(
      `n,at,actor,action,target,decision,detail\r\n1,2026-11-21T13:00:00.007Z,U01ALICE,deploy,,accepted,${cell}\r\n`,
    )
  })

  it.each([
    [['--export', 'jsonl'], 'jsonl'],
    [['--export', 'csv'], 'csv'],
    [['--export', 'xml'], undefined],
    [['--export'], undefined],
    [['--export', 'csv', 'more'], undefined],
    [[], undefined],
  ])('is asked for by %j: %s', (words, format) => {
    expect(auditFormat(words)).toBe(format)
  })
})
