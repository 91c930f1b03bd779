import { once } from 'node:events'
import { connect } from 'node:net'
import { Client } from 'ssh2'
import { beforeAll, expect, test } from 'vitest'
import { must, run, until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService, Variant } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'

/** The hosts do what the other tests believe of them. */
const rig = sharedRig()
const [web1, web2] = twoHosts()
const PORT = 8001

let service: RigService
beforeAll(async () => {
  service = await rig.service('rig', { port: PORT, hosts: [web1, web2] })
})

test('every host is a machine of its own: name, users, engine, folders', async () => {
  for (const host of rig.hosts) {
    expect(await ssh(host, 'hostname; id -un; id -Gn; echo ~; docker info -f "{{.Name}}"')).toEqual({
      code: 0,
      stdout: `${host.name}\ndeploy\ndeploy docker\n/home/deploy\n${host.name}\n`,
      stderr: '',
    })
  }
  await web1.exec('echo 1 >/srv/mark; echo 1 >/tmp/mark')
  expect((await web2.probe('cat /srv/mark /tmp/mark')).code).toBe(1)
  await web1.exec('rm /srv/mark /tmp/mark')
})

test('a host fetches over SSH with its own key, and only the first lets deploy become creator', async () => {
  expect(await web1.asDeploy(`git -C ${service.path} ls-remote origin main`)).toContain(service.revision)
  expect(await web1.asDeploy('sudo -n -u creator id -un')).toBe('creator')
  expect((await ssh(web1, 'sudo -n id')).code).toBe(1)
  expect((await ssh(web2, 'sudo -n -u creator id')).code).toBe(1)
})

test('a pull, REVISION and a touch flip what one host serves; the other stays', async () => {
  const revision = await service.recolour('green')
  await pullAndTouch(web1, service)
  await service.serves(web1, revision)
  expect((await web1.http(PORT)).body).toContain('green')
  expect(await web2.http(PORT)).toMatchObject({ status: 200, revision: service.revision })
})

test.for<[Variant, number]>([
  ['supervisor', 8002],
  ['chain', 8003],
  ['legacy', 8004],
  ['slow-import', 8005],
])('the variant %s serves new code after a touch', async ([variant, port]) => {
  const other = await rig.service(`rig-${variant}`, { port, hosts: [web1], variant })
  const revision = await other.recolour('red')
  await pullAndTouch(web1, other)
  await other.serves(web1, revision)
  // A chain reload renews one worker after the other: the old one may still answer in between.
  const renewed = async () => {
    const answer = await web1.http(port)
    return answer.revision === revision ? answer : undefined
  }
  expect((await until('an answer of the renewed code', renewed)).body).toContain('red')
  await web1.exec(`docker rm -f rig-${variant}`)
})

test('the variant per-request says what is on disk while the old code is loaded', async () => {
  const other = await rig.service('rig-per-request', { port: 8006, hosts: [web1], variant: 'per-request' })
  const revision = await other.recolour('red')
  await pull(web1, other)
  const answer = await web1.http(8006)
  expect(answer.revision).toBe(revision)
  expect(answer.body).toContain('blue')
})

test('cut links end for the client at once, and what they started goes on', async () => {
  const link = await openLink(web1)
  const ended = new Promise(resolve => link.on('close', () => resolve(undefined)))
  link.exec('sleep 1; echo done >/tmp/went-on', () => {})
  await until(
    'the command runs',
    async () => (await web1.probe('pgrep -fx "sleep 1"')).code === 0 || undefined,
  )
  expect(await web1.cutLinks()).toBeGreaterThan(0)
  await ended
  await until('it went on', async () => web1.read('/tmp/went-on') || undefined)
  expect((await ssh(web1, 'true')).code).toBe(0)
})

test('frozen links say nothing and go on when thawed; new ones work meanwhile', async () => {
  const link = await openLink(web1)
  // sshd makes the process that serves a link only after it has said that the key is right: one that answers is there.
  expect(await execute(link, 'echo there')).toBe('there\n')
  await web1.freezeLinks()
  let answered = false
  const answer = execute(link, 'echo here').then(text => {
    answered = true
    return text
  })
  expect((await ssh(web1, 'echo new')).stdout).toBe('new\n')
  expect(answered).toBe(false)
  await web1.thawLinks()
  expect(await answer).toBe('here\n')
  link.end()
})

