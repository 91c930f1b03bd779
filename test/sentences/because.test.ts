import { describe, expect, it } from 'vitest'
import type { Because } from '../../src/because.ts'
import { becauseText } from '../../src/sentences/because.ts'
import { shortReason } from '../../src/sentences/short-reason.ts'
import { NEW, OLD } from './deployments.ts'

const SEEN = 'SHA256:aaaa'
const PINNED = 'SHA256:bbbb'

type Row = readonly [step: string, because: Because, text: string]

const UNREACHED: readonly Row[] = [
  [
    'connect',
    { kind: 'unreachable', address: '10.0.0.12', port: 22, detail: 'connect ECONNREFUSED 10.0.0.12:22' },
    'web2: 10.0.0.12:22 could not be reached (connect ECONNREFUSED 10.0.0.12:22). Check that the host is up, that its address and port in touchdown.yml are right, and that this machine may connect to it; then deploy again.',
  ],
  [
    'connect',
    { kind: 'unreachable', address: 'fd00::2', port: 2222, detail: 'no answer within 10 s' },
    'web2: [fd00::2]:2222 could not be reached (no answer within 10 s). Check that the host is up, that its address and port in touchdown.yml are right, and that this machine may connect to it; then deploy again.',
  ],
  [
    'connect',
    { kind: 'host-key-unknown', offered: SEEN },
    "web2: the key it offers (SHA256:aaaa) is not pinned, so nothing was sent to it. If this is the host's own key, run: touchdown trust web2",
  ],
  [
    'connect',
    { kind: 'host-key-changed', offered: SEEN, pinned: [PINNED] },
    'web2: the key it offers (SHA256:aaaa) is not the pinned one (SHA256:bbbb). If the host was rebuilt, run: touchdown trust web2',
  ],
  [
    'connect',
    { kind: 'host-key-changed', offered: SEEN, pinned: [PINNED, 'SHA256:cccc'] },
    'web2: the key it offers (SHA256:aaaa) is not one of the pinned ones (SHA256:bbbb, SHA256:cccc). If the host was rebuilt, run: touchdown trust web2',
  ],
  [
    'connect',
    { kind: 'host-key-changed', offered: SEEN, pinned: [SEEN] },
    'web2: the key it offers (SHA256:aaaa) is revoked in the known_hosts file. Give the host a new key, then run: touchdown trust web2',
  ],
  [
    'connect',
    { kind: 'key-rejected', user: 'deploy' },
    "web2: it refuses the bot's key for the user deploy. The public key that belongs to the file of SSH_KEY (ssh-keygen -y -f <that file> prints it) must be a line of ~/.ssh/authorized_keys of deploy on web2.",
  ],
  [
    'connect',
    { kind: 'no-session', detail: 'cannot write to /home/deploy/.touchdown' },
    "web2: it opened no session for deploying (cannot write to /home/deploy/.touchdown). Log in as the bot's user, check that sh, flock and timeout work there and that ~/.touchdown can be written, and deploy again.",
  ],
  [
    'connect',
    {
      kind: 'no-session',
      detail: 'cannot write to /home/deploy/.touchdown: date: write error: No space left on device',
    },
    'web2: it opened no session for deploying: the disk is full (cannot write to /home/deploy/.touchdown: date: write error: No space left on device). Free some space on web2 (df -h and docker system df show what takes it) and deploy again.',
  ],
]

