import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as codes from '../../src/cli/not-started.ts'
import { LAST_ANSWER_MS, LAST_WORDS_MS, SHUTDOWN_MS } from '../../src/cli/start.ts'

const page = readFileSync('docs/operations.md', 'utf8')
const unit = readFileSync('deploy/touchdown.service', 'utf8')
const dockerfile = readFileSync('Dockerfile', 'utf8')
const compose = parse(readFileSync('compose.yml', 'utf8'))
const { engines, bin, scripts } = JSON.parse(readFileSync('package.json', 'utf8'))

/** Until the last link is closed and the last row is written. */
const STOPS_WITHIN_S = (SHUTDOWN_MS + LAST_WORDS_MS + LAST_ANSWER_MS) / 1_000 + 5

/** What `touchdown start` can end with. */
const CODES = [0, ...Object.values(codes).filter(code => typeof code === 'number')].sort((a, b) => a - b)
/** What the same start would end with again. */
const UNMENDED = [codes.EX_DATAERR, codes.EX_CONFIG]

describe('docs/operations.md', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| .* \| ([^|]*) \|$/gm)]

  it('has a row for each exit code, and says of the right ones that a restart does not help', () => {
    expect(rows.map(([, code]) => Number(code))).toEqual(CODES)
    const unmended = rows.filter(([, , restart]) => restart === 'no').map(([, code]) => Number(code))
    expect(unmended).toEqual(UNMENDED)
  })

  it('names the limits that the source has', () => {
    expect(page).toContain(`waits up to ${SHUTDOWN_MS / 1_000} s for hosts that switch`)
    expect(page).toContain(`for up to ${LAST_WORDS_MS / 1_000} s what is still to be`)
    expect(page).toContain(`up to ${LAST_ANSWER_MS / 1_000} s for Slack's answer`)
  })
})

describe('deploy/touchdown.service', () => {
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]

  it('starts the bot again, but where that mends nothing', () => {
    expect(setting('Restart')).toBe('on-failure')
    expect(setting('RestartPreventExitStatus')).toBe(UNMENDED.join(' '))
    expect(setting('StartLimitIntervalSec')).toBe('0')
  })

  it('waits until the bot has stopped by itself', () => {
    expect(setting('KillSignal')).toBe('SIGTERM')
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThanOrEqual(STOPS_WITHIN_S)
  })

  it('starts what the build makes, where its user may write', () => {
    expect(setting('ExecStart')).toBe(`/usr/bin/node /opt/touchdown/${bin.touchdown} start`)
    expect(setting('WorkingDirectory')).toBe(`/var/lib/${setting('StateDirectory')}`)
    expect(setting('User')).not.toBe('root')
  })
})

describe('the image', () => {
  const instructions = (name: string) =>
    [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, words = '']) => words)

  it('has a Node.js that package.json takes and CI tries', () => {
    const [, major] = /node:(\d+)-/.exec(instructions('ARG')[0] ?? '') ?? []
    expect(Number(major)).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]))
    expect(readFileSync('.ci/run', 'utf8')).toContain(`@${major}"`)
  })

  it('is called unhealthy after as long as docs/operations.md says', () => {
    const [, intervalS, retries] = /HEALTHCHECK --interval=(\d+)s .*--retries=(\d+)/.exec(dockerfile) ?? []
    expect(Number(intervalS) * Number(retries)).toBe(120)
    expect(page).toContain('`healthy` or, after two minutes, `unhealthy`')
  })

  it('is made of files that are there and that .dockerignore lets in', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n')
    expect(ignored).toContain('*')
    const sources = instructions('COPY')
      .filter(words => !words.startsWith('--from'))
      .flatMap(words => words.split(' ').slice(0, -1))
    expect(sources).toContain('src')
    for (const source of sources) {
      expect(existsSync(source), source).toBe(true)
      expect(ignored).toContain(`!${source}`)
    }
  })

  it('is built by a script that is there, and runs what that makes as somebody without rights', () => {
    const [, script = ''] = /npm run (\S+)/.exec(dockerfile) ?? []
    expect(scripts[script]).toContain('dist/main.js')
    expect(dockerfile).toContain(`/opt/touchdown/${bin.touchdown} /usr/local/bin/touchdown`)
    expect(instructions('USER')).toEqual(['node'])
    expect(instructions('STOPSIGNAL')).toEqual(['SIGTERM'])
    for (const needed of ['git', 'openssh-client', 'tini'])
      expect(dockerfile).toMatch(new RegExp(`apt-get install .* ${needed}\\b`))
  })
})

describe('compose.yml', () => {
  const { touchdown, postgres } = compose.services

  it('runs two bots on a database that is ready, and gives them the time to stop', () => {
    expect(touchdown.deploy.replicas).toBe(2)
    expect(touchdown.depends_on.postgres.condition).toBe('service_healthy')
    expect(Number.parseInt(touchdown.stop_grace_period, 10)).toBeGreaterThanOrEqual(STOPS_WITHIN_S)
    expect(postgres.image).toBe('postgres:17')
    expect(postgres.healthcheck.test[1]).toBe('pg_isready')
  })

  it('mounts the folder that is the home in the image, and holds no secret', () => {
    const [, home] = /HOME=(\S+)/.exec(dockerfile) ?? []
    expect(touchdown.volumes).toEqual([`./touchdown:${home}:ro`])
    expect(JSON.stringify(compose)).not.toMatch(/PASSWORD"|xoxb|xapp|postgres:\/\//)
  })

  it('keeps what that folder holds out of git and out of the image', () => {
    expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('/touchdown/')
    expect(compose.secrets.postgres_password.file).toMatch(/^\.\/touchdown\//)
  })

  it('has the database that docs/operations.md puts into DATABASE_URL', () => {
    const [, user, host, name] =
      /DATABASE_URL=postgres:\/\/(\w+):<that password>@(\w+):5432\/(\w+)/.exec(page) ?? []
    expect(Object.keys(compose.services)).toContain(host)
    // PostgreSQL's image names the database like the user where nothing else is said.
    expect(postgres.environment).toEqual({
      POSTGRES_USER: user,
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password',
    })
    expect(name).toBe(user)
  })

  it('gives a bot no more than `docker run` in docs/operations.md does', () => {
    const [run = ''] = /docker run -d [^`]*?touchdown\n/.exec(page) ?? []
    const option = (name: string) => new RegExp(`--${name} (\\S+)`).exec(run)?.[1]
    expect(run).toContain('--read-only')
    expect(touchdown.read_only).toBe(true)
    expect(touchdown.tmpfs).toEqual([option('tmpfs')])
    expect(touchdown.cap_drop).toEqual([option('cap-drop')])
    expect(touchdown.security_opt).toEqual([`${option('security-opt')}:true`])
    expect(touchdown.restart).toBe(option('restart'))
    expect(touchdown.stop_grace_period).toBe(`${option('stop-timeout')}s`)
    expect(Number(/TimeoutStopSec=(\d+)/.exec(unit)?.[1])).toBe(Number(option('stop-timeout')))
  })
})
