import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { RigHost } from '../test/e2e/rig/host.ts'
import type { Rig } from '../test/e2e/rig/rig.ts'
import type { RigService } from '../test/e2e/rig/service.ts'

const run = promisify(execFile)

/** OpenSSH's own client with the bot's key: what a person would type, in one command per host, all hosts at once. */
export interface BareSsh {
  deploy(service: RigService, hosts: readonly RigHost[], revision: string): Promise<void>
  /** Pull, stop, remove, run: what a new container takes by hand. `run`: the words between `docker run` and the image. */
  replace(
    service: RigService,
    hosts: readonly RigHost[],
    run: readonly string[],
    image: string,
  ): Promise<void>
  close(): Promise<void>
}

/** `warm`: over connections that are open already (ControlMaster). */
export async function bareSsh(rig: Rig, folder: string, isWarm: boolean): Promise<BareSsh> {
  const common = [
    '-i',
    rig.sshKeyFile,
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=yes',
  ]
  const options = [
    ...common,
    '-o',
    `UserKnownHostsFile=${rig.knownHostsFile}`,
    '-o',
    `ControlPath=${isWarm ? `${folder}/%h` : 'none'}`,
  ]
  const place = (host: RigHost) => ['-p', String(host.port), `${host.user}@${host.address}`]
  const to = (host: RigHost, ...words: readonly string[]) =>
    run('ssh', [...options, ...place(host), ...words])
  if (isWarm)
    await Promise.all(rig.hosts.map(host => run('ssh', [...options, '-M', '-N', '-f', ...place(host)])))
  return {
    async deploy({ path, name }, hosts, revision) {
      const script = [
        `cd ${path}`,
        `git fetch -q --no-tags origin main`,
        `git reset -q --hard ${revision}`,
        `echo ${revision} >REVISION`,
        `docker inspect ${name} >/dev/null`,
        'touch .reload',
      ].join(' && ')
      await Promise.all(hosts.map(host => to(host, script)))
    },
    async replace({ name }, hosts, run, image) {
      const replacing = (host: RigHost) => {
        const words = run.map(word => word.replaceAll('{address}', host.address)).join(' ')
        return [
          `docker pull -q ${image}`,
          `docker stop -t 30 ${name}`,
          `docker rm ${name}`,
          `docker run -d --name ${name} --restart unless-stopped ${words} ${image}`,
        ].join(' && ')
      }
      await Promise.all(hosts.map(host => to(host, replacing(host))))
    },
    async close() {
      if (isWarm)
        await Promise.all(
          rig.hosts.map(host => run('ssh', [...options, '-O', 'exit', ...place(host)]).catch(() => {})),
        )
    },
  }
}
