import { readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quote } from '../../../src/ssh/quote.ts'
import { type Docker, openDocker } from './containers.ts'

const OLD = { name: 'app', state: 'running', policy: 'always' }
const NEW = { name: 'app-next', state: 'created', deployment: 'd1' }

/** In a session of its own deployment, with no time to wait for anything. */
function step(docker: Docker, script: string) {
  return docker.run(`T=$STATE/deployments/d1; echo $$ >"$HOME/shell"; sleep() { :; }; ${script}`)
}

function swap(docker: Docker) {
  return step(docker, 'do_swap app 1 1 0')
}

describe('a swap', () => {
  it('changes all names before anything stops, and the new container runs under the name of the old one', () => {
    const docker = openDocker()
    docker.container('old', OLD)
    docker.container('new', NEW)
    const { code, output } = swap(docker)
    expect(code).toBe(0)
    expect(output).toMatch(/^::td swapped \d+$/m)
    expect(docker.containers()).toEqual({ old: 'app-previous exited no', new: 'app running' })
    const changes = docker.told('calls').match(/docker (?:rename|update|stop|start).*/g)
    expect(changes).toEqual([
      'docker rename old app-previous',
      'docker update --restart=no old',
      'docker rename new app',
      'docker stop -t 1 old',
      'docker start new',
    ])
  })

  it('needs no old container', () => {
    const docker = openDocker()
    docker.container('new', NEW)
    expect(swap(docker)).toMatchObject({ code: 0, output: '' })
    expect(docker.containers()).toEqual({ new: 'app running' })
  })

  it('keeps one container from before: the one before that loses its name', () => {
    const docker = openDocker()
    docker.container('0123456789abcdef', { name: 'app-previous', state: 'exited', policy: 'no' })
    docker.container('old', OLD)
    docker.container('new', NEW)
    expect(swap(docker).code).toBe(0)
    expect(docker.containers()).toEqual({
      '0123456789abcdef': 'app-0123456789ab exited no',
      old: 'app-previous exited no',
      new: 'app running',
    })
  })

  it.each([
    ['ended by itself', { 'after-start': 'exited', exit: '3' }, 'ended by itself, with exit code 3'],
    ['ends again and again', { restarts: '1' }, 'ended and was started again'],
    ['is unhealthy', { health: 'unhealthy' }, "Docker's health check says"],
    ['never gets healthy', { health: 'starting' }, 'was not healthy within 1 s'],
    ['is restarting', { 'after-start': 'restarting' }, 'ended by itself'],
  ])('puts the old container back when the new one %s, with its last words', (_, truths, why) => {
    const docker = openDocker()
    docker.container('old', OLD)
    docker.container('new', { ...NEW, ...truths })
    const { code, output } = swap(docker)
    expect(code).toBe(71)
    expect(output).toContain(why)
    expect(output).toContain('the last words of app')
    expect(output).toContain('::td put-back app running')
    expect(docker.containers()).toEqual({ old: 'app running always' })
  })

  it('that Docker cannot start says why', () => {
    const docker = openDocker()
    docker.container('old', OLD)
    docker.container('new', { ...NEW, 'no-start': 'Error response from daemon: exec: "nope": not found' })
    expect(swap(docker)).toMatchObject({
      code: 1,
      output: expect.stringContaining('exec: "nope": not found'),
    })
    expect(docker.containers()).toEqual({ old: 'app running always' })
  })

  it.each([
    ['exited', 'app exited always', 'stopped'],
    ['paused', 'app running always', 'running'],
    ['restarting', 'app running always', 'running'],
  ])('of a container that was %s puts it back as it was, or running', (state, after, told) => {
    const docker = openDocker()
    docker.container('old', { ...OLD, state })
    docker.container('new', { ...NEW, health: 'unhealthy' })
    expect(swap(docker).output).toMatch(
      new RegExp(`^::td put-back app ${told === 'stopped' ? 'exited' : told}$`, 'm'),
    )
    expect(docker.containers()).toEqual({ old: after })
  })

  const commands = [1, 2, 3, 4, 5, 6, 7]
  it.each(commands)('ends with the new or the old container when change %i fails (C27)', at => {
    const docker = openDocker()
    docker.container('before', { name: 'app-previous', state: 'exited', policy: 'no' })
    docker.container('old', OLD)
    docker.container('new', NEW)
    docker.tell('fail-at', at)
    const { code } = swap(docker)
    const isNew = { before: 'app-before exited no', old: 'app-previous exited no', new: 'app running' }
    const isOld = { before: 'app-previous exited no', old: 'app running always' }
    expect(docker.containers()).toEqual(code === 0 ? isNew : isOld)
    // Six changes make a swap; the seventh is not there to fail.
    expect(code === 0).toBe(at === 7)
  })

  it.each(commands.slice(0, -1))('that is told to end after change %i puts the old container back', at => {
    const docker = openDocker()
    docker.container('before', { name: 'app-previous', state: 'exited', policy: 'no' })
    docker.container('old', OLD)
    docker.container('new', NEW)
    docker.tell('term-at', at)
    expect(swap(docker).code).toBe(143)
    expect(docker.containers()).toEqual({ before: 'app-previous exited no', old: 'app running always' })
  })

  it.each(commands.slice(0, -1))(
    'puts the old container back when Docker is away for a while after change %i',
    at => {
      const docker = openDocker()
      docker.container('before', { name: 'app-previous', state: 'exited', policy: 'no' })
      docker.container('old', OLD)
      docker.container('new', { ...NEW, health: 'unhealthy' })
      docker.tell('away-after', at)
      docker.tell('away', 20)
      const { code, output } = swap(docker)
      expect(code).not.toBe(0)
      expect(code).not.toBe(72)
      expect(output).toContain('::td put-back app running')
      expect(docker.containers()).toEqual({ before: 'app-previous exited no', old: 'app running always' })
    },
  )

  it('waits for Docker before it tries again what it failed on the way back', () => {
    for (const failing of ['rm -f', 'rename old app\n', 'update --restart=always', 'start old']) {
      const docker = openDocker()
      docker.container('old', OLD)
      docker.container('new', { ...NEW, health: 'unhealthy' })
      docker.tell(
        'fails',
        failing.trimEnd() === 'rename old app' ? 'rename old app-previous\nrename old app' : failing,
      )
      expect(swap(docker).output).toContain('::td put-back app running')
      expect(docker.containers()).toEqual({ old: 'app running always' })
    }
  })

  it.each(['1', '2', '3'])(
    'does not take a container for put back that ends %s looks after a stop that failed',
    looks => {
      const docker = openDocker()
      docker.container('old', { ...OLD, 'dies-slowly': looks })
      docker.container('new', NEW)
      const { code, output } = swap(docker)
      expect(code).toBe(1)
      expect(output).toContain('::td put-back app running')
      expect(docker.containers()).toEqual({ old: 'app running always' })
    },
  )

  it('starts an old container again that did not stay', () => {
    const docker = openDocker()
    docker.container('old', OLD)
    docker.container('new', { ...NEW, health: 'unhealthy' })
    // Not yet while the swap looks at it: the first look, one when it is put back, and then it has been started.
    docker.tell('docker/old/dying', 3)
    expect(swap(docker).output).toContain('::td put-back app running')
    expect(docker.containers()).toEqual({ old: 'app running always' })
  })

  it('leaves name and port to the old container where Docker cannot remove the new one', () => {
    const docker = openDocker()
    docker.container('old', OLD)
    docker.container('new', { ...NEW, 'after-start': 'exited', stuck: 'yes' })
    const { code, output } = swap(docker)
    expect(code).toBe(71)
    expect(output).toContain('::td put-back app running')
    expect(docker.containers()).toEqual({ old: 'app running always', new: 'app-failed-new exited no' })
  })

  it('does not begin when Docker does not say what is there', () => {
    for (const name of ['app', 'app-previous', 'app-next']) {
      const docker = openDocker()
      docker.container('old', OLD)
      docker.container('new', NEW)
      docker.tell(
        'fails',
        `:{{with .Config.Labels}}{{with index . "touchdown.deployment"}}{{.}}{{end}}{{end}} ${name}`,
      )
      expect(swap(docker)).toEqual({ code: 1, output: expect.stringContaining('no :{{with') })
      expect(docker.containers()).toEqual({ old: 'app running always', new: 'app-next created' })
    }
  })

  it('that was told to end says so when the old container could not be put back', () => {
    const docker = openDocker()
    docker.container('old', { ...OLD, 'no-start': 'no' })
    docker.container('new', NEW)
    docker.tell('term-at', 4)
    expect(swap(docker).code).toBe(72)
  })

  it('leaves a paused container as it is when it fails before it was touched', () => {
    const docker = openDocker()
    docker.container('old', { ...OLD, state: 'paused' })
    docker.container('new', NEW)
    docker.tell('fail-at', 3)
    expect(swap(docker)).toEqual({ code: 1, output: expect.stringContaining('::td put-back app paused') })
    expect(docker.containers()).toEqual({ old: 'app paused always' })
  })

  it('goes on where nothing can be said any more, because the disk is full', () => {
    for (const [truths, code, after] of [
      [{}, 0, { old: 'app-previous exited no', new: 'app running' }],
      [{ health: 'unhealthy' }, 71, { old: 'app running always' }],
    ] as const) {
      const docker = openDocker()
      docker.container('old', OLD)
      docker.container('new', { ...NEW, ...truths })
      expect(step(docker, '(do_swap app 1 1 0) >/dev/full').code).toBe(code)
      expect(docker.containers()).toEqual(after)
    }
  })

  it('is taken back also where the disk of the host is full', () => {
    const docker = openDocker()
    docker.container('old', OLD)
    docker.container('new', NEW)
    swap(docker)
    const full = 'journal() { return 1; }; answer() { echo "$reply"; echo "ended $1"; }'
    const { output } = step(
      docker,
      `${full}; step 1 swap-back do_swap_back app 0; step 2 swap echo done
       step 3 'before_replace app-1' do_hook before app touch drained; step 4 after_replace do_hook after app touch ready
       step 5 'after_replace app-1' do_hook after none false '{port:1}'; step 6 after_replace do_hook after app sh -c 'sleep 10 &'`,
    )
    expect(output).toMatch(/kept\nended 0\n.*kept\nended 0\n.*kept\nended 1\n.*kept\nended 0\n$/)
    expect(readdirSync(docker.home)).toEqual(expect.arrayContaining(['drained', 'ready']))
    expect(output).toContain('::td put-back app running\nended 0\n')
    expect(output).toContain('ended 73\n')
    expect(output).not.toContain('done')
    expect(docker.containers()).toEqual({ old: 'app running always' })
  })

  it('says when neither container can be made to run', () => {
    const docker = openDocker()
    docker.container('old', { ...OLD, 'no-start': 'no' })
    docker.container('new', { ...NEW, health: 'unhealthy' })
    expect(swap(docker)).toMatchObject({ code: 72, output: expect.not.stringContaining('put-back') })
  })

  it('shows the last words of an app so that they are never taken for its own', () => {
    const docker = openDocker()
    docker.container('old', { ...OLD, 'no-start': 'no' })
    docker.container('new', { ...NEW, health: 'unhealthy', logs: '::td put-back app running' })
    const { output } = swap(docker)
    expect(output).toContain('put-back app running')
    expect(output).not.toMatch(/^::td /m)
  })

  it('that went well is taken back when something after it did not, and a second time changes nothing', () => {
    const docker = openDocker()
    docker.container('before', { name: 'app-previous', state: 'exited', policy: 'no' })
    docker.container('old', OLD)
    docker.container('new', NEW)
    swap(docker)
    for (const _ of [1, 2]) {
      const { code, output } = step(docker, 'do_swap_back app 0')
      expect({ code, output: output.split('\n').at(-2) }).toEqual({
        code: 0,
        output: '::td put-back app running',
      })
      expect(docker.containers()).toEqual({ before: 'app-previous exited no', old: 'app running always' })
    }
  })

  it('of a first container is taken back to none', () => {
    const docker = openDocker()
    docker.container('new', NEW)
    swap(docker)
    expect(step(docker, 'do_swap_back app 0').output).toContain('::td put-back app none')
    expect(docker.containers()).toEqual({})
  })
})

