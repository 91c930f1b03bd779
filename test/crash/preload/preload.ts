/** Before the bot's own program: the bot is as it is, and what its libraries do to the world outside gets names. */
import './git.ts'
import './hosts.ts'
import './records.ts'
import './slack.ts'