const HELD: readonly Row[] = [
  [
    'connect',
    { kind: 'target-locked', holder: 'd1 by U02BOB since 2026-01-01T00:00:00Z' },
    'web2: another session still works on this target there (d1 by U02BOB since 2026-01-01T00:00:00Z). Nothing was changed. Deploy again when it has ended.',
  ],
  [
    'hold',
    { kind: 'host-locked', holder: '' },
    'web2: other work kept the host busy too long. What runs was not changed. Deploy again when it has ended.',
  ],
  [
    'connect',
    { kind: 'stale-fence', found: 'a1b2 12' },
    'web2: a newer attempt of this installation was there before (a1b2 12), so nothing was changed: another run has taken over while this bot was paused or cut off. Deploy again.',
  ],
  [
    'touch',
    { kind: 'bot-paused', ended: 'never' },
    "web2: this bot stood still for more than 20 s (its process or its machine was stopped), and the host's shell waits no longer, so touch was not heard of. web2 has no record that a step ended. Deploy again: every step can be repeated.",
  ],
  [
    'connect',
    { kind: 'older-records', seen: 57, given: 41 },
    "web2: attempt 57 of this installation was there before, and the records had given no number above 41: the database went back in time, as when an older copy of it is restored. Nothing was changed. See that no bot runs on a newer copy of it, then run on the bot's machine: touchdown catch-up",
  ],
  [
    'connect',
    { kind: 'other-installation', found: 'ffff 3' },
    'web2: another installation of Touchdown deploys this target there (ffff 3), so nothing was changed. To adopt the host, make sure that the other installation is gone, then run on web2: rm ~/.touchdown/targets/creator.staging/fence',
  ],
]

const STEPS: readonly Row[] = [
  [
    'reset',
    {
      kind: 'exit',
      code: 128,
      output: "fatal: Unable to create '/srv/creator/.git/index.lock': File exists.\n\nAnother",
    },
    'web2: reset failed (exit code 128): another git process holds a lock, or one died. If no git runs on web2: rm /srv/creator/.git/index.lock, then deploy again.',
  ],
  [
    'fetch',
    { kind: 'exit', code: 128, output: 'remote: hello\nfatal: something https://u:pw@h/x new\nbye' },
    'web2: fetch failed (exit code 128): fatal: something https://…@h/x new. Correct this on web2 and deploy again.',
  ],
  [
    'reset',
    { kind: 'exit', code: 1, output: '' },
    'web2: reset failed (exit code 1). Correct this on web2 and deploy again.',
  ],
  [
    'fetch',
    { kind: 'exit', code: 65, output: 'fatal: remote error: upload-pack: not our ref 4f2c1ab' },
    'web2: fetch failed (exit code 65): the commit is gone from the git server. Its branch was rewritten or deleted since it was looked up. Deploy again: names are looked up anew.',
  ],
  [
    'fetch',
    { kind: 'exit', code: 69, output: 'fatal: never seen' },
    'web2: fetch failed (exit code 69): the branch could not be fetched in three tries. Check that web2 can reach the git server and may read the repository, then deploy again.',
  ],
  [
    'fetch',
    { kind: 'exit', code: 69, output: 'Host key verification failed.' },
    "web2: fetch failed (exit code 69): the host does not know the git server. Compare the git server's fingerprint with the one that its owner publishes, and add its key to ~/.ssh/known_hosts on web2.",
  ],
  [
    'reset',
    { kind: 'exit', code: 70, output: 'HEAD is 1a2b' },
    'web2: reset failed (exit code 70): HEAD is not what was ordered. Something else changed the checkout on web2 meanwhile (a cron job, a person): stop it and deploy again.',
  ],
  [
    'hold',
    { kind: 'exit', code: 73, output: 'cannot write to /home/deploy/.touchdown/lock' },
    'web2: hold failed (exit code 73): ~/.touchdown cannot be written. Make ~/.touchdown of the SSH user on web2 writable (df -h, ls -ld), then deploy again.',
  ],
  [
    'touch',
    { kind: 'exit', code: 74, output: '' },
    "web2: touch failed (exit code 74): the reload file's time did not grow. Check the clock of web2 and the file system that holds the reload file, then deploy again.",
  ],
  [
    'clone',
    { kind: 'exit', code: 77, output: 'cannot make /srv/creator: create it for this user, or let sudo' },
    "web2: clone failed (exit code 77): the folder cannot be made. Create the checkout's folder on web2 for the user whom git runs as, then deploy again.",
  ],
  [
    'preflight',
    { kind: 'exit', code: 65, output: "ModuleNotFoundError: No module named 'wsgi'" },
    'web2: preflight failed (exit code 65): the preflight command failed. Correct the code, push, and deploy again.',
  ],
  [
    'preflight',
    { kind: 'exit', code: 127, output: '' },
    'web2: preflight failed (exit code 127): the container cannot run the preflight command. Correct preflight in touchdown.yml, or add the program to the image.',
  ],
  [
    'reset',
    { kind: 'signal', signal: 'SIGKILL', output: '' },
    'web2: reset was ended by SIGKILL. A host that runs out of memory does that (dmesg says so). Deploy again when there is enough.',
  ],
  [
    'reset',
    { kind: 'signal', signal: 'TERM', output: '' },
    'web2: reset was ended by TERM. Find out who or what sent it on web2, and deploy again.',
  ],
  [
    'fetch',
    { kind: 'time-over', output: 'ssh: connect to host h port 22: Connection timed out' },
    'web2: fetch took longer than it may, and the host ended it: the git server does not answer. Check that web2 may connect to the git server (firewall, proxy), then deploy again.',
  ],
  [
    'reset',
    { kind: 'time-over', output: '' },
    'web2: reset took longer than it may, and the host ended it. Find out what keeps it on web2, and deploy again.',
  ],
]

