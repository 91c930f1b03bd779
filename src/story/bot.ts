import type { Command } from '../command.ts'
import type { Config } from '../config/config.ts'
import type { FloodLimit } from '../policy/flood.ts'
import type { Mirrors } from '../ports/mirrors.ts'
import type { People } from '../ports/people.ts'
import type { Scheduler } from '../run/scheduler.ts'
import type { World } from '../run/world.ts'

/** Everything the story needs: the world that deployments run in, and who may ask for what. */
export interface Bot extends World {
  readonly config: Config
  readonly mirrors: Mirrors
  readonly people: People
  readonly scheduler: Scheduler
  readonly newId: () => string
  /** Left out in a terminal, which hears one command and ends. */
  readonly flood?: FloodLimit
  /** Tells the asker alone what takes its time. Nobody waits for it. */
  readonly notify: (command: Command, notice: Notice) => void
}

/** What is under way before there is anything to answer. */
export interface Notice {
  readonly kind: 'surveying'
  readonly host: string
}
