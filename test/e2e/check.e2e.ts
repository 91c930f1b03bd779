import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runCheck } from '../../src/cli/check.ts'
import { runTrust } from '../../src/cli/trust.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Secret } from '../../src/secret.ts'
import { openHosts } from '../../src/ssh/hosts.ts'
import { must, until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { touchdown } from './terminal.ts'

const rig = sharedRig()
const [web1, web2] = rig.hosts
if (!web1 || !web2) throw new Error('the rig has too few hosts')
const folder = mkdtempSync(join(tmpdir(), 'check-'))
const knownHostsFile = join(folder, 'known_hosts')
copyFileSync(rig.knownHostsFile, knownHostsFile)

let plain: RigService
let absent: RigService
beforeAll(async () => {
  plain = await rig.service('check-plain', { hosts: [web1, web2], port: 8851, container: false })
  absent = await rig.service('check-absent', { hosts: [web2], port: 8852, checkout: false })
})
afterAll(() => rmSync(folder, { recursive: true }))

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

interface About {
  readonly services?: readonly RigService[]
  readonly keys?: Readonly<Record<string, unknown>>
  readonly hosts?: Readonly<Record<string, unknown>>
}

/** touchdown.yml with these services, and `keys` in each of them. */
function configOf({ services = [plain], keys = {}, hosts = {} }: About): Config {
  const named = new Set(services.flatMap(service => service.hosts))
  const entries = [...named].map(({ name, address, port, user }) => [name, { address, port, user }])
  const file = {
    hosts: { ...Object.fromEntries(entries), ...hosts },
    services: Object.fromEntries(services.map(service => [service.name, { ...service.yaml, ...keys }])),
  }
  const loaded = loadConfig(JSON.stringify(file), 'touchdown.yml')
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}

async function check(about: About = {}): Promise<{ readonly code: number; readonly text: string }> {
  const hosts = openHosts({
    privateKey: new Secret(readFileSync(rig.sshKeyFile, 'utf8')),
    knownHosts: async () => readFileSync(knownHostsFile, 'utf8'),
  })
  const printed: string[] = []
  const code = await runCheck({ config: configOf(about), hosts, print: text => void printed.push(text) })
  await hosts.close()
  return { code, text: printed.join('\n') }
}

/** The lines below a host's name. */
function of(host: RigHost, text: string): string {
  return text.split(/\n\n+/).find(block => block.startsWith(`${host.name} (`)) ?? ''
}

/** The program is there no more, for this host alone. */
async function hide(host: RigHost, program: string): Promise<void> {
  const file = await host.exec(`readlink -f "$(command -v ${program})"`)
  await host.exec(`mount --bind /dev/null ${file}`)
  undo.push(() => host.exec(`umount ${file}`))
}

describe('touchdown check', () => {
  it('says of every host what it has, and that all is well', async () => {
    const { code, text } = await check({ services: [plain, absent] })
    expect(of(web1, text)).toMatch(/^web1 \(deploy@127\.0\.\d+\.1, port 2222\)$/m)
    expect(of(web1, text)).toContain('ok       Reachable; its key is the pinned one.')
    expect(of(web1, text)).toMatch(/ok {7}Has git \d+\.\d+\.\d+, Docker \d+\.\S+, flock and timeout\.$/m)
    expect(of(web1, text)).toContain('check-plain: /srv/check-plain is a git checkout and can be written.')
    expect(of(web1, text)).toContain('check-plain: git on the host can read the repository.')
    expect(of(web2, text)).toContain('check-absent: /srv/check-absent is not there yet and can be made')
    expect(text).not.toContain('problem')
    expect(text).toContain('All 2 hosts are ready for deploys.')
    expect(code).toBe(0)
  })

  it('leaves nothing on the host', async () => {
    const journal = web1.journal()
    const before = await web1.asDeploy('git -C /srv/check-plain status --short --ignored')
    await check()
    expect(await web1.asDeploy('git -C /srv/check-plain status --short --ignored')).toBe(before)
    const looks = () => web1.asDeploy('find .touchdown -name "look.*"')
    await until('its own files are gone', async () => (await looks()) === '' || undefined)
    expect(web1.journal()).toEqual(journal)
  })

  it('names a host whose sshd is down, and goes on with the others', async () => {
    await web1.stop()
    undo.push(() => web1.start())
    const { code, text } = await check()
    expect(of(web1, text)).toMatch(
      /problem {2}It could not be reached \(connect ECONNREFUSED .*its sshd runs/,
    )
    expect(of(web2, text)).not.toContain('problem')
    expect(text).toContain('web1 has problems: correct what is said above, then run touchdown check again.')
    expect(code).toBe(1)
  })

  it("names both fingerprints when a host's key has changed; trust pins the new one, and all is well again", async () => {
    const fingerprint = async () => {
      const scan = `ssh-keyscan -p ${web1.port} -t ed25519 ${web1.address} 2>/dev/null | ssh-keygen -lf -`
      return (await must(['sh', '-c', scan])).split(' ')[1] ?? ''
    }
    const old = await fingerprint()
    await web1.replaceHostKey()
    undo.push(() => web1.restoreHostKey())
    undo.push(async () => copyFileSync(rig.knownHostsFile, knownHostsFile))
    const offered = await fingerprint()
    expect(offered).not.toBe(old)

    const changed = await check()
    expect(changed.code).toBe(1)
    expect(of(web1, changed.text)).toContain(`The key it offers (${offered}) is not one of the pinned ones`)
    expect(of(web1, changed.text)).toContain(old)
    expect(of(web1, changed.text)).toContain('run: touchdown trust web1')

    const answers = ['y', 'web1']
    const shown: string[] = []
    const code = await runTrust({
      name: 'web1',
      host: configOf({}).hosts.get('web1'),
      names: ['web1', 'web2'],
      knownHostsFile,
      ask: async question => {
        shown.push(question)
        return answers.shift()
      },
      print: text => void shown.push(text),
    })
    expect(code).toBe(0)
    expect(shown.join('\n')).toContain('WARNING: web1 OFFERS ANOTHER KEY')
    expect(shown.join('\n')).toContain(`ssh-ed25519 ${offered}`)
    // OpenSSH reads the file the same way: the new key is the only one for the host, others have theirs.
    const found = await must(['ssh-keygen', '-l', '-F', `[${web1.address}]:2222`, '-f', knownHostsFile])
    expect(found).toContain(offered)
    expect(found).not.toContain(old)
    expect(await check()).toMatchObject({ code: 0 })
  })

  it('names the file that the key must stand in when a host refuses it', async () => {
    await web1.rejectKey()
    undo.push(() => web1.acceptKey())
    const { code, text } = await check()
    expect(of(web1, text)).toContain("It refuses the bot's key for the user deploy")
    expect(of(web1, text)).toContain('authorized_keys of deploy on web1')
    expect(code).toBe(1)
  })

  it('says that Docker does not run', async () => {
    await web1.stopDocker()
    undo.push(() => web1.startDocker())
    const { code, text } = await check()
    expect(of(web1, text)).toContain('problem  Docker does not run. On web1, as root: systemctl start docker')
    expect(of(web2, text)).not.toContain('problem')
    expect(code).toBe(1)
  })

  it('says that Docker hangs', async () => {
    await web1.pauseDocker()
    undo.push(() => web1.resumeDocker())
    const { code, text } = await check()
    expect(of(web1, text)).toContain('problem  Docker did not answer within 10 s.')
    expect(code).toBe(1)
  })

  it('says that the SSH user may not use Docker', async () => {
    await web1.exec('chmod 600 /run/docker.sock')
    undo.push(() => web1.exec('chmod 660 /run/docker.sock'))
    const { code, text } = await check()
    expect(of(web1, text)).toContain(
      'problem  deploy may not use Docker. On web1, as root: usermod -aG docker deploy',
    )
    expect(code).toBe(1)
  })

  it.each([
    ['/srv/check-plain', '/srv/check-plain', 'chown -R deploy /srv/check-plain'],
    ['/srv/check-plain/.git', '/srv/check-plain/.git', 'chown -R deploy /srv/check-plain'],
  ])('says that %s may not be written', async (path, told, remedy) => {
    await web1.exec(`chown root ${path} && chmod 755 ${path}`)
    undo.push(() => web1.exec(`chown deploy ${path}`))
    const { code, text } = await check()
    expect(of(web1, text)).toContain(`problem  check-plain: deploy may not write in ${told}.`)
    expect(of(web1, text)).toContain(remedy)
    expect(code).toBe(1)
  })

  it('says that a path cannot be made, and how', async () => {
    const path = '/var/opt/check/app'
    const { code, text } = await check({ keys: { path } })
    const words = `${path} is not there, and deploy may not make it in /var/opt. On web1, as root: install -d -o deploy ${path}`
    expect(of(web1, text)).toContain(words)
    expect(code).toBe(1)
  })

  it('says which line of sudoers lets a path be made for its owner, and sees when it is there', async () => {
    const keys = { path: '/var/opt/check/app', owner: 'deploy', group: 'creator', hosts: ['web1'] }
    const { code, text } = await check({ keys })
    const rule =
      'deploy ALL=(root) NOPASSWD: /usr/bin/install -d -m 2755 -o deploy -g creator /var/opt/check/app'
    expect(of(web1, text)).toContain(`write into /etc/sudoers.d/touchdown: ${rule}`)
    expect(code).toBe(1)
    undo.push(() => web1.exec('rm -f /etc/sudoers.d/made'))
    const withPassword = rule.replace('NOPASSWD: ', '')
    await web1.exec(`echo '${withPassword}' >/etc/sudoers.d/made && chmod 440 /etc/sudoers.d/made`)
    const asks = await check({ keys })
    expect(of(web1, asks.text)).toContain(`write into /etc/sudoers.d/touchdown: ${rule}`)
    await web1.exec(`echo '${rule}' >>/etc/sudoers.d/made`)
    const allowed = await check({ keys })
    expect(of(web1, allowed.text)).toContain('can be made for deploy and the group creator')
    expect(allowed.code).toBe(0)
  })

  it('says that a path holds something else', async () => {
    await web1.asDeploy('mkdir /srv/check-other && touch /srv/check-other/file')
    undo.push(() => web1.exec('rm -r /srv/check-other'))
    const { code, text } = await check({ keys: { path: '/srv/check-other' } })
    expect(of(web1, text)).toContain('/srv/check-other holds something that is no git checkout')
    expect(code).toBe(1)
  })

  it('says that another user owns the checkout, unless run_as names that user and sudo lets it', async () => {
    for (const host of [web1, web2]) {
      await host.exec('chown -R creator /srv/check-plain && chmod 777 /srv/check-plain /srv/check-plain/.git')
      undo.push(() => host.exec('chown -R deploy /srv/check-plain && chmod 755 /srv/check-plain'))
    }
    const wrong = await check()
    expect(of(web1, wrong.text)).toContain(
      'git refuses /srv/check-plain, because another user than deploy owns it',
    )

    const { code, text } = await check({ keys: { run_as: 'creator' } })
    expect(of(web1, text)).toContain('check-plain: /srv/check-plain is a git checkout and can be written')
    expect(of(web1, text)).toContain('git on the host can read the repository')
    expect(of(web2, text)).toMatch(
      /problem {2}check-plain: sudo does not let deploy start test, .* as creator \(sudo: a password is required\)/,
    )
    expect(of(web2, text)).toContain('/etc/sudoers.d/touchdown: deploy ALL=(creator) NOPASSWD: ALL')
    expect(code).toBe(1)
  })

  it('names the programs that a narrow sudo rule leaves out, and a user who does not exist', async () => {
    const rule = 'deploy ALL=(creator) NOPASSWD: /usr/bin/test, /usr/bin/git, /usr/bin/stat, /usr/bin/ls'
    await web2.exec(`echo '${rule}' >/etc/sudoers.d/narrow && chmod 440 /etc/sudoers.d/narrow`)
    undo.push(() => web2.exec('rm /etc/sudoers.d/narrow'))
    const narrow = await check({ keys: { run_as: 'creator', hosts: ['web2'] } })
    expect(of(web2, narrow.text)).toContain('start mkdir, timeout, grep, tee, mv and touch as creator')

    const nobody = await check({ keys: { run_as: 'nobody-here' } })
    expect(of(web1, nobody.text)).toContain('run_as names nobody-here, a user that web1 does not have')
  })

  it.each([
    ['flock', 'flock is missing. On web1, as root (Debian): apt install util-linux'],
    ['git', 'git is missing. On web1, as root (Debian): apt install git'],
    ['timeout', 'the program timeout is missing (Debian: apt install coreutils)'],
  ])('says that %s is missing', async (program, words) => {
    await hide(web1, program)
    const { code, text } = await check()
    expect(of(web1, text)).toContain(words)
    expect(code).toBe(1)
  })

  it('says that a disk is full', async () => {
    const path = '/srv/small/check'
    await web1.fillDisk()
    undo.push(() => web1.freeDisk())
    const { code, text } = await check({ keys: { path } })
    expect(of(web1, text)).toContain(
      `problem  check-plain: ${path} lies on a disk (/srv/small) that is full.`,
    )
    expect(of(web2, text)).toContain(
      `warning  check-plain: ${path} lies on a disk (/srv/small) that has 0.02 GiB free`,
    )
    expect(code).toBe(1)
  })

  it('says which key the git server must accept', async () => {
    await web1.exec('cd /home/deploy/.ssh && cp -p id_ed25519 away')
    undo.push(() => web1.exec('cd /home/deploy/.ssh && mv away id_ed25519 && rm -f id_ed25519.pub'))
    await web1.asDeploy('rm .ssh/id_ed25519 && ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519')
    const { code, text } = await check()
    expect(of(web1, text)).toContain(
      'problem  check-plain: The git server refuses the key of deploy. It has ~/.ssh/id_ed25519. On web1, as deploy: ssh-keygen -y -f ~/.ssh/id_ed25519 prints',
    )
    expect(of(web2, text)).toContain('check-plain: git on the host can read the repository.')
    expect(code).toBe(1)
  })

  it('says that the host does not know the git server, and how it learns its key', async () => {
    await web1.exec('mv /home/deploy/.ssh/known_hosts /home/deploy/.ssh/away')
    undo.push(() => web1.exec('mv /home/deploy/.ssh/away /home/deploy/.ssh/known_hosts'))
    const { code, text } = await check()
    expect(of(web1, text)).toContain(
      "deploy does not know the git server's key. On web1, as deploy: ssh-keyscan",
    )
    expect(code).toBe(1)
  })

  it('says that there is no such repository', async () => {
    const repo = plain.repo.url.replace('check-plain', 'check-gone')
    const { code, text } = await check({ keys: { repo } })
    expect(of(web1, text)).toContain('The git server shows deploy no such repository')
    expect(code).toBe(1)
  })

  it('warns of targets that share a path', async () => {
    const { code, text } = await check({ services: [plain, absent], keys: { path: '/srv/check-plain' } })
    expect(text).toContain('warning  check-plain and check-absent share the path /srv/check-plain on web2')
    expect(code).toBe(0)
  })

  it('warns of two users on one machine, which its host key tells', async () => {
    const alias = { address: `::ffff:${web1.address}`, port: web1.port, user: 'creator' }
    const { text } = await check({ hosts: { alias } })
    expect(text).toContain('warning  web1 as deploy and alias as creator lead to one machine')
    expect(text).toContain('touchdown trust alias')
  })
})

describe('in a folder that is not set up to its end', () => {
  const place = mkdtempSync(join(tmpdir(), 'check-folder-'))
  const env = { SSH_KEY: rig.sshKeyFile, SSH_KNOWN_HOSTS: knownHostsFile }
  const type = (...words: readonly string[]) => touchdown(words, { cwd: place, env })
  const write = (text: string) => writeFileSync(join(place, 'touchdown.yml'), text)
  const hosts = `hosts:\n  web1: { address: ${web1.address}, port: ${web1.port}, user: ${web1.user} }\n`
  beforeAll(() => copyFileSync('.env.example', join(place, '.env')))
  afterAll(() => rmSync(place, { recursive: true }))

  it('trust needs neither tokens nor a touchdown.yml', async () => {
    const { code, stdout } = await type('trust', `${web1.address}:${web1.port}`)
    expect(stdout).toContain('There is no readable file touchdown.yml, so')
    expect(stdout).toContain('which is pinned already')
    expect(code).toBe(0)
  })

  it('trust needs no more of touchdown.yml than the host', async () => {
    write(`${hosts}  web2: { address: "-" }\nservices:\n  app: { image: x }\n`)
    const { code, stdout, stderr } = await type('trust', 'web1')
    expect(stdout).toMatch(/^web1 offers SHA256:\S+, which is pinned already/)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })

    const wrong = await type('trust', 'web2')
    expect(wrong.stderr).toMatch(/line 3: hosts\.web2\.address must be /)
    expect(wrong.code).toBe(78)
  })

  it('check needs no tokens', async () => {
    write(`${hosts}services: {}\n`)
    const { code, stdout, stderr } = await type('check')
    expect(stdout).toContain('ok       Reachable; its key is the pinned one.')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
