import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBot, type TestBot } from './bot.ts'
import { recordsOf } from './records.ts'
import { until } from './rig/command.ts'
import type { RigHost } from './rig/host.ts'
import type { RigService } from './rig/service.ts'
import { sharedRig } from './shared-rig.ts'
import { stepsIn, stepsNamed } from './steps-told.ts'

const rig = sharedRig()
const [web1, web2, web3] = rig.hosts
if (!web1 || !web2 || !web3) throw new Error('the rig has fewer than three hosts')

let app: RigService
let odd: Record<'per-request' | 'slow-import' | 'legacy' | 'supervisor' | 'chain' | 'owned', RigService>
let grown: RigService
let bot: TestBot

beforeAll(async () => {
  const one = [web1]
  app = await rig.service('app', { hosts: [web1, web2], port: 8820 })
  odd = {
    'per-request': await rig.service('per-request', { hosts: one, port: 8821, variant: 'per-request' }),
    'slow-import': await rig.service('slow-import', {
      ...{ hosts: one, port: 8822, variant: 'slow-import' },
      files: { 'page.py': boots(7, 'asleep') },
    }),
    legacy: await rig.service('legacy', { hosts: one, port: 8823, variant: 'legacy' }),
    supervisor: await rig.service('supervisor', { hosts: one, port: 8824, variant: 'supervisor' }),
    chain: await rig.service('chain', { hosts: one, port: 8825, variant: 'chain' }),
    owned: await rig.service('owned', { hosts: one, port: 8826, runAs: 'creator' }),
  }
  grown = await rig.service('grown', { hosts: [web2], port: 8827 })
  bot = await startBot({
    rig,
    services: [app, grown, ...Object.values(odd)],
    changes: { grown: { hosts: ['web2', 'web3'] }, 'slow-import': { preflight: undefined } },
  })
})
afterAll(() => bot?.stop())

const short = (revision: string) => revision.slice(0, 7)
const git = (host: RigHost, service: RigService, words: string) =>
  host.asDeploy(`git -C ${service.path} ${words}`)

const lastId = () => recordsOf(bot).deployments.at(-1)?.id ?? ''

/** A page that takes its time to be imported. */
const boots = (seconds: number, colour: string) =>
  `import time\ntime.sleep(${seconds})\nCOLOUR = "${colour}"\n`

/** Says how often the container's pid 1 has reloaded. */
const reloadsOf = ({ name }: RigService) =>
  `docker exec ${name} sh -c 'cat /proc/1/environ' | tr '\\0' '\\n' | grep UWSGI_RELOADS || echo none`