const UNKNOWN: readonly Row[] = [
  [
    'reset',
    { kind: 'link-lost', ended: { code: 0 } },
    'web2: the connection was lost at reset. web2 finished reset by itself, and nothing after it. Deploy again to do the rest.',
  ],
  [
    'reset',
    { kind: 'link-lost', ended: { code: 128 } },
    'web2: the connection was lost at reset. reset ended there by itself with exit code 128, and nothing came after it. Deploy again: every step can be repeated.',
  ],
  [
    'verify',
    { kind: 'link-lost', ended: 'never' },
    'web2: the connection was lost at verify. web2 had the new commit by then, and may have loaded it since. Deploy again to prove it.',
  ],
  [
    'reset',
    { kind: 'link-lost', ended: 'never' },
    'web2: the connection was lost at reset. web2 has no record that a step ended. Deploy again: every step can be repeated.',
  ],
  [
    'fetch',
    { kind: 'link-lost', ended: 'still-running' },
    'web2: the connection was lost at fetch. The step is still running there and holds its lock. Wait until it has ended, then deploy again.',
  ],
  [
    'fetch',
    { kind: 'link-lost', ended: 'not-known' },
    'web2: the connection was lost at fetch. web2 could not be asked how the step ended. Deploy again when it can be reached: every step can be repeated.',
  ],
  [
    'fetch',
    { kind: 'timed-out', afterMs: 15 * 60_000 },
    'web2: nothing was heard of fetch for 15 min, so it is not known how it ended. Look at the host, then deploy again: every step can be repeated.',
  ],
  [
    'reset',
    { kind: 'no-marker' },
    "web2: the host's shell ended in the middle of reset, so it is not known how the step ended. Find out what ended it (a reboot, a lack of memory, a person), and deploy again: every step can be repeated.",
  ],
]

