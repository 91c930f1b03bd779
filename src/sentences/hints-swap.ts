import { CREATE, type HintRow, SWAP } from './hint-row.ts'

/** What becomes of a new container, in the words of swap.sh and of Docker. */
export const SWAP_HINTS: readonly HintRow[] = [
  {
    steps: SWAP,
    is: /the new container ended by itself, with exit code (\d+)/,
    short: 'the new container ended by itself',
    remedy: (_host, code) =>
      `Its exit code was ${code}; what it said last is in the thread. Correct the image or its settings and deploy again.`,
  },
  {
    steps: SWAP,
    is: /the new container ended and was started again/,
    short: 'the new container ends again and again',
    remedy: () => 'What it said last is in the thread. Correct the image or its settings and deploy again.',
  },
  {
    steps: SWAP,
    is: /Docker's health check says that the new container is unhealthy/,
    short: 'the new container is unhealthy',
    remedy: () =>
      'What it said last is in the thread. Correct the image or its HEALTHCHECK and deploy again.',
  },
  {
    steps: SWAP,
    is: /the new container was not healthy within (\d+) s/,
    short: 'the new container did not get healthy in time',
    remedy: (_host, seconds) =>
      `It had ${seconds} s. Give it more (container.healthy in touchdown.yml), or correct the image, and deploy again.`,
  },
  {
    steps: CREATE,
    is: /(port \d+ is taken by [^\n]+)/,
    short: 'a port is taken by something else',
    remedy: (host, what) => `On ${host} ${what}: stop it, or change the port in run, and deploy again.`,
  },
  {
    steps: CREATE,
    is: /was started with --rm/,
    short: 'the old container was started with --rm',
    remedy: host =>
      `It would be gone once it is stopped, and could not be put back. Start it anew on ${host} without --rm, then deploy again.`,
  },
  {
    steps: CREATE,
    is: /(unknown (?:shorthand )?flag: [^\n]+|invalid argument [^\n]+|flag needs an argument: [^\n]+)/,
    short: 'Docker does not take an argument of run',
    remedy: (_host, what) =>
      `It says: ${what}. Correct run in touchdown.yml, restart the bot and deploy again.`,
  },
]
