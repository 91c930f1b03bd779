# What steps do on a host, one function each. `say` writes a line that the bot understands; everything else is for people.
# Exit codes of our own: 65 commit not on the server · 69 fetch failed · 70 HEAD is not what was ordered · 74 the reload
# file's time did not grow · 77 the path cannot be made. Of session.sh: 73 our own files cannot be written · 75 somebody else
# has the lock · 96 and 97 the fence. 124: a command's own time limit.

say() { printf '::td %s\n' "$*"; }

# in_checkout path user: where and as whom the commands below act.
in_checkout() { DIR=$1 AS=$2; }

# sudo is outside timeout, so that what is stopped is the command and never sudo alone.
as() { if [ -n "$AS" ]; then sudo -n -u "$AS" "$@"; else "$@"; fi; }

# inside command…: in the checkout, which only its own user may be able to enter. 2: it cannot be entered.
inside() { as timeout -k 5 60 sh -c 'cd "$1" || exit 2; shift; exec "$@"' sh "$DIR" "$@"; }

# g limit_s arguments…: git, with no hooks, no gc, no prompt, no DNS (git asks it for the host's name when the e-mail is unset),
# and our locks are not inherited by the connection that ssh keeps.
g() {
  limit=$1
  shift
  as timeout -k 5 "$limit" env GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=true GIT_ALLOW_PROTOCOL=ssh:https:http:git:file \
    GIT_COMMITTER_NAME=touchdown GIT_COMMITTER_EMAIL=touchdown@localhost \
    GIT_AUTHOR_NAME=touchdown GIT_AUTHOR_EMAIL=touchdown@localhost GIT_SSH_COMMAND="$GIT_LINK" \
    git -c core.hooksPath=/dev/null -c gc.auto=0 -c maintenance.auto=false -c advice.detachedHead=false \
    -c protocol.ext.allow=never -c submodule.recurse=false -C "$DIR" "$@"
}

# A fresh SSH connection costs a fetch 160–260 ms, a kept one 16 ms. Another user cannot use our socket's folder.
GIT_BASE='ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o StrictHostKeyChecking=yes'
GIT_LINK="$GIT_BASE 8>&- 9>&-"
keep_link() {
  [ -n "$AS" ] || GIT_LINK="$GIT_BASE -o ControlMaster=auto -o ControlPath=$STATE/git-%C -o ControlPersist=15m 8>&- 9>&-"
}
drop_link() {
  rm -f "$STATE"/git-*
  GIT_LINK="$GIT_BASE 8>&- 9>&-"
}

# look path user revision service environment count touch… container…: facts, read only. Docker is asked while git is.
do_look() {
  in_checkout "$1" "$2"
  revision=$3 service=$4 environment=$5 count=$6 touches=
  shift 6
  while [ "$count" -gt 0 ]; do
    touches=$touches$1$NL count=$((count - 1))
    shift
  done
  timeout -k 5 15 docker inspect --type container "$@" >"$RUN/docker.json" 2>"$RUN/docker.err" &
  docker=$!
  timeout -k 5 15 docker ps --filter "label=touchdown.service=$service" --filter "label=touchdown.environment=$environment" \
    --format '{{.Names}}' >"$RUN/running" 2>/dev/null &
  running=$!
  missing=
  for tool in git docker flock timeout stat xargs tar find awk; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
  say "missing$missing"
  look_checkout
  wait "$docker"
  # 1: some of the containers are not there. An engine that hangs says nothing at all.
  [ $? -lt 124 ] || echo 'Docker did not answer within 15 s' >>"$RUN/docker.err"
  [ ! -e "$STATE/lock" ] || flock -n "$STATE/lock" true 8>&- || say "holder $(cat "$STATE/holder" 2>/dev/null)"
  [ -z "$T" ] || cat "$T"/mount.* 2>/dev/null | sed 's/^/::td mount-known /'
  look_drained "$STATE/targets/$service.$environment"
  wait "$running"
  sed 's/^/::td running /' "$RUN/running"
  say "docker-error $(grep -v -i 'no such' "$RUN/docker.err" | head -n 3 | tr '\n' ' ')"
  say docker
  cat "$RUN/docker.json"
  rm -f "$RUN/docker.json" "$RUN/docker.err" "$RUN/running"
}

