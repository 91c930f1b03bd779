import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hintFor } from '../../src/sentences/hints.ts'

/** Messages as git 2.39, OpenSSH 9.2, sudo 1.9 and Docker 20.10/28.2 print them with LC_ALL=C. */
const MESSAGES: readonly (readonly [step: string, output: string, short: string, remedy: string])[] = [
  [
    'fetch',
    'fatal: write error: No space left on device\nfatal: index-pack failed',
    'the disk is full',
    'Free some space on web1',
  ],
  [
    'hold',
    'sh: 1: cannot create /home/deploy/.touchdown/lock: No space left on device',
    'the disk is full',
    'df -h',
  ],
  [
    'reset',
    "fatal: Unable to create '/srv/creator/.git/index.lock': Read-only file system",
    'the file system is read-only',
    'dmesg on web1',
  ],
  ['fetch', 'fatal: Out of memory, malloc failed', 'the host is out of memory', 'memory on web1'],
  ['reset', 'sudo: a password is required', 'sudo asks for a password', 'NOPASSWD'],
  [
    'touch',
    'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required',
    'sudo asks for a password',
    'NOPASSWD',
  ],
  [
    'look',
    'sudo: unknown user creator\nsudo: error initializing audit plugin sudoers_audit',
    'the user that run_as names does not exist',
    'the user creator on web1',
  ],
  [
    'clone',
    'Sorry, user deploy is not allowed to execute /usr/bin/git as creator on web1.',
    'sudo does not allow it',
    'NOPASSWD',
  ],
  [
    'reset',
    "fatal: Unable to create '/srv/creator/.git/index.lock': File exists.\n\nAnother git process seems to be running in this repository, e.g.\nan editor opened by 'git commit'.",
    'another git process holds a lock, or one died',
    'If no git runs on web1: rm /srv/creator/.git/index.lock, then deploy again.',
  ],
  [
    'fetch',
    'error: could not lock config file .git/config: File exists',
    'another git process holds a lock, or one died',
    'rm .git/config.lock in the checkout',
  ],
  [
    'fetch',
    'error: failed to write new configuration file /srv/creator/.git/config.lock',
    'git could not write its configuration',
    'df -h',
  ],
  [
    'keep',
    "fatal: update_ref failed for ref 'refs/touchdown/discarded/d1': cannot lock ref 'refs/touchdown/discarded/d1': 'refs/touchdown' exists; cannot create 'refs/touchdown/discarded/d1'",
    'a ref on the host is in the way of a new one',
    'refs/touchdown/discarded/d1',
  ],
  [
    'look',
    "fatal: detected dubious ownership in repository at '/srv/creator' To add an exception for this directory, call: ",
    'git refuses a checkout that another user owns',
    'who owns /srv/creator on web1',
  ],
  [
    'reset',
    'error: object file .git/objects/4f/2c1a is empty\nfatal: loose object 4f2c1a (stored in .git/objects/4f/2c1a) is corrupt',
    "the checkout's git data is damaged",
    'cloned anew',
  ],
  [
    'fetch',
    'git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
    "the git server refuses the host's key",
    'public key of web1',
  ],
  [
    'fetch',
    'root@127.0.0.1: Permission denied (publickey,password,keyboard-interactive).\nfatal: Could not read from remote repository.',
    "the git server refuses the host's key",
    'deploy key',
  ],
  [
    'fetch',
    '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key for [127.0.0.1]:28222 has changed and you have requested strict checking.\nHost key verification failed.',
    "the git server's host key has changed",
    'known_hosts on web1',
  ],
  [
    'clone',
    'No ED25519 host key is known for [127.0.0.1]:28222 and you have requested strict checking.\nHost key verification failed.\nfatal: Could not read from remote repository.',
    'the host does not know the git server',
    'known_hosts on web1',
  ],
  [
    'fetch',
    'ssh: Could not resolve hostname git.example.com: Name or service not known\nfatal: Could not read from remote repository.',
    "the git server's name cannot be resolved",
    'getent hosts git.example.com)',
  ],
  [
    'fetch',
    "fatal: unable to access 'https://git.example.com/x/': Could not resolve host: git.example.com",
    "the git server's name cannot be resolved",
    'getent hosts git.example.com)',
  ],
  [
    'fetch',
    'ssh: connect to host git.example.com port 22: Connection timed out\nfatal: Could not read from remote repository.',
    'the git server does not answer',
    'firewall',
  ],
  [
    'fetch',
    'ssh: connect to host 127.0.0.1 port 1: Connection refused\nfatal: Could not read from remote repository.',
    'the git server cannot be reached',
    'is up',
  ],
  [
    'fetch',
    'kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.',
    'the git server dropped the connection',
    'deploy again',
  ],
  [
    'fetch',
    "fatal: couldn't find remote ref refs/heads/release/2",
    'the branch is gone from the git server',
    'release/2',
  ],
  [
    'clone',
    "fatal: 'team/creator.git' does not appear to be a git repository\nfatal: Could not read from remote repository.",
    'the git server shows no such repository',
    'repo in touchdown.yml',
  ],
  [
    'clone',
    'ERROR: Repository not found.\nfatal: Could not read from remote repository.',
    'the git server shows no such repository',
    'key of web1',
  ],
  [
    'fetch',
    'fatal: not a git repository (or any of the parent directories): .git',
    'the path is not a git checkout',
    'path in touchdown.yml',
  ],
  [
    'start',
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'Docker does not run',
    'systemctl start docker',
  ],
  [
    'clone',
    "install: invalid group 'webs'\n",
    'the owner or group of the folder does not exist',
    "Make 'webs' on web1 (groupadd, useradd), or correct owner and group in touchdown.yml.",
  ],
  [
    'clone',
    '/srv/closed cannot be entered by the user whom git runs as\n',
    'what is at the path cannot be seen',
    "Let git's user enter /srv/closed on web1",
  ],
  [
    'clone',
    'sudo: a password is required\ninto /etc/sudoers.d/touchdown: deploy ALL=(root) NOPASSWD: /usr/bin/install -d -m 755 -o creator -g creator /srv/creator\n',
    'the folder cannot be made for its owner',
    'deploy ALL=(root) NOPASSWD: /usr/bin/install -d -m 755 -o creator -g creator /srv/creator',
  ],
  [
    'run',
    'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running',
    'Docker does not run',
    'Start it on web1',
  ],
  [
    'look',
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/creator/json": dial unix /var/run/docker.sock: connect: permission denied',
    'the SSH user may not use Docker',
    'group docker',
  ],
  [
    'start',
    'Error response from daemon: driver failed programming external connectivity on endpoint creator (46ab): Bind for 0.0.0.0:8000 failed: port is already allocated\nError: failed to start containers: creator',
    'a port is taken by something else',
    'docker ps',
  ],
  [
    'run',
    'docker: Error response from daemon: driver failed programming external connectivity on endpoint creator (46ab): Error starting userland proxy: listen tcp4 0.0.0.0:8000: bind: address already in use.',
    'a port is taken by something else',
    'ss -ltnp',
  ],
  [
    'start',
    'Error response from daemon: No such container: creator\nError: failed to start containers: creator',
    'the container is gone',
    'deploy again',
  ],
  [
    'preflight',
    'Error response from daemon: Container 5f70bf18a086 is not running',
    'the container does not run',
    'docker logs',
  ],
  [
    'preflight',
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "python3": executable file not found in $PATH: unknown',
    'the container has no such program',
    'Correct python3',
  ],
  [
    'pull',
    'Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
    'the registry allows no more pulls for now',
    'docker login',
  ],
  [
    'pull',
    "Error response from daemon: pull access denied for creator, repository does not exist or may require 'docker login'",
    'the registry refuses the host',
    'docker login',
  ],
  [
    'pull',
    'Error response from daemon: Get "http://127.0.0.1:5/v2/": dial tcp 127.0.0.1:5: connect: connection refused',
    'the registry cannot be reached',
    'is up',
  ],
  [
    'pull',
    'Error response from daemon: manifest for r.example/creator:2 not found: manifest unknown: manifest unknown',
    'the registry does not have the image',
    'Push r.example/creator:2',
  ],
  [
    'pull',
    'Error response from daemon: Head "https://r.example/v2/creator/manifests/latest": unauthorized: authentication required',
    'the registry refuses the host',
    'registries in touchdown.yml',
  ],
  [
    'pull',
    'Error response from daemon: received unexpected HTTP status: 503 Service Unavailable',
    'the registry answers with an error',
    'Look at its log',
  ],
  [
    'create',
    "unknown flag: --no-such-flag\n\nUsage:  docker create [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'docker create --help' for more information",
    'Docker does not take an argument of run',
    'It says: unknown flag: --no-such-flag.',
  ],
  [
    'create',
    'port 8080 is taken by the container other\nport 8081 is taken by another program',
    'a port is taken by something else',
    'On web1 port 8080 is taken by the container other: stop it',
  ],
  [
    'create',
    'the container creator was started with --rm, so it would be gone once it is stopped',
    'the old container was started with --rm',
    'on web1 without --rm',
  ],
  [
    'swap',
    'the new container ended by itself, with exit code 3\nOSError: [Errno 28] No space left on device',
    'the new container ended by itself',
    'Its exit code was 3',
  ],
  [
    'swap',
    'the new container ended and was started again',
    'the new container ends again and again',
    'thread',
  ],
  [
    'swap',
    "Docker's health check says that the new container is unhealthy",
    'the new container is unhealthy',
    'HEALTHCHECK',
  ],
  [
    'swap',
    'the new container was not healthy within 60 s',
    'the new container did not get healthy in time',
    'It had 60 s',
  ],
  [
    'touch',
    "touch: cannot touch '/srv/creator/uwsgi.ini': Permission denied",
    'a file may not be written',
    'chown -R',
  ],
]

