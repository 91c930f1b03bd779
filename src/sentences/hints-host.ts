import { ALL, type HintRow } from './hint-row.ts'

/** What any step may meet on a host: its disk, its memory, sudo. */
export const HOST_HINTS: readonly HintRow[] = [
  {
    steps: ALL,
    is: /No space left on device|Out of diskspace|Disk quota exceeded/,
    short: 'the disk is full',
    remedy: host =>
      `Free some space on ${host} (df -h and docker system df show what takes it) and deploy again.`,
  },
  {
    steps: ALL,
    is: /Read-only file system/,
    short: 'the file system is read-only',
    remedy: host =>
      `A disk that fails is often made read-only: look at dmesg on ${host}, mount it for writing and deploy again.`,
  },
  {
    steps: ALL,
    is: /Cannot allocate memory|out of memory/i,
    short: 'the host is out of memory',
    remedy: host => `Free some memory on ${host} and deploy again.`,
  },
  {
    steps: new Set(['clone']),
    is: /invalid (?:user|group):? (\S+)/,
    short: 'the owner or group of the folder does not exist',
    remedy: (host, name) =>
      `Make ${name} on ${host} (groupadd, useradd), or correct owner and group in touchdown.yml.`,
  },
  {
    steps: new Set(['clone']),
    is: /(\S+) cannot be entered by the user whom git runs as/,
    short: 'what is at the path cannot be seen',
    remedy: (host, folder) =>
      `Let git's user enter ${folder} on ${host} (as root: chmod a+x), or correct path in touchdown.yml, and deploy again.`,
  },
  {
    steps: new Set(['clone']),
    is: /into \/etc\/sudoers\.d\/touchdown: ([^\n]+)/,
    short: 'the folder cannot be made for its owner',
    remedy: (host, rule) =>
      `Let sudo make it: on ${host}, as root, write into /etc/sudoers.d/touchdown: ${rule}`,
  },
  {
    steps: ALL,
    is: /sudo: (?:a password is required|a terminal is required|no tty present)/,
    short: 'sudo asks for a password',
    remedy: host =>
      `Give the SSH user on ${host} a NOPASSWD rule in /etc/sudoers.d for the user that run_as names.`,
  },
  {
    steps: ALL,
    is: /sudo: unknown user:? (\S+)/,
    short: 'the user that run_as names does not exist',
    remedy: (host, user) => `Make the user ${user} on ${host}, or correct run_as in touchdown.yml.`,
  },
  {
    steps: ALL,
    is: /(?:is not allowed to (?:execute|run)|may not run sudo)/,
    short: 'sudo does not allow it',
    remedy: host =>
      `Give the SSH user on ${host} a NOPASSWD rule in /etc/sudoers.d for the user that run_as names.`,
  },
]