# look_drained folder: which containers a hook has drained and none has let in, and since when.
look_drained() {
  for note in "$1"/drained.*; do
    [ ! -e "$note" ] || say "drained ${note#"$1"/drained.} $(date -u -r "$note" +%Y-%m-%dT%H:%M:%SZ)"
  done
}

look_checkout() {
  if as test -e "$DIR/.git"; then
    say checkout repo
    say "inode $(as stat -c %d:%i "$DIR")"
    # sudo may warn on stderr although all went well.
    head=$(g 20 rev-parse -q --verify HEAD 2>"$RUN/git.err")
    code=$?
    # 1 without a word: no commit yet.
    [ $code = 0 ] || [ "$code$(cat "$RUN/git.err")" = 1 ] ||
      say "git-error git could not say what is checked out (exit code $code) $(tr '\n' ' ' <"$RUN/git.err")"
    rm -f "$RUN/git.err"
    say "head $head"
    say "origin $(g 20 config --get remote.origin.url)"
    [ -z "$head" ] || look_edits
    [ -n "$revision" ] || return 0
    g 20 cat-file -e "$revision^{commit}" 2>/dev/null && look_revision
  elif as test -d "$DIR"; then
    if [ -z "$(as ls -A "$DIR")" ]; then say checkout empty; else say checkout other; fi
  elif as test -e "$DIR"; then say checkout other
  else say checkout none; fi
}

# A status that fails is no clean checkout. Without the lock it refreshes nothing, so a full disk does not make it fail.
look_edits() {
  edits=$(g 30 --no-optional-locks status --porcelain --untracked-files=no 2>/dev/null) || say 'git-error git status failed or took more than 30 s'
  [ -z "$edits" ] || say changed yes
}

# What a reset to the revision would lose, and whether it would touch the reload file by itself.
look_revision() {
  say has yes
  base=$head
  [ -n "$base" ] || base=4b825dc642cb6eb9a060e54bf8d69288fbee4904
  ! has_own_commits || say "unmerged $head"
  [ "$base" = "$revision" ] || {
    if in_the_way; then [ ! -s "$RUN/in-the-way" ] || say in-the-way yes
    else say "git-error git could not say which files the commit brings (exit code $?)"; fi
    rm -f "$RUN/in-the-way"
    printf %s "$touches" | while read -r touch; do
      g 20 diff --quiet "$base" "$revision" -- "$touch" </dev/null || say "touch-in-diff $touch"
    done
  }
}

# Whether HEAD has commits that neither the revision nor a branch of the server, as last fetched, holds. A git that cannot say is
# taken for yes.
has_own_commits() {
  [ -n "$head" ] && [ "$head" != "$revision" ] || return 1
  own=$(g 20 rev-list -n 1 "$head" --not "$revision" --remotes=origin) || return 0
  [ -n "$own" ]
}

# Untracked files that the revision brings: `reset --hard` would delete them without a word. Into $RUN/in-the-way, each name
# ended by NUL; through files, because a pipeline forgets that git failed.
in_the_way() {
  g 30 diff -z --name-only --no-renames --diff-filter=A "$base" "$revision" >"$RUN/brought" &&
    inside xargs -0 -r sh -c '
    for f; do
      p=$f
      while [ "$p" != . ]; do [ -L "$p" ] || [ -f "$p" ] && { printf "%s\0" "$p"; break; }; p=$(dirname "$p"); done
      [ -d "$f" ] && [ ! -L "$f" ] && printf "%s\0" "$f"
    done; :' sh <"$RUN/brought" >"$RUN/in-the-way"
  code=$?
  rm -f "$RUN/brought"
  return $code
}

