import type { Command } from '../../command.ts'

/** What people asked, each command once, and who acts on it. */
export interface CommandRecords {
  /** False when the trigger is known already: say nothing and do nothing. Else it is this owner's to act on. */
  accept(command: Command, owner: string): Promise<boolean>
  /** This owner still acts on these commands: it is given those that are its own for another lease. Soon, or never. */
  keepCommands(owner: string, triggers: readonly string[]): Promise<readonly string[]>
  /** The command was acted upon; a restart does not take it up again. False: it is not this owner's any more. */
  settle(trigger: string, owner: string): Promise<boolean>
  /** Oldest first. */
  unsettled(): Promise<readonly Command[]>
  /**
   * Those of them that nobody acts on, for their lease is over. Where the records are not shared, all: which of them it is at,
   * the only bot knows itself.
   */
  leftCommands(): Promise<readonly Command[]>
  /** One of these is this owner's to act on from now on. False: it is none of them, or is no more. */
  takeCommand(trigger: string, owner: string): Promise<boolean>
  /** What was recorded with this trigger; once it is settled nobody can be answered by it any more. */
  heard(trigger: string): Promise<Command | undefined>
}
