import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChaosPlan, chaosPlan, type PlannedCommand, type PlannedFault } from './plan.ts'

const SIZE = { commands: 24, replicas: 2, hosts: 4, services: 5 }
const sized = fc.record({
  commands: fc.integer({ min: 0, max: 600 }),
  replicas: fc.integer({ min: 1, max: 3 }),
  hosts: fc.integer({ min: 1, max: 4 }),
  services: fc.integer({ min: 1, max: 6 }),
})
const anyPlan = fc
  .record({ seed: fc.integer(), size: sized })
  .map(({ seed, size }) => ({ size, plan: chaosPlan(seed, size) }))

describe('a plan of chaos', () => {
  it('is the same for the same seed, and another for another one', () => {
    expect(chaosPlan(7, SIZE)).toEqual(chaosPlan(7, SIZE))
    expect(chaosPlan(7, SIZE)).not.toEqual({ ...chaosPlan(8, SIZE), seed: 7 })
  })

  it('has as many commands as asked for, for services that are there, within its length', () => {
    fc.assert(
      fc.property(anyPlan, ({ size, plan: { commands, lengthMs } }) => {
        expect(commands).toHaveLength(size.commands)
        for (const { service, atMs } of commands) {
          expect(service).toBeLessThan(size.services)
          expect(atMs).toBeLessThanOrEqual(lengthMs)
        }
        expect(lengthMs).toBeLessThanOrEqual(Math.max(30_000, size.commands * 1_500))
      }),
    )
  })

  it('has every sort of command and of press when it is long enough', () => {
    const { commands } = chaosPlan(1, { ...SIZE, commands: 100 })
    const some = <T>(pick: (command: PlannedCommand) => T) => new Set(commands.map(pick))
    expect(some(({ kind }) => kind)).toEqual(new Set(['deploy', 'full', 'status', 'cancel']))
    expect(some(({ presses }) => presses.decision)).toEqual(new Set(['approve', 'reject']))
    expect(some(({ presses }) => presses.answer)).toEqual(new Set(['resume', 'leave']))
    for (const what of ['isOwnTried', 'isCancelled', 'isTwice'] as const)
      expect(some(({ presses }) => presses[what])).toEqual(new Set([true, false]))
  })

  it('ends every fault before it ends itself, and strikes only what is there', () => {
    fc.assert(
      fc.property(anyPlan, ({ size, plan: { faults, lengthMs } }) => {
        for (const { atMs, forMs, fault } of faults) {
          expect(atMs + forMs).toBeLessThanOrEqual(lengthMs)
          expect(forMs).toBeGreaterThanOrEqual(0)
          if ('replica' in fault) expect(fault.replica).toBeLessThan(size.replicas)
          if ('host' in fault) expect(fault.host).toBeLessThan(size.hosts)
        }
      }),
    )
  })

  it('never stops two replicas at once, and lets a fault end before the next of its sort begins', () => {
    fc.assert(
      fc.property(anyPlan, ({ plan }) => {
        for (const kinds of [REPLICA, DATABASE, LINKS, SLACK]) expect(overlapping(plan, kinds)).toEqual([])
      }),
    )
  })

  it('has every sort of fault when it is long enough', () => {
    const { faults } = chaosPlan(1, { ...SIZE, commands: 100 })
    const kinds = new Set(faults.map(({ fault }) => fault.kind))
    expect(kinds).toEqual(new Set([...REPLICA, ...DATABASE, ...LINKS, ...SLACK]))
  })
})

const REPLICA = ['kill', 'terminate', 'stop']
const DATABASE = ['cut-database', 'hush-database', 'kill-database']
const LINKS = ['cut-links', 'freeze-links']
const SLACK = ['limit', 'fail', 'hang', 'drop-sockets']

function overlapping({ faults }: ChaosPlan, kinds: readonly string[]): readonly PlannedFault[] {
  const track = faults.filter(({ fault }) => kinds.includes(fault.kind))
  return track.filter((fault, index) => {
    const before = track[index - 1]
    return before !== undefined && fault.atMs <= before.atMs + before.forMs
  })
}