const FOUND: readonly Row[] = [
  [
    'look',
    { kind: 'tools-missing', tools: ['git'] },
    'web2: git is missing there. Install what is missing on web2 (Debian: apt install git) and deploy again.',
  ],
  [
    'look',
    { kind: 'tools-missing', tools: ['docker', 'timeout', 'stat'] },
    'web2: docker, timeout and stat are missing there. Install what is missing on web2 (Debian: apt install docker.io coreutils) and deploy again.',
  ],
  [
    'look',
    { kind: 'path-taken', path: '/srv/creator' },
    'web2: /srv/creator holds something that is no git checkout. Nothing was changed. Move it away, or correct path in touchdown.yml, and deploy again.',
  ],
  [
    'look',
    { kind: 'container-absent', container: 'creator' },
    'web2: there is no container creator, and no image digest is recorded for this target to make it from. Deploy with --container or --full, which make one.',
  ],
  [
    'look',
    { kind: 'container-restarting', container: 'creator', output: 'boot\nImportError: no wsgi\n' },
    'web2: the container creator restarts again and again; the last words of its logs: ImportError: no wsgi. Correct what ends it (docker logs creator) and deploy again.',
  ],
  [
    'look',
    { kind: 'container-state', container: 'creator', state: 'dead' },
    'web2: the container creator is dead, which no deploy can mend. Look at docker inspect creator on web2, start or remove it, and deploy again.',
  ],
  [
    'look',
    { kind: 'other-revision', wanted: NEW, found: OLD },
    'web2: 1a2b3c4 is checked out, but the new container was ordered for 4f2c1ab, so it would serve other code than that. Nothing was changed. Deploy with --full, which brings the code, too.',
  ],
  [
    'look',
    { kind: 'other-revision', wanted: NEW, found: undefined },
    'web2: no commit is checked out, but the new container was ordered for 4f2c1ab, so it would serve other code than that. Nothing was changed. Deploy with --full, which brings the code, too.',
  ],
  [
    'pull',
    { kind: 'image-unpublished', image: 'creator:latest' },
    'web2: no registry gives the image creator:latest, so other hosts could not run what web2 has. Push it to its registry, or deploy on web2 alone.',
  ],
  [
    'verify',
    { kind: 'wrong-image', wanted: 'r/creator@sha256:a', found: undefined },
    'web2: the container was made from an image without a digest, not from r/creator@sha256:a as ordered. Somebody or something else made it meanwhile: find out what, and deploy again.',
  ],
  [
    'swap',
    { kind: 'exit', code: 72, output: 'Error response from daemon: no' },
    'web2: swap failed (exit code 72): neither the new container nor the old one could be made to run. Look at docker ps -a on web2: the old container has its name again or ends in -previous. Start it by hand, then find out what keeps Docker from it.',
  ],
  [
    'verify',
    { kind: 'port-unpublished', container: 'creator', port: 8000 },
    'web2: the container creator publishes no port 8000, so it could not be asked what it serves. Publish the port (run: ["-p", "8000"]), or correct {port:8000} in verify.url.',
  ],
  [
    'verify',
    { kind: 'not-served', url: 'http://127.0.0.1:32768/', wanted: NEW, seen: OLD, afterMs: 30_000 },
    "web2: http://127.0.0.1:32768/ did not answer 4f2c1ab within 30 s; the last answer was: 1a2b3c4. Look at the app's log, and check that it reloads when the reload file is touched and says its revision where verify looks.",
  ],
  [
    'verify',
    { kind: 'not-reloaded', afterMs: 30_000 },
    "web2: no reload was seen within 30 s of the touch, so the old code may still run. Check that uWSGI watches the reload file (touch-reload), and what the app's log says.",
  ],
  [
    'verify',
    { kind: 'container-restarted', container: 'creator' },
    'web2: the container creator restarted while it was watched, so the new code may not hold. docker logs creator on web2 says why; correct that and deploy again.',
  ],
  [
    'look',
    { kind: 'secret-missing', name: 'CREATOR_DB' },
    "web2: the container needs the variable CREATOR_DB, which is not set in the bot's environment. Set it, restart the bot and deploy again.",
  ],
  [
    'turn',
    { kind: 'begun-before' },
    'web2: its turn did not come again after the restart of the bot, and the attempt before may have changed it. Deploy again to finish it, or deploy the earlier commit to take it back.',
  ],
  [
    'bot',
    { kind: 'fault', detail: 'x is not\na function' },
    'web2: the bot itself failed (x is not a function). Its log has more. Deploy again; if it comes back, report it.',
  ],
]

const ALL = [...UNREACHED, ...HELD, ...STEPS, ...UNKNOWN, ...FOUND]