test('a stopped host refuses connections, and is back after a start', async () => {
  await web2.stop()
  await expect(knock(web2)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await web2.start()
  expect((await ssh(web2, 'true')).code).toBe(0)
})

test('a silent host neither takes nor refuses connections, and is back after a start', async () => {
  await web2.fallSilent()
  const socket = connect(web2.port, web2.address).setTimeout(1_500)
  const [event] = await Promise.race([
    once(socket, 'timeout').then(() => ['timeout']),
    once(socket, 'connect').then(() => ['connect']),
  ])
  socket.destroy()
  expect(event).toBe('timeout')
  await web2.start()
  expect((await ssh(web2, 'true')).code).toBe(0)
})

test('another host key, and a key that is no longer authorised, are refused by ssh', async () => {
  await web2.replaceHostKey()
  expect((await ssh(web2, 'true')).stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED')
  await web2.restoreHostKey()
  await web2.rejectKey()
  expect((await ssh(web2, 'true')).stderr).toContain('Permission denied')
  await web2.acceptKey()
  expect((await ssh(web2, 'true')).code).toBe(0)
})

test('a stopped engine takes its containers along and brings them back; a paused one hangs', async () => {
  await web2.stopDocker()
  expect((await ssh(web2, 'docker ps')).stderr).toContain('Cannot connect to the Docker daemon')
  await expect(web2.http(PORT)).rejects.toThrow()
  await web2.startDocker()
  await service.serves(web2, service.revision)
  await web2.pauseDocker()
  expect((await ssh(web2, 'timeout 1 docker ps')).code).toBe(124)
  expect((await web2.http(PORT)).status).toBe(200)
  await web2.resumeDocker()
  expect((await ssh(web2, `docker ps -q --filter 'name=^/${service.name}$' | wc -l`)).stdout).toBe('1\n')
})

test('a full disk takes no byte more, and the other disks do', async () => {
  const small = await rig.service('rig-small', { port: 8007, hosts: [web2], disk: 'small', container: false })
  await web2.fillDisk()
  expect((await web2.probe(`cp /etc/hosts ${small.path}/file`)).stderr).toContain('No space left on device')
  await web2.asDeploy('echo x >file')
  await web2.freeDisk()
  await web2.exec(`echo x >${small.path}/file`)
})

test('the git host holds odd branch names, moved repositories and forced pushes', async () => {
  const repo = await rig.repo('odd')
  const first = await repo.commit({ files: { a: '1' } })
  const second = await repo.commit({ files: { a: '2' }, message: '<!channel> two' })
  await repo.createBranch('a;b')
  await repo.createBranch('a$(id)', first)
  const third = await repo.forcePush({ files: { b: '3' } })
  const moved = await repo.moveTo('odd-moved')
  const listed = await web1.asDeploy(`git ls-remote --heads ${moved.url}`)
  const lines = [`${first}\trefs/heads/a$(id)`, `${second}\trefs/heads/a;b`, `${third}\trefs/heads/main`]
  expect(listed.split('\n')).toEqual(lines)
  expect((await ssh(web1, `git ls-remote ${repo.url}`)).code).toBe(128)
})

function twoHosts(): readonly [RigHost, RigHost] {
  const [first, second] = rig.hosts
  if (first === undefined || second === undefined) throw new Error('these tests need two hosts')
  return [first, second]
}

async function pullAndTouch(host: RigHost, { path, touch, repo }: RigService): Promise<void> {
  await pull(host, { path, repo })
  // One second ahead: two touches in one second are one for uWSGI.
  await host.asDeploy(`touch -d '+1 second' ${path}/${touch}`)
}

async function pull(host: RigHost, { path, repo }: Pick<RigService, 'path' | 'repo'>): Promise<void> {
  await host.asDeploy(`git -C ${path} pull -q && echo ${await repo.revision()} >${path}/REVISION`)
}

function ssh(host: RigHost, command: string) {
  const options = [
    ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'IdentitiesOnly=yes', 'ConnectTimeout=5'],
    `UserKnownHostsFile=${rig.knownHostsFile}`,
  ]
  const words = [...options.flatMap(option => ['-o', option]), '-F', 'none', '-i', rig.sshKeyFile]
  return run(['ssh', ...words, '-p', String(host.port), `${host.user}@${host.address}`, command])
}

async function openLink(host: RigHost): Promise<Client> {
  const client = new Client()
  client.on('error', () => {})
  const ready = new Promise(resolve => client.once('ready', () => resolve(undefined)))
  const privateKey = await must(['cat', rig.sshKeyFile])
  client.connect({ host: host.address, port: host.port, username: host.user, privateKey: `${privateKey}\n` })
  await ready
  return client
}

function execute(client: Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let out = ''
      channel.on('data', (bytes: Buffer) => {
        out += bytes.toString()
      })
      channel.on('close', () => resolve(out))
    })
  })
}

function knock(host: RigHost): Promise<void> {
  const socket = connect(host.port, host.address)
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}