describe('a new commit', () => {
  it('is served by both hosts, proved, by the steps that a dry run named, and told step by step with one broadcast', async () => {
    const revision = await app.recolour('red')
    const { answer } = await bot.say('app --dry-run')
    const dryRun = await bot.slack.waitFor(() => /Nothing was changed/.test(answer()) && answer())
    const since = [web1, web2].map(host => host.journal().length)
    const thread = await bot.deploy('app')
    for (const [index, host] of [web1, web2].entries()) {
      await app.serves(host, revision)
      const ran = stepsIn(host.journal().slice(since[index]))
      expect(ran).toEqual(['fetch', 'reset', 'mount', 'preflight', 'touch'])
      expect(stepsNamed(dryRun, host.name)).toEqual(ran)
    }
    expect(thread.parent).toMatch(
      new RegExp(`app succeeded: serving ${short(revision)} on 2/2 hosts, proved, \\d+\\.\\d s`),
    )
    expect(thread.broadcasts).toHaveLength(1)
    expect(thread.broadcasts[0]).toContain('succeeded')
    for (const host of ['web1', 'web2']) {
      for (const step of ['look', 'fetch', 'reset', 'preflight', 'touch', 'verify']) {
        expect(thread.text).toMatch(new RegExp(`${host}.*\\b${step}\\b.* \\d+\\.\\d+ s`))
      }
    }
    expect(web1.read('/srv/app/REVISION')).toBe(`${revision}\n`)
    expect(await git(web1, app, 'status --porcelain')).toBe('')
  })

  it('that is deployed again is touched again, and its reload is counted', async () => {
    const thread = await bot.deploy('app')
    expect(thread.parent).toMatch(/app succeeded: .*reload seen/)
    expect(thread.parent).not.toMatch(/, proved/)
  })

  it('reaches one host when only that one is named', async () => {
    const before = (await web2.http(app.port)).revision
    const revision = await app.recolour('only-web1')
    expect((await bot.deploy('app on web1')).parent).toContain('on 1/1 hosts')
    await app.serves(web1, revision)
    expect((await web2.http(app.port)).revision).toBe(before)
  })

  it('whose preflight fails is put back and never reloaded', async () => {
    const before = (await web1.http(app.port)).revision
    await app.repo.commit({ files: { 'page.py': 'this is no python\n' }, message: 'Break the page' })
    const thread = await bot.deploy('app')
    expect(thread.text).not.toContain('succeeded')
    expect(thread.parent).toMatch(/app failed at preflight on web1/)
    expect(thread.text).toContain('SyntaxError')
    expect((await web1.http(app.port)).revision).toBe(before)
    expect(await git(web1, app, 'rev-parse HEAD')).toContain(before)
    const mended = await app.recolour('mended')
    await bot.deploy('app')
    await app.serves(web2, mended)
  })
})