/** What a dry run and the status say of a host that could not be looked at. */
const ASKED: readonly Row[] = [
  [
    'connect',
    { kind: 'unreachable', address: '10.0.0.12', port: 22, detail: 'connect ECONNREFUSED 10.0.0.12:22' },
    'web2: 10.0.0.12:22 could not be reached (connect ECONNREFUSED 10.0.0.12:22). Check that the host is up, that its address and port in touchdown.yml are right, and that this machine may connect to it; then ask again.',
  ],
  [
    'look',
    { kind: 'link-lost', ended: 'not-known' },
    'web2: the connection was lost at look, which changes nothing. Ask again when web2 can be reached.',
  ],
  [
    'look',
    { kind: 'bot-paused', ended: 'not-known' },
    'web2: this bot stood still for more than 20 s (its process or its machine was stopped), so look was not heard of; it changes nothing. Ask again.',
  ],
  [
    'look',
    { kind: 'timed-out', afterMs: 60_000 },
    'web2: nothing was heard of look for 1 min; it changes nothing. Find out what keeps it on web2, and ask again.',
  ],
  [
    'look',
    { kind: 'time-over', output: '' },
    'web2: look took longer than it may, and the host ended it. Find out what keeps it on web2, and ask again.',
  ],
  [
    'look',
    { kind: 'no-marker' },
    "web2: the host's shell ended in the middle of look, which changes nothing. Find out what ended it (a reboot, a lack of memory, a person), and ask again.",
  ],
  [
    'look',
    { kind: 'signal', signal: 'KILL', output: '' },
    'web2: look was ended by KILL. A host that runs out of memory does that (dmesg says so). Ask again when there is enough.',
  ],
  [
    'look',
    { kind: 'exit', code: 1, output: 'sh: no such thing' },
    'web2: look failed (exit code 1): sh: no such thing. Correct this on web2 and ask again.',
  ],
  [
    'look',
    { kind: 'exit', code: 1, output: 'date: write error: No space left on device' },
    'web2: look failed (exit code 1): the disk is full. Free some space on web2 (df -h and docker system df show what takes it) and ask again.',
  ],
]

describe('why a host did not do what was ordered', () => {
  it.each(ALL)('at %s, %j', (step, because, text) => {
    const target = { service: 'creator', environment: 'staging' }
    expect(becauseText(because, { host: 'web2', step, target })).toBe(text)
  })

  it('names the fence of an unnamed target by its pattern', () => {
    const text = becauseText({ kind: 'other-installation', found: 'x 1' }, { host: 'web2', step: 'connect' })
    expect(text).toContain('rm ~/.touchdown/targets/<service>.<environment>/fence')
  })

  it.each(ALL)('is one line that a deployment which went wrong may show: %s, %j', (step, because) => {
    const at = { host: 'web2', step }
    for (const text of [becauseText(because, at), shortReason(because, at)]) {
      expect(text).not.toMatch(/[\p{C}]|succeeded|proved/u)
    }
    expect(shortReason(because, at).length).toBeLessThan(70)
  })

  it.each(ASKED)('when only asked, at %s says nothing of a deployment for %j', (step, because, text) => {
    expect(becauseText(because, { host: 'web2', step, isAsked: true })).toBe(text)
  })

  it('lets no word of a host turn the reading direction, move a cursor or fill the page', () => {
    const detail = `\u202e\u001b[2J${'x'.repeat(9_000)}\n<!channel>`
    for (const because of [
      { kind: 'unreachable', address: 'a', port: 1, detail },
      { kind: 'no-session', detail },
      { kind: 'host-locked', holder: detail },
      { kind: 'other-installation', found: detail },
      { kind: 'exit', code: 1, output: detail },
      { kind: 'container-state', container: 'c', state: detail },
      { kind: 'not-served', url: 'http://x/', wanted: NEW, seen: detail, afterMs: 1 },
      { kind: 'fault', detail },
    ] as const) {
      const text = becauseText(because, { host: 'web2', step: 'reset' })
      expect(text).not.toMatch(/\p{C}/u)
      expect(text.length).toBeLessThan(700)
    }
  })
})