# clone path user repo revision branch [owner group as-root]: only into a folder that is absent or empty; a container that mounts
# it sees nothing new until it is restarted, so an empty folder is filled in place.
do_clone() {
  in_checkout "$1" "$2"
  begin_fetching
  as test -d "$DIR" || make_path "$6" "$7" "$8" || return 77
  keep_link
  g 30 init -q && g 30 remote add origin "$3" && fetch_commit "$4" "$5"
}

# make_path owner group as-root: the folder alone is made for them; whatever exists is left as it is.
make_path() {
  if [ -z "$3" ]; then
    as mkdir -p "$DIR" || { echo "cannot make $DIR: create it for this user, or let sudo"; return 77; }
    return
  fi
  # `install -d` gives away what is there already, and root would find it where git's user sees nothing.
  find_parent || { echo "$parent cannot be entered by the user whom git runs as"; return 77; }
  made_for "$1" "$2"
  made=$(by_root 2>&1) && return
  printf '%s\n' "$made"
  case $made in install:*) ;; *) echo "into /etc/sudoers.d/touchdown: $(make_rule)" ;; esac
  return 77
}

# find_parent: the path or what is there of its parents, into $parent. 1: no folder that can be entered, so that there may be more.
find_parent() {
  parent=$DIR
  until as test -e "$parent" || as test -L "$parent" || [ "$parent" = / ]; do parent=$(dirname "$parent"); done
  as test -d "$parent" && as test -x "$parent"
}

# made_for owner group: none means git's own user, and that user's group. What is cloned into a folder with a group that was
# named gets that group, too.
made_for() {
  owner=${1:-${AS:-$(id -un)}} mode=755
  group=${2:-$(id -gn "$owner")}
  [ -z "$2" ] || mode=2755
}
# by_root [-l]: makes it, or asks sudo whether that may be done.
by_root() { sudo -n "$@" install -d -m "$mode" -o "$owner" -g "$group" "$DIR"; }
make_rule() { echo "$(id -un) ALL=(root) NOPASSWD: $(made_by)"; }
made_by() { echo "$(command -v install) -d -m $mode -o $owner -g $group $DIR"; }

# fetch path user repo revision branch: the branch first, the bare commit second; never --depth, tags or submodules.
do_fetch() {
  in_checkout "$1" "$2"
  begin_fetching
  keep_link
  fetch_origin=$(g 20 config --get remote.origin.url)
  [ "$fetch_origin" = "$3" ] || {
    if [ -n "$fetch_origin" ]; then g 20 remote set-url origin "$3"; else g 20 remote add origin "$3"; fi || return
    # A token may stand before the host's name; it stays here.
    say "origin-corrected $(printf '%s' "$fetch_origin" | sed 's#^\([^/]*//\)[^/]*@#\1…@#')"
  }
  fetch_commit "$4" "$5"
}

# All tries together end before the bot's own limit for the step, so that it hears what was wrong. Not by the time of day,
# which may jump.
begin_fetching() { fetch_until=$(($(seconds) + 720)); }
seconds() { read -r up _ </proc/uptime && echo "${up%.*}"; }

# fetch_ref refspec
fetch_ref() {
  left=$((fetch_until - $(seconds)))
  [ $left -gt 0 ] || return 124
  g $left fetch -q --no-tags --no-recurse-submodules origin "$1"
}

fetch_commit() {
  [ -z "$2" ] || fetch_branch "$2" || return
  g 20 cat-file -e "$1^{commit}" 2>/dev/null && return
  fetch_ref "$1" && return
  [ $? != 124 ] || return 124
  echo "the server has no commit $1 any more"
  return 65
}

# A kept connection may have died, a stale ref may be in the way of a new one (feat, feat/x), a busy server may drop us.
fetch_branch() {
  tries=0
  until fetch_ref "+refs/heads/$1:refs/remotes/origin/$1"; do
    code=$? tries=$((tries + 1))
    [ $code != 124 ] || return 124
    [ $tries -lt 3 ] || return 69
    drop_link
    # 1: a ref is in the way. Else it is the server or the link.
    [ $code != 1 ] || g 60 remote prune origin
    sleep "0.$(($$ % 900 + 100))"
  done
}