describe('create', () => {
  const create = (docker: Docker, words = '', sources = '1 image') =>
    step(docker, `do_create app app production 'SECRET=x' ${sources} ${words}`)
  const opened = () => {
    const docker = openDocker()
    docker.tell('images', 'image')
    docker.container('old', OLD)
    return docker
  }

  it('makes the next container from the first image that the host has, and stops nothing', () => {
    const docker = opened()
    expect(create(docker, '-P', '2 elsewhere image')).toEqual({ code: 0, output: 'made\n' })
    expect(docker.containers()).toEqual({ old: 'app running always', made: 'app-next created' })
    expect(docker.told('calls')).toMatch(/create --pull never --name app-next --env-file \S+ -P image$/m)
  })

  it('gives the variables in a file that only its user may read, and that goes with the step (G8)', () => {
    const docker = opened()
    create(docker)
    expect(docker.told('env')).toBe('SECRET=x')
    expect(docker.told('env-mode')).toBe('600\n')
    expect(docker.told('calls')).not.toContain('SECRET')
    expect(readdirSync(join(docker.state, 'deployments/d1'))).toEqual([])
  })

  it('fails with what Docker says, as long as the old container runs', () => {
    const docker = opened()
    expect(create(docker, '--bad')).toEqual({ code: 125, output: 'unknown flag: --bad\n' })
    expect(docker.containers()).toEqual({ old: 'app running always' })
    expect(readdirSync(join(docker.state, 'deployments/d1'))).toEqual([])
  })

  it('removes what an earlier attempt left, and nothing that is not ours', () => {
    const docker = opened()
    docker.container('left', { name: 'app-next', state: 'created', deployment: 'd0' })
    expect(create(docker).code).toBe(0)
    expect(docker.containers()).toEqual({ old: 'app running always', made: 'app-next created' })
    const other = opened()
    other.container('theirs', { name: 'app-next', state: 'created' })
    create(other)
    expect(other.containers()).toMatchObject({ theirs: 'app-next created' })
  })

  it('does not begin where the old container could not be put back', () => {
    const docker = opened()
    docker.container('frail', { name: 'other', state: 'running', auto: 'true' })
    const { code, output } = step(docker, `do_create other app production '' 1 image`)
    expect(code).toBe(78)
    expect(output).toContain('was started with --rm')
  })

  it.each([
    ['lost its name', {}],
    ['lost it to one that never ran', { half: { name: 'app', state: 'created', deployment: 'd0' } }],
  ])('gives the old container its name back when a swap was cut off and it %s', (_, more) => {
    const docker = openDocker()
    docker.tell('images', 'image')
    docker.container('old', { ...OLD, name: 'app-previous', state: 'exited', policy: 'no' })
    for (const [id, truths] of Object.entries(more)) docker.container(id, truths)
    docker.run('echo "half old - always running" >$STATE/deployments/d1/swap.app')
    expect(create(docker).output).toContain('::td put-back app running')
    expect(docker.containers()).toEqual({ old: 'app running always', made: 'app-next created' })
  })

  it.each(['exited', 'dead'])(
    'takes a name back also from the new container of a swap that was cut off, %s',
    state => {
      const docker = openDocker()
      docker.tell('images', 'image')
      docker.container('old', { ...OLD, name: 'app-previous', state: 'exited', policy: 'no' })
      docker.container('half', { name: 'app', state, deployment: 'd0' })
      docker.run('echo "half old - always running" >$STATE/deployments/d1/swap.app')
      expect(create(docker).output).toContain('::td put-back app running')
      expect(docker.containers()).toEqual({ old: 'app running always', made: 'app-next created' })
    },
  )

  it('starts no container that had been stopped before a swap that was cut off', () => {
    const docker = openDocker()
    docker.tell('images', 'image')
    docker.container('old', { ...OLD, name: 'app-previous', state: 'exited', policy: 'no' })
    docker.run('echo "half old - always exited" >$STATE/deployments/d1/swap.app')
    expect(create(docker)).toEqual({ code: 0, output: 'made\n' })
    expect(docker.containers()).toEqual({ old: 'app exited always', made: 'app-next created' })
  })

  it('does not begin when Docker does not say how the old container was started', () => {
    const docker = opened()
    docker.container('frail', { name: 'other', state: 'running', auto: 'true' })
    docker.tell('fails', '{{end}}{{end}} other')
    const { code } = step(docker, `do_create other other production '' 1 image`)
    expect(code).toBe(1)
    expect(Object.keys(docker.containers())).not.toContain('made')
  })

  it('leaves an older container where it is when somebody removed the one after it', () => {
    const docker = openDocker()
    docker.tell('images', 'image')
    docker.container('old', { ...OLD, name: 'app-previous', state: 'exited', policy: 'no' })
    docker.container('new', { name: 'app', state: 'running', deployment: 'd0' })
    docker.run('echo "new old - always running" >$STATE/deployments/d1/swap.app')
    step(docker, 'do_prune "" app production app')
    docker.run('docker rm new')
    expect(create(docker).code).toBe(0)
    expect(docker.containers()).toEqual({ old: 'app-previous exited no', made: 'app-next created' })
  })

  describe('where something of the host listens on a port', () => {
    let server: Server
    let port: number
    beforeAll(async () => {
      server = createServer()
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      port = typeof address === 'object' ? (address?.port ?? 0) : 0
    })
    afterAll(() => void server.close())

    it.each(['', '0.0.0.0', '127.0.0.1'])('sees that it is taken at %j, before anything stops', address => {
      const docker = opened()
      docker.tell('docker/old/published', '1/1/tcp/0.0.0.0 ')
      const output = expect.stringContaining(`port ${port} is taken by another program`)
      expect(create(docker, `-p '${port}/8000/tcp/${address}'`)).toEqual({ code: 76, output })
    })

    it.each(['PORT/8000/tcp/127.0.0.2', 'PORT/53/udp/', '0/8000/tcp/', '/8000/tcp/', '1-9/8000/tcp/'])(
      'leaves %s to Docker, which takes it',
      binding => {
        const docker = opened()
        docker.tell('docker/old/published', '1/1/tcp/0.0.0.0 ')
        expect(create(docker, `-p '${binding.replace('PORT', `${port}`)}'`)).toMatchObject({ code: 0 })
      },
    )

    it.each(['running', 'paused', 'restarting'])(
      'knows that it is the old container’s, which is %s',
      state => {
        const docker = opened()
        docker.tell('docker/old/state', state)
        docker.tell('docker/old/published', `${port}/8000/tcp/0.0.0.0 `)
        expect(create(docker, `-p '${port}/8000/tcp/'`)).toMatchObject({ code: 0 })
      },
    )
  })
})

