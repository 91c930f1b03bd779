# What the steps on a host, functions `do_…` of the files beside this one, are written with. `say` writes a line that the bot
# understands; everything else is for people.
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

# Which of the programs that every deploy needs are not there.
say_missing() {
  missing=
  for tool in git docker flock timeout stat xargs tar find awk; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
  say "missing$missing"
}