# keep path user revision deployment: local edits, local commits and files in the way stay to be found. What git cannot tell
# is not taken for nothing: the reset that follows would destroy it.
do_keep() {
  in_checkout "$1" "$2"
  revision=$3 ref=refs/touchdown/discarded/$4 kept=$STATE/discarded/$4
  free_index
  # 1: no commit yet.
  head=$(g 20 rev-parse -q --verify HEAD) || { code=$?; [ $code = 1 ] || return $code; }
  base=$head
  [ -n "$base" ] || base=4b825dc642cb6eb9a060e54bf8d69288fbee4904
  if has_own_commits; then
    g 20 update-ref "$ref-commits" "$head" && say "commits-kept $ref-commits $head" || return
  fi
  if [ -n "$head" ]; then
    edits=$(g 30 status --porcelain --untracked-files=no) || return
    [ -z "$edits" ] || keep_edits "touchdown $4" || return
  fi
  [ "$base" = "$revision" ] || { in_the_way && copy_files; }
}

keep_edits() {
  if edits=$(g 60 stash create "$1" 2>/dev/null) && [ -n "$edits" ]; then
    g 20 update-ref "$ref" "$edits" && say "edits-kept $ref"
  else
    # A half-done merge cannot be stashed: the files themselves are kept.
    g 30 diff -z --name-only --diff-filter=d HEAD >"$RUN/in-the-way" && copy_files
  fi
}

# Copies what $RUN/in-the-way names out of the checkout, as its user, into a folder of the SSH user's. 1: a file changed
# meanwhile, which is no reason to stop.
copy_files() {
  [ ! -s "$RUN/in-the-way" ] || {
    sort -zu -o "$RUN/in-the-way" "$RUN/in-the-way" && mkdir -p "$kept" &&
      { inside tar -cf - --null -T - <"$RUN/in-the-way" >"$RUN/kept.tar" || [ $? = 1 ]; } &&
      timeout -k 5 60 tar -xf "$RUN/kept.tar" -C "$kept" &&
      tr '\n\0' '?\n' <"$RUN/in-the-way" | sed 's/^/::td file-kept /'
  }
  code=$?
  rm -f "$RUN/in-the-way" "$RUN/kept.tar"
  return $code
}

# A git that was killed leaves index.lock behind, and no reset would work any more. It goes when nobody can be using it: ten
# minutes old, its user's own, and no git of anybody runs on the host. (No open file is no sign: `git commit` closes it while
# its editor is open.) Where other users' processes are hidden, nobody can know, and it stays.
free_index() {
  as test -e "$DIR/.git/index.lock" && [ -r /proc/1/comm ] && ! git_runs || return 0
  freed=$(as timeout -k 5 20 find "$DIR/.git/index.lock" -maxdepth 0 -type f -user "${AS:-$(id -un)}" -mmin +10 -print -delete 2>/dev/null)
  [ -z "$freed" ] || say index-lock-removed
}
git_runs() { cat /proc/[0-9]*/comm 2>/dev/null | grep -qx git; }

# reset path user revision: HEAD must be the revision afterwards. REVISION tells the app what it is.
do_reset() {
  in_checkout "$1" "$2"
  free_index
  g 120 reset -q --hard "$3" || return
  now=$(g 20 rev-parse HEAD)
  [ "$now" = "$3" ] || { echo "HEAD is $now"; return 70; }
  if g 20 ls-files --error-unmatch -- REVISION >/dev/null 2>&1; then
    say revision-file-tracked
    return 0
  fi
  exclude=$DIR/.git/info/exclude
  as test -d "$DIR/.git" || exclude=$(g 20 rev-parse --git-path info/exclude)
  as grep -qxF /REVISION "$exclude" 2>/dev/null || {
    as mkdir -p "$(dirname "$exclude")" && printf '/REVISION\n/REVISION.touchdown\n' | as tee -a "$exclude" >/dev/null
  } || return
  printf '%s\n' "$3" | as tee "$DIR/REVISION.touchdown" >/dev/null && as mv -f "$DIR/REVISION.touchdown" "$DIR/REVISION"
}