describe('a port of another container', () => {
  const create = (theirs: string, wanted: string, state = 'running') => {
    const docker = openDocker()
    docker.tell('images', 'image')
    docker.container('old', { ...OLD, published: '7/7/tcp/0.0.0.0 ' })
    docker.container('other', { name: 'other', state, published: theirs })
    return step(docker, `do_create app app production '' 1 image -p '${wanted}'`)
  }

  it.each([
    ['17/8000/tcp/0.0.0.0 ', '17/9000/tcp/', 'running'],
    ['17/8000/tcp/10.0.0.1 ', '17/9000/tcp/10.0.0.1', 'paused'],
    ['17/8000/tcp/10.0.0.1 ', '17/9000/tcp/0.0.0.0', 'running'],
    ['17/53/udp/:: ', '17/53/udp/', 'running'],
  ])('is taken although nothing listens on it: %s stops %s', (theirs, wanted, state) => {
    expect(create(theirs, wanted, state)).toEqual({
      code: 76,
      output: 'made\nport 17 is taken by the container other\n',
    })
  })

  it.each([
    ['17/8000/tcp/0.0.0.0 ', '17/9000/udp/', 'running'],
    ['17/8000/tcp/10.0.0.1 ', '17/9000/tcp/10.0.0.2', 'running'],
    ['17/8000/tcp/0.0.0.0 ', '17/9000/tcp/', 'exited'],
  ])(
    'is free on another address or protocol, or once it has ended: %s does not stop %s',
    (theirs, wanted, state) => {
      expect(create(theirs, wanted, state).code).toBe(0)
    },
  )
})

