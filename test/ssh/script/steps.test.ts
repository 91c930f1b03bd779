import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFacts } from '../../../src/plan/facts.ts'
import * as steps from '../../../src/plan/steps.ts'
import { Secret } from '../../../src/secret.ts'
import { quote } from '../../../src/ssh/quote.ts'
import { SCRIPTS } from '../../../src/ssh/scripts.ts'
import type { Step } from '../../../src/step.ts'
import { order, replica } from '../../plan/orders.ts'
import { openHostShell } from './shell.ts'

/** A git that cannot do one thing; 124 is what `timeout` says of a command that was too slow. */
const fails = (word: string, code = 128) => `case " $* " in *" ${word} "*) exit ${code} ;; esac`

describe('what a commit would overwrite', () => {
  it('is seen by a look', () => {
    const shell = openHostShell()
    const revision = shell.ahead({ new: 'theirs\n' })
    shell.write('new', 'mine\n')
    expect(
      shell.step('look', shell.checkout, '', revision, 'app', 'production', '1', '.reload').output,
    ).toContain('::td in-the-way yes')
    expect(readdirSync(join(shell.state, 'deployments/d1'))).toEqual([])
  })

  it.each([
    ['git fails', 128],
    ['git is too slow', 124],
  ])('is not taken for nothing when %s', (_, code) => {
    const shell = openHostShell()
    const revision = shell.ahead({ new: 'theirs\n' })
    shell.write('new', 'mine\n')
    shell.wrap('git', fails('--diff-filter=A', code))
    expect(
      shell.step('look', shell.checkout, '', revision, 'app', 'production', '1', '.reload').output,
    ).toMatch(/^::td git-error .+/m)
  })

  it('a HEAD that cannot be read is not taken for none', () => {
    const shell = openHostShell()
    shell.wrap('git', fails('rev-parse', 124))
    expect(shell.step('look', shell.checkout, '', '', 'app', 'production', '1', '.reload').output).toMatch(
      /^::td git-error .+/m,
    )
  })
})

describe('commits that a reset would lose', () => {
  const place = () => {
    const shell = openHostShell()
    const server = shell.git('rev-parse', 'HEAD')
    const ahead = shell.ahead({ page: 'two\n' })
    shell.git('reset', '-q', '--hard', ahead)
    const look = () =>
      shell.step('look', shell.checkout, '', server, 'app', 'production', '1', '.reload').output
    const keep = () => shell.step('keep', shell.checkout, '', server, 'd1').output
    return { shell, ahead, look, keep }
  }

  it('are kept when they are on this host only', () => {
    const { shell, ahead, look, keep } = place()
    expect(look()).toContain(`::td unmerged ${ahead}\n`)
    expect(keep()).toContain(`::td commits-kept refs/touchdown/discarded/d1-commits ${ahead}\n`)
    expect(shell.git('rev-parse', 'refs/touchdown/discarded/d1-commits')).toBe(ahead)
  })

  it('are none when a branch of the server holds them, as before a rollback', () => {
    const { shell, ahead, look, keep } = place()
    shell.git('update-ref', 'refs/remotes/origin/release', ahead)
    expect(look()).not.toContain('unmerged')
    expect(keep()).not.toContain('commits-kept')
  })

  it('are kept when git cannot say', () => {
    const { shell, ahead, look } = place()
    shell.git('update-ref', 'refs/remotes/origin/release', ahead)
    shell.wrap('git', fails('rev-list', 124))
    expect(look()).toContain(`::td unmerged ${ahead}\n`)
  })
})

describe('keep', () => {
  it('copies the files in the way, whatever their names, and names them', () => {
    const shell = openHostShell()
    const names = ['new', 'a folder/in it', '-n', 'two\nlines']
    const revision = shell.ahead(Object.fromEntries(names.map(name => [name, 'theirs\n'])))
    for (const name of names) shell.write(name, 'mine\n')
    const kept = shell.step('keep', shell.checkout, '', revision, 'd1')
    expect(kept).toMatchObject({ code: 0 })
    for (const name of names) {
      expect(readFileSync(join(shell.state, 'discarded/d1', name), 'utf8')).toBe('mine\n')
      expect(kept.output).toContain(`::td file-kept ${name.replace('\n', '?')}\n`)
    }
    expect(readdirSync(join(shell.state, 'deployments/d1'))).toEqual([])
  })

  it.each([
    ['which commit is checked out', 'rev-parse', 124],
    ['what was edited', 'status', 124],
    ['what the commit brings', '--diff-filter=A', 128],
    ['what was edited in a half-done merge', '--diff-filter=d', 124],
  ])('fails when git cannot say %s: nothing may be reset then', (_, word, code) => {
    const shell = openHostShell()
    const revision = shell.ahead({ new: 'theirs\n' })
    shell.write('page', 'edited\n')
    shell.write('new', 'mine\n')
    shell.wrap('git', `${fails('stash', 1)}\n${fails(word, code)}`)
    expect(shell.step('keep', shell.checkout, '', revision, 'd1').code).toBe(code)
  })

  it('fails when a file cannot be copied', () => {
    const shell = openHostShell()
    const revision = shell.ahead({ new: 'theirs\n' })
    shell.write('new', 'mine\n')
    shell.wrap('tar', 'exit 2')
    shell.wrap('cp', 'exit 2')
    expect(shell.step('keep', shell.checkout, '', revision, 'd1').code).not.toBe(0)
  })
})