# mount container inside path user memo: is what the container sees the folder that the host has? A re-made folder is not.
# The memo names this container, start and folder; as long as it fits, nobody needs to look again.
do_mount() {
  in_checkout "$3" "$4"
  outside=$(as stat -c %i "$DIR")
  inside=$(inode_inside "$1" "$2")
  say "mount $outside $inside"
  [ "$outside" != "$inside" ] || printf '%s\n' "$5" >"$T/mount.$1"
}

# Docker says on stdout, too, that a container has no such program: only digits count.
inode_inside() {
  {
    timeout -k 5 20 docker exec "$1" stat -c %i "$2" || timeout -k 5 20 docker exec "$1" ls -di "$2" | sed 's/^ *\([0-9]*\) .*/\1/'
  } 2>/dev/null | grep -x '[0-9][0-9]*' | tail -n 1
}

do_start() { timeout -k 5 90 docker start "$1"; }
do_unpause() { timeout -k 5 30 docker unpause "$1"; }
# restart container grace_s
do_restart() { timeout -k 5 $(($2 + 60)) docker restart -t "$2" "$1"; }
do_logs() { timeout -k 5 20 docker logs --tail 30 "$1" 2>&1; }

# run name variables count image… argument…: from the first of the images that is here. Variables are `NAME=value` lines; they
# travel in a file of 0600 that ends with the step.
do_run() {
  name=$1 variables=$2
  shift 2
  first_here "$@" || return
  shift $(($1 + 1))
  file=$(mktemp "$RUN/env.XXXXXX") || return
  printf '%s' "$variables" >"$file"
  timeout -k 5 90 docker run -d --pull never --name "$name" --env-file "$file" "$@" "$image"
  code=$?
  rm -f "$file"
  return $code
}

# first_here count image…: the first of these that this host has, into $image.
first_here() {
  left=$1
  while [ "$left" -gt 0 ]; do
    shift
    ! timeout -k 5 20 docker image inspect "$1" >/dev/null 2>&1 || { image=$1; return; }
    left=$((left - 1))
  done
  echo 'the image that was pulled is not there any more'
  return 1
}

# preflight container directory command…
do_preflight() {
  container=$1 directory=$2
  shift 2
  timeout -k 5 120 docker exec -w "$directory" "$container" "$@"
}

# touch path user file: uWSGI compares whole seconds, so the time must grow by one at least. A link counts for its file, as
# for uWSGI and touch.
do_touch() {
  in_checkout "$1" "$2"
  file=$DIR/$3
  old=$(as stat -L -c %Y "$file" 2>/dev/null) || { as touch "$file"; return; }
  if [ "$(date +%s)" -gt "$old" ]; then as touch -c "$file"; else as touch -c -d "@$((old + 1))" "$file"; fi || return
  [ "$(as stat -L -c %Y "$file")" -gt "$old" ] || { echo "the time of $file did not grow"; return 74; }
}

# reloads container: whether uWSGI runs in it and how often its masters have reloaded (absent until the first time).
do_reloads() {
  seen=$(timeout -k 5 20 docker exec "$1" sh -c 'cat /proc/[0-9]*/comm /proc/[0-9]*/environ 2>/dev/null' | tr '\0' '\n')
  printf '%s\n' "$seen" | grep -q '^uwsgi' && say uwsgi yes
  say "reloads $(printf '%s\n' "$seen" | sed -n 's/^UWSGI_RELOADS=//p' | sort -n | tail -n 1)"
}

# inspect container: its state now.
do_inspect() { timeout -k 5 15 docker inspect --type container "$1"; }

# digest image: the image's repository digests.
do_digest() { timeout -k 5 15 docker image inspect "$1"; }