describe('run', () => {
  it('makes the container from the first image that the host has, and asks no registry', () => {
    const docker = openDocker()
    docker.tell('images', 'image')
    expect(step(docker, `do_run app 'SECRET=x' 2 elsewhere image -P`).code).toBe(0)
    expect(docker.told('calls')).toMatch(/run -d --pull never --name app --env-file \S+ -P image$/m)
    expect(docker.told('calls')).not.toMatch(/SECRET|docker pull/)
  })

  it('says so when the image that was pulled is gone', () => {
    expect(step(openDocker(), `do_run app '' 1 image -P`)).toEqual({
      code: 1,
      output: 'the image that was pulled is not there any more\n',
    })
  })
})

describe('pull', () => {
  const pull = (docker: Docker, ...words: readonly string[]) =>
    step(docker, `(do_pull ${words.map(quote).join(' ')})`)
  const nobody = ['', '', ''] as const
  const DIGEST = `r.example/app@sha256:${'a'.repeat(64)}`

  it('asks one place after the other, and says which gave it', () => {
    const docker = openDocker()
    docker.tell('registry', 'r2/app:1')
    const { code, output } = pull(docker, 'r1/app:1', ...nobody, 'r2/app:1', ...nobody, 'r3/app:1', ...nobody)
    expect(code).toBe(0)
    expect(output).toContain('::td pull-failed r1/app:1\n')
    expect(output).toContain('::td pulled r2/app:1\n')
    expect(output).not.toContain('r3')
  })

  it('asks nobody for a digest that the host has', () => {
    const docker = openDocker()
    docker.tell('images', DIGEST)
    expect(pull(docker, 'm/app@sha256:x', ...nobody, DIGEST, ...nobody)).toEqual({
      code: 0,
      output: `::td had ${DIGEST}\n`,
    })
    expect(docker.told('pulls')).toBe('')
  })

  it('uses what the host has under the tag when nobody gives it, and says so', () => {
    const docker = openDocker()
    docker.tell('images', 'r1/app:1')
    const { code, output } = pull(docker, 'r1/app:1', ...nobody)
    expect(code).toBe(0)
    expect(output).toContain('::td pull-failed r1/app:1\n::td kept r1/app:1\n')
  })

  it('fails with what Docker says when nobody has it', () => {
    const { code, output } = pull(openDocker(), 'r1/app:1', ...nobody)
    expect(code).toBe(1)
    expect(output).toContain('Error response from daemon: dial tcp: no such host\n')
    expect(output).not.toContain('::td kept')
  })

  it('does not ask a registry for a bare id', () => {
    const docker = openDocker()
    const { code, output } = pull(docker, `sha256:${'a'.repeat(64)}`, ...nobody)
    expect(code).toBe(1)
    expect(output).toContain('no registry knows the image sha256:')
    expect(docker.told('pulls')).toBe('')
  })

  it('says that a login ran into its limit, and not that the registry refused', () => {
    const docker = openDocker()
    docker.wrap('timeout', 'case " $* " in *" login "*) exit 124 ;; esac')
    expect(pull(docker, 'r/app:1', 'r', 'ci', 'word').code).toBe(124)
  })

  it('is logged in for its own registry only, by stdin, and leaves nothing behind (G8)', () => {
    const docker = openDocker()
    docker.tell('password', 'hunter2hunter2')
    docker.tell('registry', 'm/app:1\nr/app:1')
    const all = ['r.example/app:1', 'r.example', 'ci', 'hunter2hunter2', 'm/app:1', ...nobody]
    const { code, output } = pull(docker, ...all)
    expect(code).toBe(0)
    expect(output).not.toContain('WARNING')
    expect(docker.told('pulls').split('\n')).toEqual([
      'pull r.example/app:1 as ci at r.example',
      'pull m/app:1 as nobody',
      '',
    ])
    expect(docker.told('calls')).not.toContain('hunter2')
    expect(readdirSync(join(docker.state, 'deployments/d1'))).toEqual([])
  })

  it('goes to the next place when a password is wrong', () => {
    const docker = openDocker()
    docker.tell('password', 'hunter2hunter2')
    docker.tell('registry', 'm/app:1\nr.example/app:1')
    const { code, output } = pull(docker, 'r.example/app:1', 'r.example', 'ci', 'wrong', 'm/app:1', ...nobody)
    expect(code).toBe(0)
    expect(output).toContain('unauthorized')
    expect(output).toContain('::td pulled m/app:1')
  })
})

