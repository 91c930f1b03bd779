import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBot, type TestBot } from './bot.ts'
import { during, goesOn, head, short, told } from './held.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

const rig = sharedRig()
const [web1, web2, web3, web4] = rig.hosts
if (!web1 || !web2 || !web3 || !web4) throw new Error('the rig has fewer than four hosts')

/** Our own, so that a pin can be missing; the bot reads it at every connect. */
const pins = mkdtempSync(join(tmpdir(), 'touchdown-pins-'))
const knownHosts = join(pins, 'known_hosts')

let near: RigService
let far: RigService
let small: RigService
/** A bot for each pair of hosts, since two speak faster than one: a bot posts once a second. */
let nearBot: TestBot
let farBot: TestBot

beforeAll(async () => {
  copyFileSync(rig.knownHostsFile, knownHosts)
  near = await rig.service('f-near', { hosts: [web1, web2], port: 8840 })
  far = await rig.service('f-far', { hosts: [web3, web4], port: 8841 })
  small = await rig.service('f-small', { hosts: [web3, web4], port: 8842, disk: 'small' })
  const env = { SSH_KNOWN_HOSTS: knownHosts }
  nearBot = await startBot({ rig, services: [near], env })
  farBot = await startBot({ rig, services: [far, small], env })
})
afterAll(async () => {
  await Promise.all([nearBot?.stop(), farBot?.stop()])
  rmSync(pins, { recursive: true })
})

