import type { Logger } from 'pino'
import type { Config, Settings } from '../config/config.ts'
import { floodLimit } from '../policy/flood.ts'
import type { Hosts } from '../ports/hosts.ts'
import type { Mirrors } from '../ports/mirrors.ts'
import { type Scheduler, startScheduler } from '../run/scheduler.ts'
import type { Stop } from '../run/stop.ts'
import type { World } from '../run/world.ts'
import { noticeText } from '../sentences/notice.ts'
import { slackPeople } from '../slack/people.ts'
import { type Publisher, startPublisher } from '../slack/publisher.ts'
import { slackReplies } from '../slack/replies.ts'
import type { OpenStore } from '../store/store.ts'
import type { Bot } from '../story/bot.ts'
import { offersAt } from '../story/offer.ts'
import { voidBecause } from '../story/still.ts'
import { type Acting, startActing } from './acting.ts'
import { CLOCK, newId, worldOf } from './wire.ts'

export interface BotParts {
  readonly world: World
  readonly publisher: Publisher
  readonly scheduler: Scheduler
  readonly acting: Acting
}

/** Everything that runs, and nothing of how it starts and ends. */
export function botOf(parts: {
  readonly config: Config
  readonly settings: Settings & { readonly slack: NonNullable<Settings['slack']> }
  readonly log: Logger
  readonly owner: string
  readonly store: OpenStore
  readonly hosts: Hosts
  readonly mirrors: Mirrors
  readonly stop: Stop
}): BotParts {
  const { owner, store, hosts, mirrors, stop, config, settings, log } = parts
  const { slack } = settings
  const publisher = startPublisher({
    owner,
    slack,
    store,
    config,
    log,
    messages: store.messages,
    clock: CLOCK,
  })
  const world = worldOf({ config, settings, store, hosts, teller: publisher, log, stop })
  const people = slackPeople({ slack, clock: CLOCK, log })
  const scheduler = startScheduler(world, owner, undefined, {
    tellsPositions: publisher.isTelling,
    voidBecause: deployment => voidBecause({ config, people, mirrors, store }, deployment),
    offersAfter: (deployment, ending) => offersAt({ config, store }, deployment, ending),
  })
  const replies = slackReplies({ slack, clock: CLOCK, log })
  const notify: Bot['notify'] = (command, notice) => void replies.answer(command, noticeText(notice))
  const bot: Bot = { ...world, config, mirrors, scheduler, newId, people, notify, flood: floodLimit() }
  const acting = startActing({ bot, replies, publisher })
  return { world, publisher, scheduler, acting }
}
