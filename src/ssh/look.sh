# What is on the host: facts for the plan, read only.

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
  say_missing
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
