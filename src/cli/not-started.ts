/** sysexits.h: configuration error, another instance. */
export const EX_CONFIG = 78
export const EX_TEMPFAIL = 75

/** The bot cannot run like this; the message is the line to print. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