// Two pairs of hosts go through their faults side by side, each pair through one after another: most of it is waiting.
describe.concurrent('web1 and web2', () => {
  describe.sequential('a host that cannot be used', () => {
    it('is down: nothing is changed anywhere, and the other host is told of, too (C1)', async () => {
      const before = await head(web1, near)
      const revision = await near.recolour('down')
      await web2.stop()
      const thread = await nearBot.deploy(near.name).finally(() => web2.start())
      told(thread, near)
      expect(thread.parent).toContain('f-near failed at connect on web2: the host cannot be reached; 0/2')
      expect(thread.text).toContain(`web2: ${web2.address}:2222 could not be reached (`)
      expect(thread.text).toContain('ECONNREFUSED')
      expect(thread.text).toContain('web2 now: nothing was changed there.')
      expect(thread.text).toContain('web1: its turn did not come; what runs there is as before.')
      expect(await head(web1, near)).toBe(before)
      await goesOn(nearBot, near, revision)
    })

    it('has no pinned key: its fingerprint is shown, and nothing is sent to it (C12, G7)', async () => {
      const revision = await near.recolour('unknown')
      const known = readFileSync(knownHosts, 'utf8')
      await web1.cutLinks()
      const logins = loginsOn(web1)
      pin(withoutLinesOf(web1, known))
      const thread = await nearBot.deploy(near.name).finally(() => pin(known))
      told(thread, near)
      expect(thread.parent).toContain('failed at connect on web1: its host key is not pinned; 0/2')
      expect(thread.text).toMatch(/web1: the key it offers \(SHA256:\S{43}\) is not pinned/)
      expect(thread.text).toContain('touchdown trust web1')
      expect(thread.text).toContain('web2: its turn did not come')
      expect(loginsOn(web1)).toEqual(logins)
      await goesOn(nearBot, near, revision)
    })

    it('has another key than the pinned one: both fingerprints are shown, nothing is sent to it (C12, G7)', async () => {
      const revision = await near.recolour('changed')
      await web2.replaceHostKey()
      const logins = loginsOn(web2)
      const deployed = nearBot.deploy(near.name).then(thread => ({ thread, loginsNow: loginsOn(web2) }))
      const { thread, loginsNow } = await deployed.finally(() => web2.restoreHostKey())
      told(thread, near)
      expect(thread.parent).toContain('failed at connect on web2: its host key is not the pinned one; 0/2')
      expect(thread.text).toMatch(
        /web2: the key it offers \(SHA256:\S{43}\) is not one of the pinned ones \((SHA256:\S{43}(, )?)+\)/,
      )
      expect(thread.text).toContain('touchdown trust web2')
      expect(loginsNow).toEqual(logins)
      await goesOn(nearBot, near, revision)
    })

    it("rejects the bot's key: asked once, and told whose authorized_keys lacks it (C13)", async () => {
      const revision = await near.recolour('rejected')
      await web2.rejectKey()
      await web2.cutLinks()
      const connections = connectionsTo(web2)
      const thread = await nearBot.deploy(near.name).finally(() => web2.acceptKey())
      told(thread, near)
      expect(thread.parent).toContain("failed at connect on web2: the host refuses the bot's key; 0/2")
      expect(thread.text).toContain("web2: it refuses the bot's key for the user deploy")
      expect(thread.text).toContain('authorized_keys')
      expect(connectionsTo(web2) - connections).toBe(1)
      await goesOn(nearBot, near, revision)
    })

    it('Docker is stopped: found before anything is changed (C23)', async () => {
      const before = await head(web2, near)
      const revision = await near.recolour('no-docker')
      await web1.stopDocker()
      const thread = await nearBot.deploy(near.name).finally(() => web1.startDocker())
      told(thread, near)
      expect(thread.parent).toContain('failed at look on web1: Docker does not run; 0/2')
      expect(thread.text).toContain(`web1 now: HEAD ${short(await head(web1, near))}`)
      expect(thread.text).toContain('Docker did not answer')
      expect(thread.text).toContain('web2: its turn did not come')
      expect(await head(web2, near)).toBe(before)
      await near.serves(web1, before)
      await goesOn(nearBot, near, revision)
    })

    it('.git/index.lock was left over: named with its path, HEAD and what is served are as before (C16)', async () => {
      const before = await head(web1, near)
      const revision = await near.recolour('locked')
      const lock = `${near.path}/.git/index.lock`
      await web1.asDeploy(`touch ${lock}`)
      const thread = await nearBot.deploy(near.name).finally(() => web1.exec(`rm ${lock}`))
      told(thread, near)
      expect(thread.parent).toContain('failed at reset on web1: another git process holds a lock')
      expect(thread.text).toContain(`rm ${lock}`)
      expect(thread.text).toContain(
        `web1 now: HEAD ${short(before)}, serves ${short(before)}, container running`,
      )
      expect(thread.text).toContain('web2: its turn did not come')
      await goesOn(nearBot, near, revision)
    })
  })

  describe.sequential('what hangs', () => {
    it('Docker on web1, when the preflight asks it: the old commit is put back (C23)', async () => {
      const before = await head(web1, near)
      const revision = await near.recolour('preflight-hangs')
      // The limits of the host's commands, shortened: minutes otherwise.
      await web1.wrap('timeout', 'case " $* " in *" docker "*) shift 3; set -- -k 1 5 "$@" ;; esac')
      const thread = await during({ bot: nearBot, service: near, host: web1 }, 'preflight', () =>
        web1.pauseDocker(),
      ).finally(() => web1.resumeDocker())
      told(thread, near)
      expect(thread.parent).toContain('failed at preflight on web1: its time was over; 0/2')
      expect(thread.text).toContain(`${short(before)} was put back; the new code was not loaded`)
      expect(thread.text).toContain(
        `web1 now: HEAD ${short(before)}, serves ${short(before)}, Docker did not answer.`,
      )
      expect(thread.text).toContain('web2: its turn did not come')
      await goesOn(nearBot, near, revision)
    })
  })
})

