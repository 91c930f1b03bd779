import { type Answer, type Args, refuse } from './answer.ts'
import {
  addReaction,
  deleteMessage,
  getPermalink,
  postEphemeral,
  postMessage,
  update,
} from './methods-chat.ts'
import { completeUpload, getUploadUrl } from './methods-files.ts'
import {
  authTest,
  conversationsInfo,
  usergroupsList,
  usergroupsUsersList,
  usersInfo,
} from './methods-people.ts'
import { viewsOpen } from './methods-views.ts'
import type { Call, World } from './world.ts'

export type TokenKind = 'bot' | 'app' | 'unknown' | 'none'

type Method = {
  readonly token: 'bot' | 'app'
  readonly scope?: string
  readonly run: (call: Call) => Answer
}

const methods = new Map<string, Method>(
  Object.entries({
    'apps.connections.open': { token: 'app', run: ({ world }) => ({ ok: true, url: world.newSocketUrl() }) },
    'auth.test': { token: 'bot', run: authTest },
    'chat.delete': { token: 'bot', scope: 'chat:write', run: deleteMessage },
    'chat.getPermalink': { token: 'bot', run: getPermalink },
    'chat.postEphemeral': { token: 'bot', scope: 'chat:write', run: postEphemeral },
    'chat.postMessage': { token: 'bot', scope: 'chat:write', run: postMessage },
    'chat.update': { token: 'bot', scope: 'chat:write', run: update },
    'conversations.info': { token: 'bot', scope: 'channels:read', run: conversationsInfo },
    'files.completeUploadExternal': { token: 'bot', scope: 'files:write', run: completeUpload },
    'files.getUploadURLExternal': { token: 'bot', scope: 'files:write', run: getUploadUrl },
    'reactions.add': { token: 'bot', scope: 'reactions:write', run: addReaction },
    'usergroups.list': { token: 'bot', scope: 'usergroups:read', run: usergroupsList },
    'usergroups.users.list': { token: 'bot', scope: 'usergroups:read', run: usergroupsUsersList },
    'users.info': { token: 'bot', scope: 'users:read', run: usersInfo },
    'views.open': { token: 'bot', run: viewsOpen },
  } satisfies Record<string, Method>),
)

/** Answers one call, as Slack would: method, then token, then scope, then the arguments. */
export function answer(name: string, token: TokenKind, args: Args, world: World): Answer {
  const method = methods.get(name)
  if (method === undefined) return refuse('unknown_method', { req_method: name })
  if (token === 'none') return refuse('not_authed')
  if (token === 'unknown') return refuse('invalid_auth')
  if (token !== method.token) return refuse('not_allowed_token_type')
  const { scope } = method
  if (scope !== undefined && !world.scopes.includes(scope))
    return refuse('missing_scope', { needed: scope, provided: world.scopes.join(',') })
  return method.run({ world, args })
}
