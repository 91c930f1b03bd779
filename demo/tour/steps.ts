import type { TourStep } from './tour.ts'

const REVISION = '[0-9a-f]{7}'

/** The guided tour. What a step expects follows from the branches in demo/service/ and the bot's own sentences. */
export const TOUR: readonly TourStep[] = [
  {
    title: 'Deploy',
    text:
      'Dana deploys the branch main. Both hosts fetch it, web1 switches first, alone, and web2 follows once web1 has ' +
      'proved that it serves the new commit. Every step is in the thread.',
    as: 'developer',
    channel: 'deploys',
    types: '/deploy lander',
    expects: `lander succeeded: serving ${REVISION} on 2/2 hosts, proved`,
    announced: true,
  },
  {
    title: 'Be told no',
    text: 'Gus is a guest of the workspace and may not deploy. Only he sees the answer, and nothing was started.',
    as: 'guest',
    channel: 'deploys',
    types: '/deploy lander',
    expects: 'Guests of the workspace may not use this bot',
  },
  {
    title: 'Deploy what is broken',
    text:
      'A file is missing from this commit. The preflight on web1 finds it before anything is loaded: the old code is put ' +
      'back, and the turn of web2 does not come. Neither page changes.',
    as: 'developer',
    channel: 'deploys',
    types: '/deploy lander lost-parachute',
    expects: 'lander failed at preflight on web1',
    announced: true,
  },
  {
    title: 'Change what the image holds',
    text:
      'This branch changes package.json, so its code may need another image. Touchdown does not guess: it offers a full ' +
      'deploy, which is a new container with the new code, or the code alone.',
    as: 'developer',
    channel: 'deploys',
    types: '/deploy lander bigger-engine',
    expects: 'package\\.json` has changed since',
  },
  {
    title: 'Ask for a new container',
    text:
      'Dana takes the full deploy, which needs the approval of somebody else. The thread says exactly what is to be ' +
      'approved, and Dana cannot approve it herself: try the button.',
    as: 'developer',
    channel: 'deploys',
    presses: { action: 'full' },
    expects: 'lander: waiting for an approval of the full deploy',
  },
  {
    title: 'Approve it as the other person',
    text:
      'Ari approves. On each host the new container is made while the old one serves, takes its place, and is proved; had ' +
      'it not got well, the old one would have been put back.',
    as: 'approver',
    channel: 'deploys',
    presses: { action: 'approve' },
    expects: `lander succeeded: serving ${REVISION} in a new container on 2/2 hosts, proved`,
    announced: true,
  },
  {
    title: 'Try it in staging',
    text: 'The environment staging has a host of its own, stage1, where any branch may go.',
    as: 'developer',
    channel: 'deploys',
    types: '/deploy lander night-landing to staging',
    expects: `lander to staging succeeded: serving ${REVISION}`,
    announced: true,
  },
  {
    title: 'Bring it to production',
    text: 'The same branch, now on web1 and web2: the pages turn dark, one after the other.',
    as: 'developer',
    channel: 'deploys',
    types: '/deploy lander night-landing',
    expects: `lander succeeded: serving ${REVISION} on 2/2 hosts, proved`,
    announced: true,
  },
  {
    title: 'Roll back',
    text:
      'It was not such a good idea, so Dana presses Roll back. The hosts have the commit before: no git server is asked, ' +
      'and it takes seconds.',
    as: 'developer',
    channel: 'deploys',
    presses: { action: 'rollback' },
    expects: `lander rolled back: serving ${REVISION} on 2/2 hosts, proved`,
    announced: true,
  },
  {
    title: 'See what runs where',
    text: 'Asked from the hosts themselves: what they have checked out, what they serve, and in what state the container is.',
    as: 'developer',
    channel: 'deploys',
    types: '/deploy status lander',
    expects: `web2: serves ${REVISION}[\\s\\S]*stage1: serves ${REVISION}`,
  },
]