describe.concurrent('web3 and web4', () => {
  describe.sequential('a full disk', () => {
    it('at the fetch: the commit does not arrive, what runs is as before (C17)', async () => {
      const before = await head(web4, small)
      const revision = await small.recolour('full')
      await web4.fillDisk()
      const thread = await farBot.deploy(small.name).finally(() => web4.freeDisk())
      told(thread, small)
      expect(thread.parent).toContain('failed at fetch on web4: the disk is full; 0/2')
      expect(thread.text).toContain('Free some space on web4')
      expect(thread.text).toContain(
        `web4 now: HEAD ${short(before)}, serves ${short(before)}, container running`,
      )
      expect(thread.text).toContain('web3: its turn did not come')
      await goesOn(farBot, small, revision)
    })

    it('at the reset: where HEAD is now is told as it is (C17)', async () => {
      const revision = await small.recolour('fuller')
      const thread = await during({ bot: farBot, service: small, host: web3 }, 'reset', () =>
        web3.fillDisk(),
      ).finally(() => web3.freeDisk())
      told(thread, small)
      expect(thread.parent).toContain('failed at reset on web3: the disk is full; 0/2')
      expect(thread.text).toContain(`web3 now: HEAD ${short(await head(web3, small))}`)
      expect(thread.text).toContain('web4: its turn did not come')
      await goesOn(farBot, small, revision)
    })

    it('where the session keeps its own files: no step begins, the path is named (C17)', async () => {
      const revision = await far.recolour('no-state')
      await web4.fillDisk('/home/deploy')
      const thread = await farBot.deploy(far.name).finally(() => web4.freeDisk())
      told(thread, far)
      expect(thread.parent).toMatch(/failed at \w+ on web4: the disk is full; 0\/2/)
      expect(thread.text).toContain('.touchdown')
      await goesOn(farBot, far, revision)
    })

    it('there in mid-deploy: a look that could not be kept whole is no look (C17)', async () => {
      const before = await head(web4, far)
      const revision = await far.recolour('state-gone')
      const filled = during({ bot: farBot, service: far, host: web3 }, 'reset', () =>
        web4.fillDisk('/home/deploy'),
      )
      const thread = await filled.finally(() => web4.freeDisk())
      told(thread, far)
      expect(thread.parent).toMatch(/ended partly: 1\/2 hosts serve .* on web4: the disk is full/)
      expect(thread.text).toContain(`web3: serves ${short(revision)}.`)
      expect(await head(web4, far)).toBe(before)
      await goesOn(farBot, far, revision)
    })
  })

  describe.sequential('what hangs', () => {
    it('Docker on web4: the look ends in time, what is served is told all the same (C23)', async () => {
      const before = await head(web4, far)
      const revision = await far.recolour('docker-hangs')
      await web4.pauseDocker()
      const thread = await farBot.deploy(far.name).finally(() => web4.resumeDocker())
      told(thread, far)
      expect(thread.parent).toContain('failed at look on web4: Docker does not answer; 0/2')
      expect(thread.text).toContain('systemctl restart docker')
      expect(thread.text).toContain(
        `web4 now: HEAD ${short(before)}, serves ${short(before)}, Docker did not answer.`,
      )
      expect(thread.text).toContain('web3: its turn did not come')
      await goesOn(farBot, far, revision)
    })
  })
})

describe('a git server that hangs', () => {
  it('in the middle of a fetch on web2: the fetch is given up, nothing is changed (C3)', async () => {
    const before = await head(web2, near)
    const revision = await near.recolour('git-hangs')
    // Without the kept connection: it is given up after 20 s more.
    await web2.exec('rm -f /home/deploy/.touchdown/git-*')
    const thread = await during({ bot: nearBot, service: near, host: web2 }, 'fetch', () =>
      rig.freezeGit(),
    ).finally(() => rig.thawGit())
    told(thread, near)
    // web1 may have begun its fetch by then, or have ended it.
    expect(thread.parent).toMatch(/failed at fetch on web[12]: the git server does not answer.*; 0\/2/)
    expect(thread.text).toContain('web2: fetch failed (exit code 69): the git server does not answer.')
    expect(thread.text).toContain(
      `web2 now: HEAD ${short(before)}, serves ${short(before)}, container running`,
    )
    await goesOn(nearBot, near, revision)
  })
})

function sshdLog(host: RigHost): readonly string[] {
  return readFileSync(join(dirname(rig.knownHostsFile), host.name, 'sshd.log'), 'utf8').split('\n')
}

/** Every attempt to log in, good or bad: none of it may be there before the host's key is known. */
function loginsOn(host: RigHost): readonly string[] {
  return sshdLog(host).filter(text => /Accepted|Failed|user deploy/.test(text) && !/Disconnected/.test(text))
}

function connectionsTo(host: RigHost): number {
  return sshdLog(host).filter(text => /authenticating user deploy|Accepted publickey for deploy/.test(text))
    .length
}

/** At once: the bot may be reading. */
function pin(lines: string): void {
  writeFileSync(`${knownHosts}.new`, lines)
  renameSync(`${knownHosts}.new`, knownHosts)
}

function withoutLinesOf(host: RigHost, known: string): string {
  return known
    .split('\n')
    .filter(text => !text.startsWith(`[${host.address}]`))
    .join('\n')
}
