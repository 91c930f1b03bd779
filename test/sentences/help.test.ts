import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { GRAMMAR } from '../../src/intent/grammar.ts'
import { commandTable, helpText } from '../../src/sentences/help.ts'

describe('the help', () => {
  it('has a line for every command, as it is typed', () => {
    const lines = helpText().split('\n')
    expect(lines.slice(0, GRAMMAR.length).map(line => /^`([^`]+)`/.exec(line)?.[1])).toEqual([
      '/deploy <service> [<ref>] [to <environment>] [on <host>[,<host>]] [--code | --container | --full] [--dry-run]',
      '/deploy status [<service>]',
      '/deploy history [<service>]',
      '/deploy cancel <service> [to <environment>]',
      '/deploy rollback <service> [<revision>] [to <environment>]',
      '/deploy lock <service> [to <environment>] [for <duration>] <reason>',
      '/deploy unlock <service> [to <environment>]',
      '/deploy help',
    ])
  })

  it("shows the terminal's command in the terminal", () => {
    expect(helpText('touchdown')).toContain('`touchdown status [<service>]`')
    expect(helpText('touchdown')).not.toContain('/deploy')
  })
})

describe('the command table', () => {
  it('is a Markdown table with two cells in every row', () => {
    for (const row of commandTable().split('\n')) expect(row.split(/(?<!\\)\|/)).toHaveLength(4)
  })

  it.skipIf(!existsSync('README.md'))('is the one in README.md', () => {
    expect(readFileSync('README.md', 'utf8')).toContain(commandTable())
  })
})
