import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './command.ts'
import type { RigHost } from './host.ts'

/** The script that docs/zero-downtime.md shows, as it stands there. */
export function scriptOfDocs(): string {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/zero-downtime.md'), 'utf8')
  const [, script] = /```sh\n(#!\/bin\/sh\n# haproxy[\s\S]*?)```/.exec(page) ?? []
  if (script === undefined) throw new Error('docs/zero-downtime.md shows no script for haproxy')
  return script
}

/** Debian's haproxy on a host, as the page has it: before `app1`, `app2`, … on the ports 1, 2, … above its own. */
export async function startProxy(host: RigHost, port: number, servers: number): Promise<void> {
  const lines = Array.from({ length: servers }, (_, index) => {
    const number = index + 1
    return `  server app${number} ${host.address}:${port + number} check inter 500ms maxconn 32`
  })
  const config = `global
  stats socket /run/haproxy.sock user deploy mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 30s
  option redispatch
  option http-server-close
frontend front
  bind ${host.address}:${port}
  default_backend be
backend be
  balance leastconn
  option httpchk GET /
${lines.join('\n')}
`
  await host.exec(`cat >/run/haproxy.cfg <<'CONFIG'
${config}CONFIG
mkdir -p /srv/bin && cat >/srv/bin/balance <<'SCRIPT'
${scriptOfDocs()}SCRIPT
chmod 755 /srv/bin/balance && setsid haproxy -D -f /run/haproxy.cfg -p /run/haproxy.pid`)
  // It has nobody to ask yet, and says so.
  await until('haproxy', async () => (await host.http(port).catch(() => undefined)) && true)
}

export async function stopProxy(host: RigHost): Promise<void> {
  await host.exec('[ ! -e /run/haproxy.pid ] || kill $(cat /run/haproxy.pid) 2>/dev/null || :')
}