describe('prune', () => {
  it('removes nothing when Docker does not say which container was before', () => {
    const docker = openDocker()
    docker.container('now', { name: 'app', state: 'running', deployment: 'd3' })
    docker.container('before', { name: 'app-previous', state: 'exited', deployment: 'd2' })
    docker.tell('fails', '{{end}}{{end}} app-previous')
    expect(step(docker, 'do_prune "" app production app').code).toBe(1)
    expect(Object.keys(docker.containers()).sort()).toEqual(['before', 'now'])
  })

  it('leaves what takes a swap back to its own deployment only, with the container that was before the old one', () => {
    const docker = openDocker()
    docker.container('0123456789abcdef', {
      name: 'app-previous',
      state: 'exited',
      policy: 'no',
      deployment: 'd-2',
    })
    docker.container('older', { name: 'app-4567', state: 'exited', deployment: 'd-3' })
    docker.container('old', { ...OLD, deployment: 'd-1' })
    docker.container('new', NEW)
    const own = (words: string) => step(docker, `RUN=$STATE/deployments/d0; mkdir -p $RUN; ${words}`).code
    const other = (words: string) => step(docker, `RUN=$STATE/deployments/d9; mkdir -p $RUN; ${words}`).code
    expect(own('do_swap app 1 1 0')).toBe(0)
    expect(own('do_prune back app production app')).toBe(0)
    expect(Object.keys(docker.containers()).sort()).toEqual(['0123456789abcdef', 'new', 'old'])
    expect(other('do_swap_back app 0')).toBe(72)
    expect(own('do_swap_back app 0')).toBe(0)
    expect(docker.containers()).toEqual({
      '0123456789abcdef': 'app-previous exited no',
      old: 'app running always',
    })
  })

  it('keeps the running container, the one before and all that is not ours', () => {
    const docker = openDocker()
    docker.container('now', { name: 'app', state: 'running', deployment: 'd3' })
    docker.container('before', { name: 'app-previous', state: 'exited', deployment: 'd2' })
    docker.container('older', { name: 'app-0123', state: 'exited', deployment: 'd1' })
    docker.container('legacy', { name: 'app-4567', state: 'exited' })
    expect(step(docker, 'do_prune "" app production app').code).toBe(0)
    expect(Object.keys(docker.containers()).sort()).toEqual(['before', 'legacy', 'now'])
  })
})

