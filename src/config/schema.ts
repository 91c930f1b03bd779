import { z } from 'zod'
import { refProblem } from '../intent/names.ts'
import { shown } from '../shown.ts'
import type { Batch } from './config.ts'
import { containerSchema, duration, reference, template } from './container-schema.ts'
import { isAbsolutePath, isAddress, isPerson, isRelativePath, isSystemPath, isUnixUser } from './grammar.ts'
import { hostKeyProblem } from './host-key.ts'
import { didYouMean, keys, list, mustBe, oneOf, text, whole } from './leaf.ts'
import { repoProblem } from './repo.ts'
import { isMapping } from './yaml.ts'

/** touchdown.yml key by key. What needs more than one key is in hosts.ts and services.ts. */

const mapping = (right: string) =>
  z.custom<Readonly<Record<string, unknown>>>(isMapping, { error: issue => mustBe(right, issue.input) })

const channel = text(
  'the id of a channel (C…), not its name: open the channel in Slack, its id is at the end of "About"',
  value => /^[CG][A-Z0-9]{2,20}$/.test(value),
)

export const fileSchema = keys('touchdown.yml', {
  channel: channel.optional(),
  hosts: mapping('a mapping of host names, such as `web1: { address: 10.0.0.11, user: deploy }`'),
  people: z
    .record(
      text('cli:<unix user>', value => value.startsWith('cli:') && isPerson(value)),
      text('a Slack member id (U… or W…) of one person', value => /^[UW]/.test(value) && isPerson(value)),
      { error: issue => mustBe('a mapping such as `{ "cli:alice": U01ALICE }`', issue.input) },
    )
    .default({}),
  registries: mapping(
    'a mapping of registries, such as `registry.example.com: { username: deploy, password: { secret: NAME } }`',
  ).optional(),
  services: mapping('a mapping of service names'),
})

export const registrySchema = keys('a registry', {
  username: text("a user's name at the registry", value => /^[A-Za-z0-9_<$.][^\s:]{0,254}$/.test(value)),
  password: reference,
})

const hostKey = text('a public host key, `ssh-ed25519 AAAA…`', value => hostKeyProblem(value) ?? true, {
  shows: false,
}).transform(value => value.trim().split(/\s+/).slice(0, 2).join(' '))

const NO_JUMP = 'is not supported yet: every host must be reached directly, without a jump host.'

export const hostSchema = keys(
  'a host',
  {
    address: text('a host name or an IP address, such as 10.0.0.11', isAddress),
    port: whole(1, 65_535).default(22),
    user: text('the name of a Unix user', isUnixUser),
    host_key: z
      .preprocess(
        value => (typeof value === 'string' ? [value] : value),
        list(hostKey, 'a public host key, or a list of two while a key is replaced')
          .min(1, {
            error: 'must hold at least one key; without the key `host_key` the known_hosts file decides.',
          })
          .max(2, { error: 'must hold at most two keys: the old and the new one while a key is replaced.' }),
      )
      .optional(),
  },
  {
    jump: NO_JUMP,
    jump_host: NO_JUMP,
    proxy: NO_JUMP,
    proxy_jump: NO_JUMP,
    bastion: NO_JUMP,
    password: 'is not accepted: hosts are entered with the private key that SSH_KEY in .env names.',
    key: 'is not accepted: all hosts are entered with the private key that SSH_KEY in .env names.',
  },
)

const verify = keys('verify', {
  url: template('a URL such as "http://127.0.0.1:{port:8000}/"', verifyUrlFits, true),
  header: text('the name of a response header, such as X-Revision', value =>
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(value),
  ).optional(),
  in: oneOf(['body']).optional(),
  timeout: duration(1000, 600_000, '30s').default(30_000),
  hits: whole(1, 100).default(5),
}).superRefine((found, context) => {
  if ((found.header === undefined) === (found.in === undefined)) {
    const message = 'must say where the revision is found: either `header: X-Revision` or `in: body`.'
    context.addIssue({ code: 'custom', message })
  }
})