describe('a hint', () => {
  it.each(MESSAGES)('at %s for %j is: %s', (step, output, short, remedy) => {
    const hint = hintFor(output, { host: 'web1', step })
    expect(hint?.short).toBe(short)
    expect(hint?.remedy).toContain(remedy)
  })

  it("takes an app's own words at a preflight for nothing of git's or a registry's", () => {
    const at = { host: 'web1', step: 'preflight' }
    for (const output of [
      'ConnectionRefusedError: [Errno 111] Connection refused',
      "PermissionError: [Errno 13] Permission denied: '/app/cache'",
      'Could not resolve host: db',
      'psycopg2.OperationalError: Connection timed out',
    ]) {
      expect(hintFor(output, at)).toBeUndefined()
    }
  })

  it('is none for what nobody has met yet', () => {
    expect(hintFor('fatal: something new', { host: 'web1', step: 'fetch' })).toBeUndefined()
    expect(hintFor('', { host: 'web1', step: 'reset' })).toBeUndefined()
  })

  it('shows nothing of the output that is not fit to be shown', () => {
    const output = "fatal: Unable to create '/srv/\u202e\u001b[2J/index.lock': File exists."
    expect(hintFor(output, { host: 'web1', step: 'reset' })?.remedy).toContain('rm /srv/[2J/index.lock,')
  })
})

