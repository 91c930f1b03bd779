# The host's side of one session: lock, fence, journal, output files, markers. A constant; data come as arguments.
# Read by `eval` in a shell that got $NONCE first. The shell that holds the locks is the one that runs the steps.
# fd 9: the target's lock, first line to last. fd 8: the host's lock, while what runs is changed.

NL='
'
STATE=$HOME/.touchdown
umask 077
export LC_ALL=C
held='' RUN='' T='' made='' sparing='' id=look

# Regular file checks come before `exec N>>file`: a failing redirection of `exec` would end the shell without a word.
open_state() { mkdir -p "$STATE" && chmod 700 "$STATE" && [ -w "$STATE" ] || unwritable "$STATE"; }

# unwritable folder: 73, with the system's own word for it (dash keeps it to itself).
unwritable() {
  reply="cannot write to $1: $({ date >"$1/probe"; rm -f "$1/probe"; } 2>&1)"
  return 73
}

now() { date -u +%Y-%m-%dT%H:%M:%S.%NZ; }

# One line, one write: time deployment target step start|end exit; a turn's start has its fence there, so that the journal
# alone shows who came with which. A look changes nothing and is not told.
journal() { [ "$id" = look ] || printf '%s %s %s %s %s %s\n' "$(now)" "$id" "$target" "$1" "$2" "$3" >>"$STATE/journal"; }

# look: a read-only session: no lock, nothing kept.
begin_look() {
  open_state || return
  RUN=$(mktemp -d "$STATE/look.XXXXXX") || { unwritable "$STATE"; return; }
  made=$RUN
}

# enter deployment target installation number first by wait_s: takes the target's lock and checks the fence. `first` is the number
# of the deployment's first attempt.
enter() {
  id=$1 target=$2 installation=$3 number=$4 first=$5 by=$6
  open_state || return
  T=$STATE/targets/$target RUN=$STATE/deployments/$id
  mkdir -p "$T" "$RUN" && true >>"$T/lock" || { unwritable "$STATE"; return; }
  exec 9>>"$T/lock"
  flock -w "$7" 9 || { reply=$(cat "$T/holder" 2>/dev/null); exec 9>&-; return 75; }
  fence || return
  printf '%s by %s since %s\n' "$id" "$by" "$(now)" >"$T/holder"
  spare_disk </dev/null >/dev/null 2>&1 8>&- 9>&- &
  sparing=$!
}

# Deployments of a target begin one after the other: one that began before what was here last, or a lower number of the same one,
# belongs to a bot that was paused, or to records that were restored from an older copy: 97, nothing changes.
fence() {
  if [ -e "$T/fence" ]; then
    read -r seen_installation seen_number seen_id <"$T/fence"
    reply="$seen_installation $seen_number"
    [ "$seen_installation" = "$installation" ] || return 96
    if [ "$seen_id" = "$id" ]; then
      [ "$number" -ge "$seen_number" ] || return 97
    else
      [ "$first" -gt "$seen_number" ] || return 97
    fi
    reply=
    [ "$seen_number $seen_id" != "$number $id" ] || return 0
  fi
  printf '%s %s %s\n' "$installation" "$number" "$id" >"$T/fence.new" && mv -f "$T/fence.new" "$T/fence" || unwritable "$T"
}

# hold wait_s: this host's turn to change what runs.
hold() {
  true >>"$STATE/lock" || { unwritable "$STATE"; return; }
  exec 8>>"$STATE/lock"
  flock -w "$1" 8 || { reply=$(cat "$STATE/holder" 2>/dev/null); exec 8>&-; return 75; }
  fence || { code=$?; exec 8>&-; return $code; }
  held=1
  printf '%s for %s by %s since %s\n' "$id" "$target" "$by" "$(now)" >"$STATE/holder"
  journal host-lock start "$number"
}

release() {
  [ -n "$held" ] || return 0
  journal host-lock end 0
  held=
  exec 8>&-
}

# verb seq function arguments…: runs in this shell (locks are its), answers with $reply.
verb() {
  seq=$1
  shift
  reply=
  "$@"
  answer $?
}

answer() { printf '\n%s begin %s\n%s\n%s end %s %s\n' "$NONCE" "$seq" "$reply" "$NONCE" "$seq" "$1"; }

