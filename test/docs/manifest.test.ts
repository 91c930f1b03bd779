import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { GRAMMAR } from '../../src/intent/grammar.ts'

/** Which scope each Web API method takes; undefined: any token will do. */
const SCOPES: Readonly<Record<string, string | undefined>> = {
  'apps.connections.open': undefined,
  'auth.test': undefined,
  'chat.postEphemeral': 'chat:write',
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'files.uploadV2': 'files:write',
  'users.info': 'users:read',
  'usergroups.users.list': 'usergroups:read',
}

test('manifest.yml asks for the scopes of what the bot calls, and for no other', () => {
  const source = readdirSync('src/slack').map(file => readFileSync(`src/slack/${file}`, 'utf8'))
  const called = source
    .join('\n')
    .matchAll(/(?:client\.|')((?:apps|auth|chat|files|usergroups|users)(?:\.[a-zA-Z0-9]+)+)['(]/g)
  const methods = [...new Set([...called].map(([, method = '']) => method))]
  expect(methods.filter(method => !Object.hasOwn(SCOPES, method))).toEqual([])

  const needed = methods.flatMap(method => SCOPES[method] ?? [])
  const manifest = parse(readFileSync('manifest.yml', 'utf8'))
  expect(manifest.oauth_config.scopes.bot.toSorted()).toEqual([...new Set(['commands', ...needed])].sort())
})

test('manifest.yml hints at each command, and at the one that needs no verb by its words', () => {
  const [command] = parse(readFileSync('manifest.yml', 'utf8')).features.slash_commands
  const [deploy, ...others] = command.usage_hint.split(' | ')
  expect(deploy).toBe('<service> [<ref>] [to <environment>]')
  const verbs = GRAMMAR.flatMap(({ verb, isVerbSilent }) => (isVerbSilent ? [] : [verb]))
  expect(others).toEqual(verbs)
})