function verifyUrlFits(url: string): true | false | string {
  if (!/^https?:\/\/[^\s\\#]+$/.test(url) || !URL.canParse(url)) return false
  const { username, password } = new URL(url)
  return username === '' && password === '' ? true : 'must not hold a user or a password.'
}

const person = text('a Slack member id (U… or W…), a user group id (S…) or cli:<unix user>', value =>
  /^[@a-z]/.test(value) && !value.startsWith('cli:')
    ? 'must be an id (U…, W…, S…) or cli:<unix user>: names can be chosen freely, ids cannot. Slack shows a person\'s id under "Copy member ID" in the profile.'
    : isPerson(value),
)
const people = list(person, 'a list of ids such as [U01ALICE, S0BACKEND]')

const refFits = (name: string, found: string) => {
  const why = refProblem(name)
  return why === undefined
    ? true
    : `must be a branch, a tag or a commit, but \`${shown(found)}\` is none: ${why}.`
}
const pattern = text('a branch or tag, with `*` for any run of characters', value =>
  refFits(value.replaceAll('*', 'x'), value),
)

const batch = z.unknown().transform((value, context): Batch => {
  const percent = typeof value === 'string' ? /^([1-9]\d?|100)%$/.exec(value)?.[1] : undefined
  if (percent !== undefined) return { percent: Number(percent) }
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return { hosts: value }
  const right = 'a number of hosts, such as 2, or a share of them from 1% to 100%, such as 25%'
  context.addIssue({ code: 'custom', message: mustBe(right, value) })
  return { hosts: 1 }
})

/** One service in one environment, after the environment's keys were laid over the service's. */
export const targetSchema = keys(
  'a service',
  {
    channel: channel.optional(),
    repo: text(
      'git@host:path, ssh://user@host/path or https://host/path',
      value => repoProblem(value) ?? true,
      { shows: false },
    ),
    ref: text('a branch, a tag or a commit', value => refFits(value, value)),
    refs: list(pattern, 'a list of branches and tags that may be deployed, such as [main, "release/*"]')
      .min(1, { error: 'must name at least one branch or tag; without the key `refs` any may be deployed.' })
      .optional(),
    hosts: list(
      z.string({ error: issue => mustBe("a host's name", issue.input) }),
      'a list of host names',
    ).min(1, {
      error: 'must name at least one host.',
    }),
    path: text(
      'an absolute path such as /srv/creator, without `:`, blanks, `..` or a slash at the end',
      value =>
        isSystemPath(value) || value === '/'
          ? `must be a directory of the service's own, such as /srv/creator: ${value} belongs to the machine.`
          : isAbsolutePath(value),
    ),
    container: containerSchema,
    touch: template('a file relative to path, such as uwsgi.ini or .reload, outside .git', isRelativePath),
    verify: verify.optional(),
    preflight: list(
      text('one word of the command', value => value.length > 0),
      'a list of words, such as ["python3", "-c", "import wsgi"]',
    )
      .min(1, { error: 'must hold a command; remove the key when there is none.' })
      .optional(),
    run_as: text('the name of a Unix user', isUnixUser).optional(),
    owner: text('the name of a Unix user', isUnixUser).optional(),
    group: text('the name of a Unix group', isUnixUser).optional(),
    batch: batch.optional(),
    on_failure: oneOf(['stop', 'continue', 'rollback']).default('stop'),
    deployers: people.default([]),
    approvers: people.optional(),
    approval: oneOf(['none', 'container', 'all']).default('container'),
    approval_timeout: duration(60_000, 86_400_000, '15m').default(900_000),
  },
  {
    name: `is not a key of a service: its name is the key above.${didYouMean('container.name')}`,
    environments: 'is not accepted inside an environment.',
  },
  ['environments'],
)

export type TargetKeys = z.infer<typeof targetSchema>
