import { randomUUID } from 'node:crypto'
import type { SampleHost } from './hosts/host.ts'
import { USER } from './hosts/host.ts'
import { ROLES } from './tour/cast.ts'

export const SERVICE = 'lander'
export const IMAGE = 'registry.example.com/demo/lander:stable'
export const MOUNT = '/app'

type Tokens = { readonly bot: string; readonly app: string }

/** As secret as Slack's own: whoever else reaches the local Slack, such as a page of the browser, cannot speak as the bot. */
export function newTokens(): Tokens {
  return { bot: `xoxb-${randomUUID()}`, app: `xapp-${randomUUID()}` }
}

/** The bot's two files, as somebody with three hosts would write them. */
export function filesOf(parts: {
  readonly tokens: Tokens
  readonly hosts: readonly SampleHost[]
  readonly apiUrl: string
  readonly keyFile: string
  readonly repo: string
  readonly path: string
  readonly channel: string
}): Readonly<Record<'.env' | 'touchdown.yml', string>> {
  return { '.env': dotenv(parts), 'touchdown.yml': yaml(parts) }
}

function dotenv({ tokens, apiUrl, keyFile }: Parameters<typeof filesOf>[0]): string {
  return `SLACK_BOT_TOKEN=${tokens.bot}
SLACK_APP_TOKEN=${tokens.app}
# Only here: the local Slack instead of the real one.
SLACK_API_URL=${apiUrl}
# The private key that enters the hosts.
SSH_KEY=${keyFile}
SSH_KNOWN_HOSTS=known_hosts
DATABASE_URL=sqlite:touchdown.db
LOG_LEVEL=warn
`
}

function yaml(parts: Parameters<typeof filesOf>[0]): string {
  const { hosts, repo, path, channel } = parts
  const lines = hosts.map(
    ({ name, sshPort, hostKey }) =>
      `  ${name}: { address: 127.0.0.1, port: ${sshPort}, user: ${USER}, host_key: "${hostKey}" }`,
  )
  return `channel: ${channel}

hosts:
${lines.join('\n')}

services:
  ${SERVICE}:
    repo: ${repo}
    ref: main
    hosts: [web1, web2]
    path: ${path}
    container:
      image: ${IMAGE}
      mount: ${MOUNT}
      run: ["-P"]
      env: { HOST_NAME: "{host}" }
      stop: { grace: 5s }
    touch: .reload
    verify: { url: "http://127.0.0.1:{port:8000}/", header: X-Revision }
    preflight: ["node", "check.js"]
    deployers: [${ROLES.developer}, ${ROLES.approver}]
    approvers: [${ROLES.developer}, ${ROLES.approver}]    # never the one who asked
    environments:
      staging: { hosts: [stage1], approval: none }
`
}