describe('a look', () => {
  it.each(['flock', 'awk'])('names %s where a host lacks it', tool => {
    const { output } = openHostShell().run(
      `command() { [ "$2" != ${tool} ]; }; do_look . '' '' app production 1 page app`,
    )
    expect(output).toContain(`::td missing ${tool}\n`)
  })
})

describe('a path that is made', () => {
  const me = userInfo().username
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
  const cloned = (sudo: string, ...owner: readonly string[]) => {
    const shell = openHostShell()
    shell.wrap('sudo', `echo "$*" >>"$HOME/sudo"; ${sudo}`)
    const path = join(shell.home, 'made/app')
    const head = shell.git('rev-parse', 'HEAD')
    const ended = shell.step('clone', path, '', shell.checkout, head, '', ...owner)
    const asked = existsSync(join(shell.home, 'sudo')) ? readFileSync(join(shell.home, 'sudo'), 'utf8') : ''
    return { ...ended, path, asked }
  }
  const lets = 'shift; exec "$@"'

  it.each([
    ['its group', '', group, 0o2755],
    ['its owner', me, '', 0o755],
    ['both', me, group, 0o2755],
  ])('for %s is made as root, itself alone, before the clone', (_, user, named, mode) => {
    const { code, path, asked } = cloned(lets, user, named, 'as-root')
    expect(code).toBe(0)
    expect(asked).toBe(`-n install -d -m ${mode.toString(8)} -o ${me} -g ${group} ${path}\n`)
    expect(statSync(path).mode & 0o7777).toBe(mode)
  })

  it('for nobody in particular is made by its own user', () => {
    const { code, asked } = cloned(lets)
    expect({ code, asked }).toEqual({ code: 0, asked: '' })
  })

  it('where sudo refuses it is not made otherwise, and the line that sudoers needs is told', () => {
    const { code, output, path } = cloned(
      'echo "sudo: a password is required" >&2; exit 1',
      me,
      '',
      'as-root',
    )
    expect(code).toBe(77)
    expect(output).toContain(
      `into /etc/sudoers.d/touchdown: ${me} ALL=(root) NOPASSWD: /usr/bin/install -d -m 755 -o ${me} -g ${group} ${path}\n`,
    )
    expect(existsSync(path)).toBe(false)
  })

  it('for a group that is not there fails with the words of what failed, and not with a rule that is there', () => {
    const { code, output } = cloned(lets, '', 'no-such-group', 'as-root')
    expect(code).toBe(77)
    expect(output).toMatch(/invalid group '?no-such-group/)
    expect(output).not.toContain('sudoers')
  })

  it.each([
    ['in a folder', 'closed/app'],
    ['below a folder', 'closed/app/deeper'],
    ['behind a link into a folder', 'link'],
  ])('is never what is there already, unseen %s that is closed to git’s user', (_, name) => {
    const shell = openHostShell()
    const closed = join(shell.home, 'closed')
    const there = join(closed, 'app')
    mkdirSync(there, { recursive: true, mode: 0o700 })
    symlinkSync(there, join(shell.home, 'link'))
    // What root sees; git's user sees nothing in the closed folder and follows no link into it.
    const unseen = `"-n -u ${me} test -L $HOME/link") ;; *" test "*/closed/* | *" test -x "*/closed | *" test "*/link) exit 1`
    shell.wrap('sudo', `case "$*" in ${unseen} ;; esac\n[ "$2" != -u ] || shift 2\n${lets}`)
    const path = join(shell.home, name)
    const head = shell.git('rev-parse', 'HEAD')
    const { code, output } = shell.step('clone', path, me, shell.checkout, head, '', '', group, 'as-root')
    expect({ code, mode: statSync(there).mode & 0o7777 }).toEqual({ code: 77, mode: 0o700 })
    expect(output).toContain('cannot be entered by the user whom git runs as\n')
    expect(shell.step('place', path, me, '', group, 'as-root').output).toContain(
      `::td unseen ${name === 'link' ? path : closed}\n`,
    )
  })

  it.each([
    ['says so', [['root', '!authenticate', 'RULE']], true],
    ['allows everything', [['ALL', 'setenv, !authenticate', 'ALL']], true],
    ['says so as a pattern', [['root', '!authenticate', '/usr/bin/install -d *']], true],
    ['asks for a password', [['root', '', 'RULE']], false],
    [
      'asks for none as another user',
      [
        ['creator', '!authenticate', 'ALL'],
        ['root', '', 'RULE'],
      ],
      false,
    ],
    [
      'asks for none for another command',
      [
        ['root', '!authenticate', '/bin/ls'],
        ['root', '', 'RULE'],
      ],
      false,
    ],
    [
      'takes back a password',
      [
        ['root', '', 'ALL'],
        ['root', '!authenticate', 'RULE'],
      ],
      true,
    ],
    [
      'takes back that there is none',
      [
        ['root', '!authenticate', 'RULE'],
        ['root', '', 'ALL'],
      ],
      false,
    ],
  ])('can be made as root where sudo %s: %j', (_, rules, can) => {
    const shell = openHostShell()
    const path = join(shell.home, 'app')
    const line = `/usr/bin/install -d -m 2755 -o ${me} -g ${group} ${path}`
    const entries = rules.map(
      ([user, options, command]) =>
        `\nSudoers entry:\n    RunAsUsers: ${user}\n${options ? `    Options: ${options}\n` : ''}    Commands:\n\t${command === 'RULE' ? line : command}\n`,
    )
    const listed = `User ${me} may run the following commands on web1:\n${entries.join('')}`
    writeFileSync(join(shell.home, 'rules'), listed)
    shell.wrap('id', '[ "$1" != -u ] || { echo 1000; exit 0; }')
    shell.wrap('sudo', '[ "$2" != -ll ] || cat "$HOME/rules"; exit 0')
    const { output } = shell.step('place', path, '', me, group, 'as-root')
    expect(output.includes('::td make-rule')).toBe(!can)
  })

  it('can be made where the SSH user is root, whom sudo never asks, whatever its list says', () => {
    const shell = openHostShell()
    shell.wrap('id', '[ "$1" != -u ] || { echo 0; exit 0; }')
    shell.wrap('sudo', 'exit 0')
    const { output } = shell.step('place', join(shell.home, 'app'), '', me, group, 'as-root')
    expect(output).not.toContain('make-rule')
  })

  it('is not looked at where sudo asks for a password, although its list names the programs', () => {
    const shell = openHostShell()
    shell.wrap('sudo', '[ "$2" = -l ] || { echo "sudo: a password is required" >&2; exit 1; }; exit 0')
    expect(shell.step('place', join(shell.home, 'app'), me).output).toBe(
      '::td sudo-denied test stat ls mkdir timeout grep tee mv touch\n::td sudo-says sudo: a password is required\n',
    )
  })

  it('is looked at before: the line that sudoers needs, and a group that is not there', () => {
    const shell = openHostShell()
    const path = join(shell.home, 'app')
    shell.wrap('sudo', 'exit 1')
    const { output } = shell.step('place', path, '', me, 'no-such-group', 'as-root')
    expect(output).toContain('::td unknown-group no-such-group\n')
    expect(output).toContain(
      `::td make-rule ${me} ALL=(root) NOPASSWD: /usr/bin/install -d -m 2755 -o ${me} -g`,
    )
    const rule = `Sudoers entry:\\n RunAsUsers: root\\n Options: !authenticate\\n Commands:\\n ALL\\n`
    shell.wrap('sudo', `[ "$2" != -ll ] || printf '${rule}'; exit 0`)
    expect(shell.step('place', path, '', me, '', 'as-root').output).not.toMatch(/make-rule|unknown|closed/)
    // What is there already is left as it is.
    shell.wrap('sudo', 'exit 1')
    expect(shell.step('place', shell.home, '', me, '', 'as-root').output).not.toMatch(/make-rule/)
  })
})

describe('a look at several containers', () => {
  it('says which of their reload files the commit changes, and what runs for the target', () => {
    const shell = openHostShell()
    shell.wrap('docker', `case $1 in ps) echo app-1; echo app-3; exit ;; *) echo '[]'; exit ;; esac`)
    const revision = shell.ahead({ '.reload-2': 'new', page: 'two' })
    const files = ['2', '.reload-1', '.reload-2']
    const { output } = shell.step(
      'look',
      shell.checkout,
      '',
      revision,
      'app',
      'production',
      ...files,
      'app-1',
      'app-2',
    )
    expect(readFacts(output)).toMatchObject({ touchInDiff: ['.reload-2'], running: ['app-1', 'app-3'] })
  })
})

describe('the limits of a step', () => {
  const app = replica()
  const stop = { ...app.group.stop, graceMs: 600_000 }
  const patient = { ...app, group: { ...app.group, stop, healthyMs: 600_000, startupMs: 600_000 } }
  const crowd = order({ groups: [{ ...app.group, replicas: 20 }] })
  const registry = { name: 'r', username: 'u', password: { secret: 'S' } }
  const source = (image: string) => ({ image, registry })
  it.each<[string, Step]>([
    ['clone', steps.clone(order(), true)],
    ['fetch', steps.fetch(order())],
    ['keep', steps.keep(order(), 'd1')],
    ['reset', steps.reset(order())],
    ['start', steps.start(app)],
    ['unpause', steps.unpause(app)],
    ['restart', steps.restart(app)],
    ['restart after the longest grace', steps.restart(patient)],
    ['run', steps.run(app, ['a', 'b'], new Secret(''), [])],
    ['mount', steps.mount(app, order(), 'memo')],
    ['preflight', steps.preflight(app, ['true'])],
    ['touch', steps.touch(order(), '.reload')],
    ['pull', steps.pull([source('a'), source('b'), source('c')], () => 'secret')],
    ['create', steps.create(order(), app, ['a', 'b'], new Secret(''), [])],
    ['swap', steps.swap(app)],
    ['swap with the longest times', steps.swap(patient)],
    ['swap-back', steps.swapBack(app)],
    ['swap-back with the longest times', steps.swapBack(patient)],
    ['prune', steps.prune(order())],
    ['prune of many', steps.prune(crowd)],
    ['a hook', steps.hook('before_replace', app, ['{port:1}', '{port:2}'])],
  ])('%s: all its commands on the host end before the bot stops waiting', (_, { call, limitMs }) => {
    const [name, ...words] = call
    const spent = ['', 'fetch', 'cat-file', 'stash', '*', 'silent'].map(failing => {
      const shell = openHostShell()
      // Every command takes all the time that it may, and goes well but for this one.
      shell.run(`: >"$HOME/limits"
        spent() { awk '{ all += $1 + 5 } END { print all + 0 }' "$HOME/limits"; }
        seconds() { spent; }
        sleep() { :; }
        # A Docker that does not answer for almost as long as is waited for it, from the moment something has been changed.
        silent() { [ "${failing}" = silent ] && [ -s "$HOME/since" ] && [ "$(spent)" -lt $(($(cat "$HOME/since") + 290)) ]; }
        [ ${name} != swap_back ] || echo 0 >"$HOME/since"
        see() { timeout -k 5 20; ! silent || return 2; seen_id=$1 seen_state=running seen_restarts=0 seen_health=starting; }
        T=$RUN; echo 'new old before always running' >$T/swap.creator
        timeout() {
          shift 2; echo "$1" >>"$HOME/limits"; echo x
          case " $* " in *' docker '*' update '* | *' docker stop '*) [ -s "$HOME/since" ] || spent >"$HOME/since" ;; esac
          case " $* " in *" "${failing}" "*) return 1 ;; esac
          ! silent
        }
        do_${name} ${words.map(word => quote(word instanceof Secret ? word.reveal() : word)).join(' ')}
        spent >"$HOME/spent"`)
      return Number(readFileSync(join(shell.home, 'spent'), 'utf8'))
    })
    expect(Math.max(...spent)).toBeLessThan(limitMs / 1000)
  })

  it('restart: Docker is not stopped before the grace of the container is over', () => {
    const shell = openHostShell()
    const { code, output } = shell.run('timeout() { echo "$@"; }; do_restart app 300')
    expect({ code, output }).toEqual({ code: 0, output: '-k 5 360 docker restart -t 300 app\n' })
  })

  it('a fetch that was ended by its limit is told as that, not as a commit that is gone', () => {
    const shell = openHostShell()
    shell.wrap('git', fails('fetch', 124))
    const gone = ['fetch', shell.checkout, '', shell.checkout, 'b'.repeat(40)] as const
    expect(shell.step(...gone, '').code).toBe(124)
    expect(shell.step(...gone, 'main').code).toBe(124)
  })
})

describe('the reload file', () => {
  it('that is a link: the time of the file behind it grows', () => {
    const shell = openHostShell()
    shell.write('shared/reload', '')
    const target = join(shell.checkout, 'shared/reload')
    utimesSync(target, 1, 1)
    symlinkSync('shared/reload', join(shell.checkout, '.reload'))
    expect(shell.step('touch', shell.checkout, '', '.reload')).toEqual({ code: 0, output: '' })
    expect(statSync(target).mtimeMs).toBeGreaterThan(1_000)
  })
})

describe('an origin that is corrected', () => {
  it.each([
    ['https://ci:t0ken@old.example.com/app.git', 'https://…@old.example.com/app.git'],
    ['https://t0ken@old.example.com/app.git', 'https://…@old.example.com/app.git'],
    ['https://old.example.com/a@b.git', 'https://old.example.com/a@b.git'],
    ['git@old.example.com:app.git', 'git@old.example.com:app.git'],
  ])('%s leaves the host without what only it may know', (found, told) => {
    const shell = openHostShell()
    shell.git('remote', 'add', 'origin', found)
    const head = shell.git('rev-parse', 'HEAD')
    const { code, output } = shell.step('fetch', shell.checkout, '', shell.checkout, head, '')
    expect(code).toBe(0)
    expect(output).toBe(`::td origin-corrected ${told}\n`)
    expect(shell.git('remote', 'get-url', 'origin')).toBe(shell.checkout)
  })
})

describe('an index.lock', () => {
  const locked = (minutes: number) => {
    const shell = openHostShell()
    const lock = join(shell.checkout, '.git/index.lock')
    shell.write('.git/index.lock', '')
    const then = Date.now() / 1000 - minutes * 60
    utimesSync(lock, then, then)
    const reset = ['reset', shell.checkout, '', shell.git('rev-parse', 'HEAD')].map(quote).join(' ')
    return { shell, reset: `do_${reset}`, isThere: () => existsSync(lock) }
  }

  it('that a git left behind ten minutes ago is taken away, and that is said (C16)', () => {
    const { shell, reset, isThere } = locked(11)
    const ended = shell.run(`git_runs() { return 1; }; ${reset}`)
    expect(ended.code).toBe(0)
    expect(ended.output).toContain('::td index-lock-removed\n')
    expect(isThere()).toBe(false)
  })

  it('stays while a git runs on the host, whoever started it (C16)', () => {
    const { shell, reset, isThere } = locked(11)
    // A git that has answered once and waits for more input, as one waits for an editor.
    const ended = shell.run(`mkfifo "$HOME/pipe"
      git -C "$HOME/checkout" cat-file --batch-check <"$HOME/pipe" >"$HOME/answer" &
      exec 3>"$HOME/pipe"; echo HEAD >&3; until [ -s "$HOME/answer" ]; do :; done
      ${reset}; code=$?; exec 3>&-; wait; exit $code`)
    expect(ended.code).toBe(128)
    expect(ended.output).toContain('index.lock')
    expect(isThere()).toBe(true)
  })

  it('that is younger stays, whatever runs (C16)', () => {
    const { shell, reset, isThere } = locked(9)
    expect(shell.run(`git_runs() { return 1; }; ${reset}`).code).toBe(128)
    expect(isThere()).toBe(true)
  })
})

describe('the session', () => {
  it('clears away what a look left that was killed, and not what another one has', () => {
    const shell = openHostShell()
    for (const name of ['look.killed', 'look.running']) mkdirSync(join(shell.state, name))
    utimesSync(join(shell.state, 'look.killed'), 1, 1)
    expect(shell.run('id=look; begin_look').code).toBe(0)
    expect(readdirSync(shell.state).sort()).toEqual(['deployments', 'look.running'])
  })

  it('has exit codes of its own, and the first lines of steps.sh and swap.sh name them all', () => {
    const text = (name: string) => readFileSync(`src/ssh/${name}`, 'utf8')
    const header = ['steps.sh', 'swap.sh'].map(name => text(name).split(/^[^#]/m)[0]).join('')
    const codes = (source: string, pattern: RegExp) =>
      [...new Set([...source.matchAll(pattern)].map(([, code]) => Number(code)))].sort()
    const returned = codes(
      SCRIPTS.map(name => text(`${name}.sh`)).join('\n'),
      /\b(?:return|taken=|code=)\s?([1-9][0-9])\b/g,
    )
    expect(codes(header, /\b([1-9][0-9])\b/g)).toEqual(returned)
  })
})
