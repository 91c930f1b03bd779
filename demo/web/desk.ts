import type { LocalSlack } from '../slack/local-slack.ts'
import type { Act, Acted } from './protocol.ts'

const NO_ANSWER = 'The app did not answer. Is the bot running?'

/** Does what a person did in the page. `typed` is told of every command before the app hears it. */
export async function perform(
  slack: LocalSlack,
  act: Act,
  typed: (act: Act & { readonly kind: 'type' }) => void,
): Promise<Acted> {
  try {
    switch (act.kind) {
      case 'type':
        return await type(slack, act, typed)
      case 'press':
        return await press(slack, act)
    }
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function type(
  slack: LocalSlack,
  act: Act & { readonly kind: 'type' },
  typed: (act: Act & { readonly kind: 'type' }) => void,
): Promise<Acted> {
  const { as: user, channel } = act
  const text = act.text.trim()
  if (text === '') return { ok: false, problem: 'There is nothing to send yet.' }
  const [, command, words = ''] = /^(\/\S*)\s*(.*)$/s.exec(text) ?? []
  if (command === undefined) {
    slack.say(user, channel, escaped(text))
    return { ok: true }
  }
  if (command !== '/deploy')
    return { ok: false, problem: `${command} is not a command here. Try /deploy help.` }
  typed({ ...act, text })
  // When the app does not answer, Slack itself says so to the asker.
  await slack.command({ user, channel, command, text: words })
  return { ok: true }
}

async function press(slack: LocalSlack, act: Act & { readonly kind: 'press' }): Promise<Acted> {
  const { as: user, channel, ts, action, value, confirms } = act
  const outcome = await slack.click({
    user,
    message: { channel, ts },
    actionId: action,
    // The message may have been edited while the dialog was open.
    stale: true,
    ...(value === undefined ? {} : { value }),
    ...(confirms ? { confirms } : {}),
  })
  return outcome.status === 'acked' ? { ok: true } : { ok: false, problem: NO_ANSWER }
}

/** As Slack's own window sends what people type: nothing in it mentions or links by itself. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The body of a POST as an act; undefined when it is none. */
export function readAct(body: string): Act | undefined {
  const found = parsed(body)
  const text = (name: string): string | undefined => {
    const value = found[name]
    return typeof value === 'string' ? value : undefined
  }
  const [as, channel] = [text('as'), text('channel')]
  if (as === undefined || channel === undefined) return undefined
  if (found['kind'] === 'type') {
    const typed = text('text')
    return typed === undefined ? undefined : { kind: 'type', as, channel, text: typed }
  }
  const [ts, action, value] = [text('ts'), text('action'), text('value')]
  if (found['kind'] !== 'press' || ts === undefined || action === undefined) return undefined
  return {
    kind: 'press',
    as,
    channel,
    ts,
    action,
    ...(value === undefined ? {} : { value }),
    ...(found['confirms'] === true ? { confirms: true } : {}),
  }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