# step seq name function arguments…: output to a file, so that a cut link cannot stop the step half-way.
step() {
  seq=$1 name=$2
  shift 2
  out=$RUN/$seq.out
  # On a full disk no step begins: what it did could not be kept, and half a look reads like an empty host.
  journal "$name" start - && printf '?\n' >"$out" || { unkept "$@"; return; }
  (umask 022; "$@") >"$out" 2>&1 </dev/null
  code=$?
  printf '%s\n' "$code" >"$RUN/$seq.exit"
  journal "$name" end "$code"
  case $name in
    # Docker's answer shows the container's environment, secrets too: it does not stay on the disk.
    look | inspect) reply=$(cat "$out") && rm -f "$out" && answer "$code" ;;
    *) frame "$out" ;;
  esac
}

# What brings back what served, and what drains and lets in, needs no disk: its words are kept by nobody but the bot.
unkept() {
  case $name in
    swap-back* | take-away* | put-back) reply=$(umask 022; "$@" 2>&1 </dev/null) ;;
    # What these leave running may never let go of a pipe, so what they say is lost.
    before_replace* | after_replace*) reply='what it said could not be kept'; (umask 022; "$@") >/dev/null 2>&1 </dev/null ;;
    *) unwritable "$RUN" ;;
  esac
  answer $?
}

# First 64 KiB and last 256 KiB at most are sent.
frame() {
  size=$(wc -c <"$1")
  printf '\n%s begin %s\n' "$NONCE" "$seq"
  if [ "$size" -le 327680 ]; then
    cat "$1"
  else
    drop_middle "$1"
    head -c 65536 "$1"
    printf '\n%s cut %s\n' "$NONCE" "$((size - 327680))"
    tail -c 262144 "$1"
  fi
  printf '\n%s end %s %s\n' "$NONCE" "$seq" "$code"
}

# Of what floods a file 1 MiB of the beginning and the latest 4 MiB stay on the disk, while the step still writes: its length
# is as if all were there. Where that cannot be done (no fallocate, another kind of file system) all stays.
drop_middle() {
  size=$(wc -c <"$1")
  [ "$size" -le 8388608 ] || fallocate -p -o 1048576 -l $((size - 5242880)) "$1" 2>/dev/null
}

# Beside the session for as long as it lives, each second.
spare_disk() {
  while sleep 1 && kill -0 $$; do
    find "$RUN" -name '*.out' -size +8192k | while read -r flooded; do drop_middle "$flooded"; done
  done
}

# recall seq: how a step of this deployment ended that an earlier link lost. 3: it never ended here.
recall() {
  [ -s "$RUN/$1.exit" ] || return 3
  reply="$(cat "$RUN/$1.exit")$NL$(tail -c 16384 "$RUN/$1.out" 2>/dev/null)"
  return 0
}

# Two weeks of output files and two journals of 10 MiB are kept; of a look nothing, and what a killed one left goes, too.
finish() {
  [ -z "$sparing" ] || kill "$sparing" 2>/dev/null
  release
  exec 9>&-
  [ -z "$made" ] || rm -rf "$made"
  {
    find "$STATE" -mindepth 1 -maxdepth 1 -name 'look.*' -mmin +60 -exec rm -rf {} +
    [ "$id" = look ] || {
      find "$STATE/deployments" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
      [ -z "$(find "$STATE/journal" -size +10240k)" ] || mv -f "$STATE/journal" "$STATE/journal.1"
    }
  } >/dev/null 2>&1
}
trap finish EXIT
trap 'exit 143' TERM HUP INT
# The link is gone and a step's frame had nowhere to go. Steps themselves run in a subshell, where this trap is not set.
trap 'exit 141' PIPE

# The bot sends `:` every 5 s. End of input, or 20 s of silence, ends the shell after the running step; the locks go with it.
serve() {
  command -v timeout >/dev/null || { echo 'the program timeout is missing (Debian: apt install coreutils)' >&2; exit 127; }
  printf 'ready %s\n' "$NONCE"
  while line=$(timeout 20 sh -c 'IFS= read -r l && printf %s "$l"' 8>&- 9>&-); do
    [ "$line" = : ] || eval "$line"
  done
}
