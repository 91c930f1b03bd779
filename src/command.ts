/** A command as it arrived, recorded before it is acknowledged. */
export interface Command {
  /** Slack's trigger_id, or a random one from the terminal: unique, so that nothing is acted on twice. */
  readonly trigger: string
  readonly actor: string
  readonly text: string
  /** A button was pressed; `text` is empty. */
  readonly click?: Click | Choice | undefined
  readonly channel: string | undefined
  readonly responseUrl: string | undefined
  readonly receivedAt: number
  /** Set by the story, never recorded: of all commands with the same one, only one deployment comes. Undefined: the trigger. */
  readonly once?: string
}

/** A button of a deployment's message. */
export interface Click {
  readonly action: (typeof CLICK_ACTIONS)[number]
  /** Its id, as the button names it: nothing says that there is one. */
  readonly deployment: string
}

export const CLICK_ACTIONS = [
  'approve',
  'reject',
  'cancel',
  'resume',
  'leave',
  'retry',
  'rollback',
  'lock',
] as const

/** A button under the refusal of a command: which option it lacked. */
export interface Choice {
  readonly action: (typeof CHOICES)[number]
  /** The trigger of that command, as the button names it: nothing says that there is one. */
  readonly command: string
}

export const CHOICES = ['full', 'code'] as const
