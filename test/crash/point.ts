/** A moment in the life of the bot's process: right before or after an effect comes about for the nth time since it was armed. */
export interface Point {
  readonly moment: 'before' | 'after'
  readonly name: string
  readonly nth: number
  /** It takes a while: so long after it was begun. */
  readonly waitMs?: number
}

export function momentOf({ moment, name }: Pick<Point, 'moment' | 'name'>): string {
  return `${moment} ${name}`
}