describe('what is in the way on a host', () => {
  it('local edits, untracked files and a detached HEAD are kept and named, then the commit is served', async () => {
    await git(web1, app, 'checkout -q --detach HEAD')
    await web1.asDeploy(`cd ${app.path} && echo '# hot fix' >>wsgi.py && echo mine >new.txt`)
    const revision = await app.repo.commit({ files: { 'new.txt': 'theirs\n' }, message: 'Bring new.txt' })
    const thread = await bot.deploy('app')
    expect(thread.parent).toContain('succeeded')
    expect(thread.text).toMatch(/refs\/touchdown\/discarded\//)
    expect(thread.text).toContain('new.txt')
    expect(web1.read(`${app.path}/new.txt`)).toBe('theirs\n')
    const kept = await web1.asDeploy('cat .touchdown/discarded/*/new.txt')
    expect(kept.trim()).toBe('mine')
    const ref = (await git(web1, app, 'for-each-ref --format="%(refname)" refs/touchdown/discarded'))
      .trim()
      .split('\n')
    expect(await git(web1, app, `show ${ref[0]}:wsgi.py`)).toContain('# hot fix')
    await app.serves(web1, revision)
  })

  it('the index.lock of a git that died is removed once nobody can be using it, and that is said (C16)', async () => {
    const lock = `${app.path}/.git/index.lock`
    await web1.asDeploy(`touch -d '-11 minutes' ${lock}`)
    const pid = await web1.asDeploy(
      `mkfifo waits; git -C ${app.path} cat-file --batch <>waits >/dev/null 2>&1 & echo $!`,
    )
    const revision = await app.recolour('locked')
    const refused = await bot.deploy('app on web1')
    expect(refused.parent).toContain('failed at reset on web1: another git process holds a lock')
    expect(await web1.asDeploy(`ls ${lock}`)).toBe(lock)
    await web1.exec(`kill ${pid}; timeout 10 tail -f /dev/null --pid=${pid}`)

    const thread = await bot.deploy('app')
    expect(thread.parent).toContain('succeeded')
    expect(thread.text).toContain(`a git that had died left ${lock}, so it was removed`)
    await app.serves(web1, revision)
  })

  it('another origin is corrected and said so, without its token', async () => {
    await git(web1, app, 'remote set-url origin https://ci:t0ken@127.0.0.1:1/gone.git')
    const revision = await app.recolour('moved')
    const thread = await bot.deploy('app')
    expect(thread.parent).toContain('succeeded')
    expect(thread.text).toContain('gone.git')
    expect(JSON.stringify(recordsOf(bot).eventsOf(lastId()))).not.toContain('t0ken')
    expect((await git(web1, app, 'remote get-url origin')).trim()).toBe(app.repo.url)
    await app.serves(web1, revision)
  })

  it('a force-pushed branch is followed, and what was there before can be found', async () => {
    const before = (await web1.http(app.port)).revision
    const revision = await app.repo.forcePush({
      files: { 'page.py': 'COLOUR = "forced"\n' },
      message: 'Force',
    })
    const thread = await bot.deploy('app')
    expect(thread.text).toContain('succeeded')
    await app.serves(web2, revision)
    expect(await git(web2, app, 'for-each-ref refs/touchdown/discarded')).toContain(before)
  })
})

describe('a container', () => {
  it('that is stopped is started, and serves the new commit', async () => {
    await web1.exec('docker stop -t 1 app')
    const revision = await app.recolour('started')
    const thread = await bot.deploy('app')
    expect(thread.parent).toContain(`serving ${short(revision)} on 2/2 hosts, proved`)
    expect(thread.text).toMatch(/web1.*start/)
  })

  it('that is paused goes on, and reloads', async () => {
    await web1.exec('docker pause app')
    const revision = await app.recolour('unpaused')
    const thread = await bot.deploy('app')
    expect(thread.parent).toContain(`serving ${short(revision)} on 2/2 hosts, proved`)
    expect(thread.text).toMatch(/web1.*unpause/)
  })

  it('that sees a folder which is no longer there is restarted with the new one', async () => {
    await web1.exec(`mv ${app.path} ${app.path}.old && install -d -o deploy -g deploy ${app.path}`)
    const revision = await app.recolour('re-made')
    const thread = await bot.deploy('app')
    expect(thread.parent).toContain(`serving ${short(revision)} on 2/2 hosts, proved`)
    expect(thread.text).toMatch(/web1.*clone/)
    expect(thread.text).toMatch(/web1.*restart/)
  })

  it('that is absent is made from the recorded digest, on a host without a checkout, too', async () => {
    const first = await grown.recolour('first')
    await bot.deploy('grown on web2')
    await grown.serves(web2, first)
    await web3.exec(`install -d -o deploy -g deploy ${grown.path}`)
    const second = await grown.recolour('second')
    const thread = await bot.deploy('grown')
    expect(thread.parent).toContain(`serving ${short(second)} on 2/2 hosts, proved`)
    await grown.serves(web3, second)
    const labels = await web3.exec(`docker inspect --format '{{json .Config.Labels}}' grown`)
    expect(JSON.parse(labels)).toMatchObject({
      'touchdown.service': 'grown',
      'touchdown.revision': second,
      'touchdown.by': 'U01ALICE',
    })
  })

  it('that restarts for ever is not deployed to; its logs are shown', async () => {
    const image = rig.image.reference
    await web2.exec(
      `docker rm -f grown; docker run -d --name grown --restart always ${image} sh -c 'echo why it ends; exit 3'`,
    )
    await until(
      'the restart loop',
      async () =>
        (await web2.exec('docker inspect --format "{{.State.Status}} {{.RestartCount}}" grown')).startsWith(
          'restarting',
        ) || undefined,
    )
    await grown.recolour('third')
    const thread = await bot.deploy('grown')
    expect(thread.text).not.toContain('succeeded')
    expect(thread.text).toContain('why it ends')
    await web2.exec('docker rm -f grown')
    await grown.runContainer(web2)
  })
})

describe('what a service can prove', () => {
  it('reads REVISION at each request: its answer proves nothing, its reload is counted', async () => {
    const revision = await odd['per-request'].recolour('red')
    const thread = await bot.deploy('per-request')
    expect(thread.parent).toMatch(/succeeded: .*reload seen/)
    expect(thread.parent).not.toMatch(/, proved/)
    await odd['per-request'].serves(web1, revision)
  })

  it('has pid 1 of its own above uWSGI: the same commit again is counted, too', async () => {
    await odd.supervisor.recolour('red')
    expect((await bot.deploy('supervisor')).parent).toContain(', proved')
    expect((await bot.deploy('supervisor')).parent).toMatch(/reload seen/)
  })

  it('reloads its workers one by one: served, and nothing lost', async () => {
    const revision = await odd.chain.recolour('red')
    expect((await bot.deploy('chain')).parent).toContain(`serving ${short(revision)} on 1/1 hosts, proved`)
  })

  it('belongs to another user: git and touch go through sudo', async () => {
    const revision = await odd.owned.recolour('red')
    expect((await bot.deploy('owned')).parent).toContain(', proved')
    await odd.owned.serves(web1, revision)
    expect((await web1.exec(`stat -c %U ${odd.owned.path}/REVISION ${odd.owned.path}/page.py`)).trim()).toBe(
      'creator\ncreator',
    )
  })
})

describe('a checkout that only its own user may enter', () => {
  it('loses nothing: edits and files in the way are kept in the SSH user’s own folder', async () => {
    const { owned } = odd
    await web1.exec(`chmod 700 ${owned.path} && cd ${owned.path} && echo '# hot fix' >>wsgi.py && echo mine >new.txt
      chown creator:creator new.txt`)
    const files = { 'new.txt': 'theirs\n', 'page.py': 'COLOUR = "closed"\n' }
    const revision = await owned.repo.commit({ files, message: 'Bring new.txt' })
    const thread = await bot.deploy('owned')
    expect(thread.parent).toContain(', proved')
    await owned.serves(web1, revision)
    expect(web1.read(`${owned.path}/new.txt`)).toBe('theirs\n')
    expect(await web1.asDeploy(`cat .touchdown/discarded/${lastId()}/new.txt`)).toBe('mine')
    const ref = `refs/touchdown/discarded/${lastId()}`
    expect(await web1.exec(`runuser -u creator -- git -C ${owned.path} show ${ref}:wsgi.py`)).toContain(
      '# hot fix',
    )
  })
})

describe('a touch that could be lost', () => {
  it('in the same second as the last one makes the time grow all the same', async () => {
    for (const colour of ['one', 'two']) {
      const before = await web1.exec(reloadsOf(app))
      await web1.asDeploy(`touch -d '+1 hour' ${app.path}/.reload`)
      await until('that reload', async () => (await web1.exec(reloadsOf(app))) !== before || undefined)
      const revision = await app.recolour(`same-second-${colour}`)
      expect((await bot.deploy('app on web1')).parent).toContain(', proved')
      await app.serves(web1, revision)
    }
  })

  it('while uWSGI boots is made again', async () => {
    const slow = odd['slow-import']
    const before = await web1.exec(reloadsOf(slow))
    await web1.asDeploy(`touch ${slow.path}/.reload`)
    // Its master has begun anew with the old code: it imports for 7 s, and a touch meanwhile is forgotten.
    await until('it boots', async () => (await web1.exec(reloadsOf(slow))) !== before || undefined)
    const revision = await slow.repo.commit({ files: { 'page.py': boots(7, 'awake') }, message: 'Wake up' })
    const thread = await bot.deploy('slow-import')
    expect(thread.parent).toContain(', proved')
    expect(thread.text).toMatch(/touched again/)
    await slow.serves(web1, revision)
  })

  it('because the reload file itself is in the commit: that reload passes first', async () => {
    const { legacy } = odd
    const ini = web1.read(`${legacy.path}/uwsgi.ini`)
    const revision = await legacy.repo.commit({
      files: { 'uwsgi.ini': `${ini}# changed\n`, 'page.py': 'COLOUR = "ini"\n' },
      message: 'Change the ini',
    })
    const thread = await bot.deploy('legacy')
    expect(thread.parent).toContain(', proved')
    expect(thread.text).toContain('uwsgi.ini')
    await legacy.serves(web1, revision)
  })
})
