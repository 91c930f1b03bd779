import type { Content } from './content.ts'
import { isList, isObject } from './json.ts'

/**
 * Whom a message calls: `@channel`, `@here`, `@everyone`, user ids, group ids. Looks where Slack looks: the text,
 * mrkdwn and rich text; in plain text nothing counts. A bare `@channel` counts only if the message asks for linking.
 */
export function mentionsIn(content: Content): readonly string[] {
  const linksNames = content.linkNames || content.parse === 'full'
  // With blocks the text is only the notification, which mentions as well.
  const texts = [content.text, ...mrkdwnIn(content.blocks), ...mrkdwnIn(content.attachments)]
  const explicit = texts.flatMap(text =>
    [...text.matchAll(/<(?:!(channel|here|everyone)|@([UW]\w+)|!subteam\^(S\w+))(?:\|[^>]*)?>/g)].map(
      ([, everybody, user, group]) => (everybody === undefined ? (user ?? group ?? '') : `@${everybody}`),
    ),
  )
  const bare = linksNames ? texts.flatMap(text => text.match(/@(?:channel|here|everyone)\b/g) ?? []) : []
  return [...new Set([...explicit, ...bare, ...structural(content.blocks)])]
}

function mrkdwnIn(value: unknown): readonly string[] {
  if (isList(value)) return value.flatMap(mrkdwnIn)
  if (!isObject(value)) return []
  const { type, text } = value
  if (type === 'plain_text' || type === 'rich_text') return []
  if ((type === 'mrkdwn' || type === 'markdown') && typeof text === 'string') return [text]
  return Object.values(value).flatMap(mrkdwnIn)
}

function structural(value: unknown): readonly string[] {
  if (isList(value)) return value.flatMap(structural)
  if (!isObject(value)) return []
  if (value['type'] === 'broadcast') return [`@${String(value['range'])}`]
  if (value['type'] === 'user') return [String(value['user_id'])]
  if (value['type'] === 'usergroup') return [String(value['usergroup_id'])]
  return Object.values(value).flatMap(structural)
}