describe('several containers of one target', () => {
  it('are each put back on their own when something later fails', () => {
    const docker = openDocker()
    for (const name of ['app-1', 'app-2']) {
      docker.container(`${name}-old`, { name, state: 'running', policy: 'always' })
      docker.container(`${name}-new`, { name: `${name}-next`, state: 'created', deployment: 'd1' })
      expect(step(docker, `do_swap ${name} 1 1 0`).code).toBe(0)
    }
    for (const name of ['app-2', 'app-1']) expect(step(docker, `do_swap_back ${name} 0`).code).toBe(0)
    expect(docker.containers()).toEqual({
      'app-1-old': 'app-1 running always',
      'app-2-old': 'app-2 running always',
    })
  })

  it('are all kept by a prune, with the one before each', () => {
    const docker = openDocker()
    for (const name of ['app-1', 'app-2']) {
      docker.container(`${name}-now`, { name, state: 'running', deployment: 'd3' })
      docker.container(`${name}-before`, { name: `${name}-previous`, state: 'exited', deployment: 'd2' })
      docker.container(`${name}-older`, { name: `${name}-old`, state: 'exited', deployment: 'd1' })
    }
    expect(step(docker, 'do_prune "" app production app-1 app-2').code).toBe(0)
    expect(Object.keys(docker.containers()).sort()).toEqual([
      ...['app-1-before', 'app-1-now', 'app-2-before', 'app-2-now'],
    ])
  })
})