describe("this machine's own git", () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchdown-hints-'))
  const repo = join(folder, 'repo')
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', repo, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
      env: { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    })
  const hintAfter = (step: string, ...words: readonly string[]) => {
    try {
      git(...words)
    } catch (error) {
      const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
      return hintFor(output, { host: 'web1', step })
    }
    throw new Error(`git ${words.join(' ')} went well`)
  }

  beforeAll(() => {
    mkdirSync(repo)
    git('init', '-q')
    writeFileSync(join(repo, 'page'), 'one')
    git('add', 'page')
    git('commit', '-q', '-m', 'one')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('says of a left-over index.lock what the hint knows, with its path', () => {
    const lock = join(repo, '.git', 'index.lock')
    writeFileSync(lock, '')
    const hint = hintAfter('reset', 'reset', '-q', '--hard', 'HEAD')
    rmSync(lock)
    expect(hint?.remedy).toBe(`If no git runs on web1: rm ${lock}, then deploy again.`)
  })

  it('says of a locked configuration, a branch in the way, a missing branch and repository what the hints know', () => {
    writeFileSync(join(repo, '.git', 'config.lock'), '')
    const locked = hintAfter('fetch', 'remote', 'add', 'origin', join(folder, 'none'))
    rmSync(join(repo, '.git', 'config.lock'))
    git('branch', 'feat')
    expect([
      locked?.short,
      hintAfter('fetch', 'update-ref', 'refs/heads/feat/x', 'HEAD')?.short,
      hintAfter('fetch', 'fetch', '-q', repo, 'refs/heads/none')?.short,
      hintAfter('fetch', 'fetch', '-q', join(folder, 'none'))?.short,
    ]).toEqual([
      'another git process holds a lock, or one died',
      'a ref on the host is in the way of a new one',
      'the branch is gone from the git server',
      'the git server shows no such repository',
    ])
  })

  it('says of a damaged object what the hint knows', () => {
    const tree = git('rev-parse', 'HEAD^{tree}').trim()
    const objects = join(repo, '.git', 'objects', tree.slice(0, 2))
    const [file = ''] = readdirSync(objects)
    expect(existsSync(join(objects, file))).toBe(true)
    chmodSync(join(objects, file), 0o644)
    truncateSync(join(objects, file))
    expect(hintAfter('reset', 'reset', '-q', '--hard', 'HEAD')?.short).toBe(
      "the checkout's git data is damaged",
    )
  })

  it('says of a folder without a repository what the hint knows', () => {
    expect(
      hintAfter('fetch', '-C', folder, '--git-dir', join(folder, 'none'), 'rev-parse', 'HEAD')?.short,
    ).toBe('the path is not a git checkout')
  })
})
