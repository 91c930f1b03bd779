import type { SampleHost } from './hosts/host.ts'
import { USER } from './hosts/host.ts'
import { ROLES } from './tour/cast.ts'

export const TOKENS = { bot: 'xoxb-demo', app: 'xapp-demo' }
export const SERVICE = 'lander'
export const IMAGE = 'registry.example.com/demo/lander:stable'
export const MOUNT = '/app'

/** The bot's two files, as somebody with three hosts would write them. */
export function filesOf(parts: {
  readonly hosts: readonly SampleHost[]
  readonly apiUrl: string
  readonly keyFile: string
  readonly repo: string
  readonly path: string
  readonly channel: string
}): Readonly<Record<'.env' | 'touchdown.yml', string>> {
  return { '.env': dotenv(parts), 'touchdown.yml': yaml(parts) }
}

function dotenv({ apiUrl, keyFile }: { readonly apiUrl: string; readonly keyFile: string }): string {
  return `SLACK_BOT_TOKEN=${TOKENS.bot}
SLACK_APP_TOKEN=${TOKENS.app}
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
