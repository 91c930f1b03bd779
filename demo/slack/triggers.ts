import { randomUUID } from 'node:crypto'

const LIFE_MS = 3000

/** A command or a click may open one view, within three seconds. */
export class Triggers {
  private readonly now: () => number
  private readonly born = new Map<string, number>()
  private readonly used = new Set<string>()

  constructor(now: () => number) {
    this.now = now
  }

  create(): string {
    const trigger = `${Math.floor(this.now())}.${randomUUID()}`
    this.born.set(trigger, this.now())
    return trigger
  }

  /** Slack's error name, or undefined once per good trigger. */
  exchange(trigger: string): string | undefined {
    const born = this.born.get(trigger)
    if (born === undefined) return 'invalid_trigger_id'
    if (this.used.has(trigger)) return 'exchanged_trigger_id'
    if (this.now() - born > LIFE_MS) return 'expired_trigger_id'
    this.used.add(trigger)
    return undefined
  }
}
