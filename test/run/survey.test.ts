import { expect, it } from 'vitest'
import type { Group, Host } from '../../src/order.ts'
import type { Hosts } from '../../src/ports/hosts.ts'
import { survey } from '../../src/run/survey.ts'
import type { World } from '../../src/run/world.ts'
import type { Step, StepOutcome } from '../../src/step.ts'
import { NEW, OLD, order } from '../plan/orders.ts'
import { aHost, aTarget } from '../policy/configs.ts'
import { stage } from '../stories/bot.ts'

const [group] = order().groups
if (!group) throw new Error('the order has no container')
const BASE: Group = group
const SHA = `sha256:${'a'.repeat(64)}`
const ID = `sha256:${'c'.repeat(64)}`

interface Scene {
  readonly container?: Partial<Group>
  readonly hosts?: readonly Host[]
  readonly revision?: typeof NEW
  /** What `pull` prints, and what Docker knows the image by then. */
  readonly pulled?: string
  readonly digests?: readonly string[]
  readonly heads?: Readonly<Record<string, string>>
}

/** What a survey finds, and the steps that each host ran. */
async function surveying({
  container = {},
  hosts = [aHost('web1'), aHost('web2')],
  revision,
  pulled = '::td pulled registry.example.com/creator:latest',
  digests = [`registry.example.com/creator@${SHA}`],
  heads = {},
}: Scene) {
  const target = aTarget({ hosts, groups: [{ ...BASE, ...container }] })
  const ran: (readonly [host: string, step: Step])[] = []
  const ok = (output: string): StepOutcome => ({ status: 'ok', output, durationMs: 1 })
  const fakes: Hosts = {
    open: async host => ({
      kind: 'open',
      session: {
        async run(step) {
          ran.push([host.name, step])
          if (step.name === 'look')
            return ok(`::td checkout repo\n::td head ${heads[host.name] ?? OLD}\n::td docker\n[]`)
          return ok(
            step.name === 'pull' ? pulled : JSON.stringify([{ Id: ID, RepoDigests: digests }], null, 4),
          )
        },
        ask: async () => ({ status: 'unanswered', detail: '', linkLost: false }),
        close: async () => {},
      },
    }),
    close: async () => {},
  }
  const { bot } = await stage({ targets: [target] })
  const world: World = { ...bot, hosts: fakes }
  const found = await survey(world, target, hosts, revision)
  return { found, ran: ran.map(([host, { call }]) => [host, ...call.map(String)].join(' ')) }
}

it('all hosts are looked at, the first one pulls, and the order names the digest', async () => {
  const { found, ran } = await surveying({ heads: { web2: NEW } })
  expect(found).toEqual({
    kind: 'surveyed',
    image: `registry.example.com/creator@${SHA}`,
    mirrors: [],
    heads: new Map([
      ['web1', OLD],
      ['web2', NEW],
    ]),
    pulled: undefined,
  })
  expect(ran.slice(2)).toEqual([
    'web1 pull registry.example.com/creator:latest   ',
    'web1 digest registry.example.com/creator:latest',
  ])
})

it('the image is named by the revision that was typed, or else by what is checked out', async () => {
  const container = { image: '{service}:{revision}' }
  expect((await surveying({ container, revision: NEW })).ran[2]).toContain(`web1 pull creator:${NEW}`)
  expect((await surveying({ container })).ran[2]).toContain(`web1 pull creator:${OLD}`)
})

it('mirrors are asked for the same tag first, and ordered by the same digest', async () => {
  const pulled = '::td pull-failed m1/creator:latest\n::td pulled m2/creator:latest'
  const container = { mirrors: ['m1/creator', 'm2/creator'] }
  const { found, ran } = await surveying({ container, pulled, digests: [`m2/creator@${SHA}`] })
  expect(ran[2]).toMatch(
    /pull m1\/creator:latest .*m2\/creator:latest .*registry\.example\.com\/creator:latest/,
  )
  expect(found).toMatchObject({
    image: `registry.example.com/creator@${SHA}`,
    mirrors: [`m1/creator@${SHA}`, `m2/creator@${SHA}`],
    pulled: {
      host: 'web1',
      note: { kind: 'pulled-elsewhere', from: 'm2/creator:latest', failed: ['m1/creator:latest'] },
    },
  })
})

it('what no registry gives is ordered by its id, for one host alone', async () => {
  const name = 'registry.example.com/creator:latest'
  const kept = {
    pulled: `::td pull-failed ${name}\n::td kept ${name}`,
    digests: [`elsewhere/creator@${SHA}`],
  }
  expect((await surveying({ ...kept, hosts: [aHost('web1')] })).found).toMatchObject({
    image: ID,
    mirrors: [],
    pulled: { note: { from: undefined, failed: [name] } },
  })
  expect((await surveying(kept)).found).toEqual({
    kind: 'impossible',
    host: 'web1',
    step: 'pull',
    because: { kind: 'image-unpublished', image: name },
  })
})
