import { GIT, type HintRow, NETWORK } from './hint-row.ts'

/** What git and its server say. */
export const GIT_HINTS: readonly HintRow[] = [
  {
    steps: GIT,
    is: /Unable to create '([^'\n]+\.lock)': File exists/,
    short: 'another git process holds a lock, or one died',
    remedy: (host, path) => `If no git runs on ${host}: rm ${path}, then deploy again.`,
  },
  {
    steps: GIT,
    is: /could not lock config file (\S+): File exists/,
    short: 'another git process holds a lock, or one died',
    remedy: (host, path) => `If no git runs on ${host}: rm ${path}.lock in the checkout, then deploy again.`,
  },
  {
    // git keeps the cause to itself here; a full disk is the usual one.
    steps: GIT,
    is: /failed to write new configuration file (\S+)/,
    short: 'git could not write its configuration',
    remedy: (host, path) =>
      `The disk of ${host} may be full (df -h), or ${path} be in the way. Then deploy again.`,
  },
  {
    steps: GIT,
    is: /cannot lock ref '([^'\n]+)'/,
    short: 'a ref on the host is in the way of a new one',
    remedy: (host, ref) =>
      `In the checkout on ${host}, look at what stands in the way of ${ref} (git for-each-ref), delete it and deploy again.`,
  },
  {
    steps: GIT,
    is: /detected dubious ownership in repository at '([^'\n]+)'/,
    short: 'git refuses a checkout that another user owns',
    remedy: (host, path) =>
      `Set run_as to the user who owns ${path} on ${host}, or give it to the SSH user with chown -R.`,
  },
  {
    steps: GIT,
    is: /object file \S+ is empty|loose object \S+ .*is corrupt|bad object|fatal: packfile .* is corrupt/,
    short: "the checkout's git data is damaged",
    remedy: host =>
      `Move the checkout on ${host} away, deploy again so that it is cloned anew, and restart the container.`,
  },
  {
    steps: NETWORK,
    is: /Permission denied \(publickey/,
    short: "the git server refuses the host's key",
    remedy: host =>
      `Add the public key of ${host} (in ~/.ssh of the user whom git runs as) to the repository as a read-only deploy key.`,
  },
  {
    steps: NETWORK,
    is: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    short: "the git server's host key has changed",
    remedy: host =>
      `If the git server's owner announced a new key, replace the old one in ~/.ssh/known_hosts on ${host}. If not, ask first.`,
  },
  {
    steps: NETWORK,
    is: /Host key verification failed/,
    short: 'the host does not know the git server',
    remedy: host =>
      `Compare the git server's fingerprint with the one that its owner publishes, and add its key to ~/.ssh/known_hosts on ${host}.`,
  },
  {
    steps: NETWORK,
    is: /Could not resolve host(?:name)?:? (\S+?):?(?:\s|$)/,
    short: "the git server's name cannot be resolved",
    remedy: (host, name) => `Check the resolver of ${host} (getent hosts ${name}) and the address in repo.`,
  },
  {
    steps: NETWORK,
    is: /Connection timed out|Operation timed out/,
    short: 'the git server does not answer',
    remedy: host => `Check that ${host} may connect to the git server (firewall, proxy), then deploy again.`,
  },
  {
    steps: NETWORK,
    is: /Connection refused|No route to host|Network is unreachable/,
    short: 'the git server cannot be reached',
    remedy: host => `Check that the git server is up and that ${host} may connect to it, then deploy again.`,
  },
  {
    steps: NETWORK,
    is: /kex_exchange_identification|Connection (?:reset|closed) by|early EOF|unexpected disconnect/,
    short: 'the git server dropped the connection',
    remedy: () => 'It may be busy or restarting: deploy again.',
  },
  {
    steps: NETWORK,
    is: /couldn't find remote ref (?:refs\/heads\/)?(\S+)/,
    short: 'the branch is gone from the git server',
    remedy: (_host, branch) =>
      `Deploy again, or another ref than ${branch}: names are looked up anew each time.`,
  },
  {
    steps: NETWORK,
    is: /does not appear to be a git repository|[Rr]epository not found|repository '[^'\n]*' not found/,
    short: 'the git server shows no such repository',
    remedy: host => `Check repo in touchdown.yml, and that the key of ${host} may read it.`,
  },
  {
    steps: GIT,
    is: /not a git repository/,
    short: 'the path is not a git checkout',
    remedy: host =>
      `Check path in touchdown.yml and what is there on ${host}; an empty folder is cloned into.`,
  },
]
