import type { Deployment } from '../deployment.ts'
import type { Recorded } from '../ports/records/verdicts.ts'
import type { Effects } from '../ports/store.ts'
import type { Hints } from './hints.ts'
import type { OpenStore } from './store.ts'

/** The same records; what this process writes there is passed on to others. */
export function hinting(store: OpenStore, { give, done, listen }: Hints): OpenStore {
  function giveRecorded<R extends Recorded | undefined>(recorded: R): R {
    if (recorded && recorded.events.length > 0)
      give({
        deployments: [recorded.deployment.id],
        isQueue: recorded.events.some(({ kind }) => CHANGES_QUEUE.has(kind)),
      })
    return recorded
  }

  /** One that waits for its turn has nothing to tell yet. */
  function giveMade({ id, approval }: Deployment): void {
    give(approval ? { deployments: [id] } : { isQueue: true })
  }

  function giving<E extends Effects>(effects: E): E {
    return {
      ...effects,
      async create(asked) {
        const made = await effects.create(asked)
        if (made.kind === 'made') giveMade(made.deployment)
        return made
      },
      async createAfter(last, asked) {
        const made = await effects.createAfter(last, asked)
        if (made.kind === 'made') giveMade(made.deployment)
        return made
      },
      cancel: async (which, by, trigger) => giveRecorded(await effects.cancel(which, by, trigger)),
      decide: async (id, decision, trigger) => giveRecorded(await effects.decide(id, decision, trigger)),
      giveUp: async (id, why, fence) => giveRecorded(await effects.giveUp(id, why, fence)),
      answer: async (id, answer, trigger, offers) =>
        giveRecorded(await effects.answer(id, answer, trigger, offers)),
    }
  }

  return {
    ...giving(store),
    actingOn: (trigger, owner) => giving(store.actingOn(trigger, owner)),
    async append(id, event, fence) {
      const isRecorded = await store.append(id, event, fence)
      if (isRecorded) give({ deployments: [id], isQueue: CHANGES_QUEUE.has(event.kind) })
      return isRecorded
    },
    expire: async () => (await store.expire()).map(giveRecorded),
    withdraw: async () => (await store.withdraw()).map(giveRecorded),
    listen,
    async close() {
      await done()
      await store.close()
    },
    messages: {
      ...store.messages,
      takeTurns(owner, begin) {
        const turns = store.messages.takeTurns(owner, turn =>
          begin({
            ...turn,
            async save(told) {
              await turn.save(told)
              give({ deployments: [told.deployment] })
            },
          }),
        )
        return {
          ...turns,
          async release() {
            await turns.release()
            give({ isTurn: true })
          },
        }
      },
    },
  }
}

const CHANGES_QUEUE: ReadonlySet<string> = new Set(['ended', 'approved', 'answered'])
