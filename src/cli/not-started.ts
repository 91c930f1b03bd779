/** What `touchdown start` ends with, beside 0 when it was told to stop. Slack was not heard for too long, or a fault of ours: */
export const EX_FAULT = 1
/** As sysexits.h has them. A restart may help after the second of these alone. */
export const EX_DATAERR = 65
export const EX_TEMPFAIL = 75
export const EX_CONFIG = 78

/** The bot cannot run like this; the message is the line to print. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
