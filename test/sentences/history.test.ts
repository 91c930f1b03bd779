import { describe, expect, it } from 'vitest'
import type { Deployment } from '../../src/deployment.ts'
import { historyText } from '../../src/sentences/history.ts'
import { aDeployment, anOrder } from './deployments.ts'

const NOW = 600_000

describe('the history', () => {
  it.each<[Partial<Deployment>, string]>([
    [
      { status: 'succeeded', createdAt: NOW - 300_000, startedAt: 1_000, endedAt: 2_900 },
      '5 min ago: creator 4f2c1ab (master) succeeded in 1.9 s on web1, web2, asked for by U01ALICE',
    ],
    [
      { status: 'failed', createdAt: NOW - 300_000, startedAt: 1_000, endedAt: 2_900, ref: '4f2c1ab' },
      '5 min ago: creator 4f2c1ab failed after 1.9 s on web1, web2, asked for by U01ALICE',
    ],
    [
      {
        status: 'succeeded',
        createdAt: NOW,
        startedAt: 1_000,
        endedAt: 2_900,
        ref: '4f2c1ab',
        isRollback: true,
      },
      'just now: creator rollback to 4f2c1ab succeeded in 1.9 s on web1, web2, asked for by U01ALICE',
    ],
    [
      { status: 'partial', createdAt: NOW, startedAt: 1_000, endedAt: 2_900 },
      'just now: creator 4f2c1ab (master) ended partly after 1.9 s on web1, web2, asked for by U01ALICE',
    ],
    [
      { status: 'interrupted', createdAt: NOW, startedAt: 1_000, endedAt: 2_900 },
      'just now: creator 4f2c1ab (master) was interrupted after 1.9 s on web1, web2, asked for by U01ALICE',
    ],
    [
      { status: 'cancelled', createdAt: NOW, startedAt: undefined, endedAt: 2_900, cancelledBy: 'U02BOB' },
      'just now: creator 4f2c1ab (master) was cancelled by U02BOB on web1, web2, asked for by U01ALICE',
    ],
    [
      { status: 'queued', createdAt: NOW, startedAt: undefined },
      'just now: creator 4f2c1ab (master) waits for its turn on web1, web2, asked for by U01ALICE',
    ],
    [
      {
        status: 'running',
        createdAt: NOW,
        order: anOrder({ target: { service: 'creator', environment: 'staging' } }, ['stage1']),
      },
      'just now: creator to staging 4f2c1ab (master) is running on stage1, asked for by U01ALICE',
    ],
  ])('has a line for %j', (about, line) => {
    expect(historyText([aDeployment(about)], NOW)).toBe(line)
  })

  it('keeps the order and says when there is nothing', () => {
    const text = historyText([aDeployment({ ref: 'b' }), aDeployment({ ref: 'a' })], 0)
    expect(text.split('\n').map(line => /\((.)\)/.exec(line)?.[1])).toEqual(['b', 'a'])
    expect(historyText([], NOW)).toBe('Nothing has been deployed yet.')
  })
})
