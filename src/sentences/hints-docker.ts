import { DOCKER, type HintRow, PULL } from './hint-row.ts'

/** What Docker and registries say. */
export const DOCKER_HINTS: readonly HintRow[] = [
  {
    steps: DOCKER,
    is: /permission denied while trying to connect to the docker (?:daemon|API)/i,
    short: 'the SSH user may not use Docker',
    remedy: host =>
      `Add the SSH user on ${host} to the group docker (usermod -aG docker) and restart the bot, so that it logs in anew.`,
  },
  {
    steps: DOCKER,
    is: /Cannot connect to the Docker daemon|failed to connect to the docker API/i,
    short: 'Docker does not run',
    remedy: host =>
      `Start it on ${host} (systemctl start docker), look at journalctl -u docker, and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /the look was cut short/,
    short: 'what it has could not be read whole',
    remedy: host => `The disk that holds ~/.touchdown on ${host} may be full (df -h). Then deploy again.`,
  },
  {
    steps: DOCKER,
    is: /Docker did not answer within/,
    short: 'Docker does not answer',
    remedy: host =>
      `It hangs: look at journalctl -u docker on ${host}, restart it (systemctl restart docker) and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /Bind for (\S+) failed: port is already allocated|listen tcp\d? (\S+): bind: address already in use/,
    short: 'a port is taken by something else',
    remedy: host =>
      `Find what holds it on ${host} (docker ps, ss -ltnp), stop it or change the port in run, and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /No such container: (\S+)/,
    short: 'the container is gone',
    remedy: host => `Somebody removed it on ${host} just now: deploy again.`,
  },
  {
    steps: DOCKER,
    is: /container \S+ is (?:not running|paused|restarting)/i,
    short: 'the container does not run',
    remedy: host => `Its logs on ${host} say why (docker logs). Correct that and deploy again.`,
  },
  {
    steps: DOCKER,
    is: /exec: "([^"\n]+)": (?:executable file not found|stat)/,
    short: 'the container has no such program',
    remedy: (_host, program) => `Correct ${program} in touchdown.yml, or add it to the image.`,
  },
  {
    steps: PULL,
    is: /manifest unknown|manifest for (\S+) not found/,
    short: 'the registry does not have the image',
    remedy: (_host, image) =>
      `Push ${image || 'it'} and deploy again, or correct image in touchdown.yml and deploy with --container.`,
  },
  {
    steps: PULL,
    is: /toomanyrequests|429 Too Many Requests/i,
    short: 'the registry allows no more pulls for now',
    remedy: host =>
      `Wait, or give the registry a user (registries in touchdown.yml, or docker login on ${host}), and deploy again.`,
  },
  {
    steps: PULL,
    is: /pull access denied|unauthorized|no basic auth credentials/,
    short: 'the registry refuses the host',
    remedy: host =>
      `Check the image's name, and the registry's user and password (registries in touchdown.yml, or docker login on ${host} as the SSH user).`,
  },
  {
    steps: PULL,
    is: /dial tcp|no such host|i\/o timeout|TLS handshake timeout/,
    short: 'the registry cannot be reached',
    remedy: host => `Check that the registry is up and that ${host} may connect to it, then deploy again.`,
  },
  {
    steps: PULL,
    is: /received unexpected HTTP status|unexpected EOF|EOF$/m,
    short: 'the registry answers with an error',
    remedy: () => 'Look at its log, and deploy again when it is well.',
  },
]
