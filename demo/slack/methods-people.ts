import { type Answer, refuse } from './answer.ts'
import type { Call } from './world.ts'

export function usersInfo({ world, args }: Call): Answer {
  const user = world.workspace.users.get(args.text('user'))
  if (user === undefined) return refuse('user_not_found')
  const { real_name, team_id, ...flags } = user
  return {
    ok: true,
    user: {
      ...flags,
      team_id: team_id ?? world.workspace.team.id,
      real_name: real_name ?? user.name,
      profile: { real_name: real_name ?? user.name, display_name: user.name },
    },
  }
}

export function conversationsInfo({ world, args }: Call): Answer {
  const channel = world.workspace.channels.get(args.text('channel'))
  const isIn = channel?.has_bot ?? true
  if (channel === undefined || (channel.is_private && !isIn)) return refuse('channel_not_found')
  return {
    ok: true,
    channel: {
      id: channel.id,
      name: channel.name,
      is_channel: !channel.is_private,
      is_group: channel.is_private ?? false,
      is_im: false,
      is_private: channel.is_private ?? false,
      is_archived: channel.is_archived ?? false,
      is_ext_shared: channel.is_ext_shared ?? false,
      is_member: isIn,
    },
  }
}

export function usergroupsList({ world, args }: Call): Answer {
  const groups = [...world.workspace.groups.values()]
  const shown = args.flag('include_disabled') ? groups : groups.filter(group => !group.is_disabled)
  return {
    ok: true,
    usergroups: shown.map(({ id, handle, name, users, is_disabled }) => ({
      id,
      team_id: world.workspace.team.id,
      is_usergroup: true,
      handle,
      name: name ?? handle,
      date_delete: is_disabled ? Math.floor(world.workspace.now() / 1000) : 0,
      user_count: users.length,
      ...(args.flag('include_users') ? { users } : {}),
    })),
  }
}

export function usergroupsUsersList({ world, args }: Call): Answer {
  const group = world.workspace.groups.get(args.text('usergroup'))
  if (group === undefined || (group.is_disabled && !args.flag('include_disabled')))
    return refuse('no_such_subteam')
  return { ok: true, users: group.users }
}

export function authTest({ world }: Call): Answer {
  const { team } = world.workspace
  return {
    ok: true,
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: team.botName,
    team_id: team.id,
    user_id: team.botUserId,
    bot_id: team.botId,
    is_enterprise_install: false,
  }
}