# check: what every deploy to this host needs, read only.
do_check() {
  missing=
  for tool in git docker flock timeout stat xargs tar find awk; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
  say "missing$missing"
  say "git $(git --version 2>/dev/null | head -n 1)"
  engine=$(timeout -k 5 10 docker version --format '{{.Server.Version}}' 2>"$RUN/docker.err") && say "docker $engine" ||
    say "docker-error $(tr '\n' ' ' <"$RUN/docker.err")"
  rm -f "$RUN/docker.err"
  say "disk $(room "$STATE")"
}

# fences: which installation and attempt was here last, a line for each target.
do_fences() { cat "$STATE"/targets/*/fence 2>/dev/null | cut -d ' ' -f 1,2 | sed 's/^/::td fence /'; }

# room path: free KiB, how much of the disk is used, and where it is mounted.
room() { df -Pk "$1" | awk 'NR == 2 { print $4, $5, $6 }'; }

# place path user [owner group as-root]: what a deploy to this path will meet, read only. `exists` is the path or what is there of
# its parents.
do_place() {
  in_checkout "$1" "$2"
  [ -z "$AS" ] || sudo_allows || return 0
  find_parent || as test -e "$DIR" || say "unseen $parent"
  say "exists $parent"
  if [ "$5" ] && [ "$parent" != "$DIR" ]; then
    made_for "$3" "$4"
    getent group "$group" >/dev/null || say "unknown-group $group"
    by_root_unasked || say "make-rule $(make_rule)"
  else as test -d "$parent" && as test -w "$parent" && as test -x "$parent" || say "closed $parent"; fi
  say "disk $(room "$parent")"
  if as test -e "$DIR/.git"; then
    say checkout repo
    as test -w "$DIR/.git" || say "closed $DIR/.git"
    error=$(g 20 rev-parse --git-dir 2>&1) || say "git-error $(printf %s "$error" | tr '\n' ' ')"
  elif as test -d "$DIR" && [ -z "$(as ls -A "$DIR")" ]; then say checkout empty
  elif as test -e "$DIR"; then say checkout other
  else say checkout none; fi
}

# Whether root makes it without a password: `sudo -l` also says yes to what needs one, as long as another rule needs none. Of the
# rules that fit the last one counts. Root itself is never asked.
by_root_unasked() {
  by_root -l >/dev/null 2>&1 || return
  [ "$(id -u)" != 0 ] || return 0
  made=$(made_by)
  sudo -n -ll 2>/dev/null | {
    last=no for_root=no free=no
    while read -r line; do
      case $line in
        'Sudoers entry:'*) for_root=no free=no ;;
        'RunAsUsers: '*) case " ${line#*:}," in *' root,'* | *' ALL,'*) for_root=yes ;; esac ;;
        'Options: '*'!authenticate'*) free=yes ;;
        *) ! [ $for_root = yes ] || ! fits "$line" || last=$free ;;
      esac
    done
    [ $last = yes ]
  }
}
# fits rule: $made, as sudoers may say it: all there is, the program with whatever words, or a pattern.
fits() {
  case $1 in ALL | "${made%% *}") return 0 ;; esac
  case $made in $1) return 0 ;; *) return 1 ;; esac
}

# Every program that the steps above start as the other user. A rule that lists too few would stop a deploy half-way. They are
# really started: sudo's own list names what needs a password, too.
sudo_allows() {
  denied=
  for tool in test stat ls mkdir timeout grep tee mv touch; do
    answer=$(sudo -n -u "$AS" "$tool" --help 2>&1) || { denied="$denied $tool" why=$answer; }
  done
  [ -n "$denied" ] || return 0
  say "sudo-denied$denied"
  say "sudo-says $(printf %s "$why" | head -n 3 | tr '\n' ' ')"
  return 1
}

# reach user repo: whether git on this host may read the repository. The keys are for people: which one to allow there.
do_reach() {
  in_checkout / "$1"
  answer=$(g 15 ls-remote -q "$2" HEAD 2>&1 >/dev/null) && return
  code=$?
  say "keys $(as sh -c 'cd && find .ssh -name "id_*" ! -name "*.pub"' 2>/dev/null | sort | tr '\n' ' ')"
  printf '%s\n' "$answer"
  return $code
}