describe('a hook', () => {
  const hooked = (docker: Docker, ...words: readonly string[]) =>
    step(docker, `do_hook after app ${words.map(quote).join(' ')}`)

  it('is a command of the host, word by word', () => {
    const docker = openDocker()
    const words = ['printf', '%s|', 'two words', '$(id)', "it's", '']
    expect(hooked(docker, ...words)).toEqual({ code: 0, output: "two words|$(id)|it's||" })
    expect(hooked(docker, 'sh', '-c', 'exit 9').code).toBe(9)
    expect(docker.told('calls')).toBe('')
  })

  it.each([
    ['bridge', '49153 and 49154;'],
    ['host', '8000 and 9000;'],
  ])('is given the ports that the container has now, on the network %s', (network, said) => {
    const docker = openDocker()
    const published = '49153/8000/tcp/0.0.0.0 49153/8000/tcp/:: 49154/9000/tcp/0.0.0.0'
    docker.container('c', { name: 'app', state: 'running', network, published })
    const { code, output } = hooked(docker, 'printf', '%s;', '{port:8000} and {port:9000}')
    expect({ code, output }).toEqual({ code: 0, output: said })
  })

  it('is not begun when the container does not publish that port, or is not there', () => {
    const docker = openDocker()
    const asked = () => hooked(docker, 'touch', '{port:8000}', 'begun')
    expect(asked()).toEqual({ code: 1, output: 'there is no container app\n' })
    docker.container('c', { name: 'app', state: 'running', published: '49153/9000/tcp/0.0.0.0' })
    expect(asked()).toEqual({ code: 1, output: 'the container app does not publish its port 8000\n' })
    expect(docker.told('begun')).toBe('')
    expect(readdirSync(docker.home)).not.toContain('begun')
  })

  it('leaves none of our locks to what it leaves running', () => {
    const docker = openDocker()
    const { output } = docker.run(
      'exec 8>a 9>b; do_hook after app sh -c "[ ! -e /proc/self/fd/8 ] && echo closed"',
    )
    expect(output).toBe('closed\n')
  })

  it('that drains is written down, for a look to say, until one that lets in has gone well', () => {
    const docker = openDocker()
    const target = 'T=$STATE/targets/app.production; mkdir -p "$T"'
    const look = 'do_look "$HOME/checkout" "" "" app production 0 app'
    const seenAfter = (script: string) => docker.run(`${target}; ${script}; ${look}`).output
    const said = /^::td drained app 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m
    expect(seenAfter('true')).not.toMatch(said)
    expect(seenAfter('do_hook before app test -e "$T/drained.app" || echo too late')).not.toContain('late')
    expect(seenAfter('do_hook after app false')).toMatch(said)
    expect(seenAfter('do_hook after app true')).not.toMatch(said)
    // What drains may fail after it has drained.
    expect(seenAfter('do_hook before app false')).toMatch(said)
  })

  it('drains also where nothing can be written down', () => {
    const docker = openDocker()
    const { code } = docker.run('T=/nowhere; do_hook before app true && do_hook after app true')
    expect(code).toBe(0)
  })
})
