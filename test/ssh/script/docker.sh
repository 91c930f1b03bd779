#!/bin/sh
# A Docker that only remembers: a container is a folder below $HOME/docker with a file for what is true of it. For what steps do
# when one of its commands fails or is interrupted; what a real engine does is tried in test/e2e.
# $HOME/fail-at: the number of the changing command that fails. $HOME/term-at: after it, the shell in $HOME/shell gets a TERM.
# $HOME/away-after: after this changing command Docker does not answer for the next $HOME/away calls of any kind.
# $HOME/fails: a beginning of calls that fail, each line one time. A container's `dying`: it exits after that many looks.
all=$HOME/docker

# first file: its first line into $line, without a program for it: a swap asks some seventy times. 1: there is no such file.
first() {
  line=
  [ -e "$1" ] || return
  IFS= read -r line <"$1" || :
}
printf '%s\n' "docker $*" >>"$HOME/calls"
if first "$HOME/away" && [ "$line" -gt 0 ] && [ ! -e "$HOME/away-after" ]; then
  echo $((line - 1)) >"$HOME/away"
  echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2
  exit 1
fi
if [ -s "$HOME/fails" ]; then
  read -r failing <"$HOME/fails"
  case "$*" in *"$failing"*) sed -i 1d "$HOME/fails"; echo "Error response from daemon: no $failing today" >&2; exit 1 ;; esac
fi
command=$1
shift

# folder_of container: its folder into $it.
folder_of() {
  for it in "$all"/*; do
    first "$it/name"
    if [ "$line" = "$1" ] || [ "$it" = "$all/$1" ]; then return; fi
  done
  echo "Error response from daemon: No such container: $1" >&2
  exit 1
}
of() { first "$it/$1" && printf '%s\n' "$line"; }
at() { first "$HOME/$1" && [ "$line" = "$count" ]; }

case $command in
  rename | update | stop | kill | start | rm | create | unpause)
    first "$HOME/count" || line=0
    count=$((line + 1))
    echo $count >"$HOME/count"
    ! at fail-at || { echo "Error response from daemon: no $command today" >&2; exit 1; }
    ! at term-at || kill -TERM "$(cat "$HOME/shell")"
    ! at away-after || rm "$HOME/away-after"
    ;;
esac
for last; do :; done

case $command in
  inspect)
    folder_of "$last"
    if [ -s "$it/dying" ]; then
      left=$(($(of dying) - 1))
      if [ $left -gt 0 ]; then echo $left >"$it/dying"; else rm "$it/dying"; echo exited >"$it/state"; fi
    fi
    case $4 in
      seen:*) echo "WARNING: the file config.json could not be read" >&2; echo "seen: ${it##*/} /$(of name) $(of state) $(of restarts || echo 0) health:$(of health) $(of policy || echo unless-stopped):0 $(of auto || echo false) net:$(of network || echo bridge) $(of exit || echo 0) for:$(of deployment)" ;;
      *NetworkSettings*) of published || : ;;
      *PortBindings*) of wanted || : ;;
    esac
    ;;
  rename)
    folder_of "$1"
    ! grep -qx "$2" "$all"/*/name || { echo "Conflict. The container name \"/$2\" is already in use" >&2; exit 1; }
    echo "$2" >"$it/name"
    ;;
  update) folder_of "$last"; echo "${1#--restart=}" >"$it/policy" ;;
  stop | kill)
    folder_of "$last"
    [ ! -s "$it/dies-slowly" ] || {
      mv "$it/dies-slowly" "$it/dying"
      echo "Error response from daemon: cannot stop container: $last: tried to kill container, but did not receive an exit event" >&2
      exit 1
    }
    echo exited >"$it/state"
    ;;
  unpause) folder_of "$last"; echo running >"$it/state" ;;
  start)
    folder_of "$last"
    [ "$(of state)" != paused ] || { echo 'Error response from daemon: cannot start a paused container, try unpause instead' >&2; exit 1; }
    [ ! -e "$it/no-start" ] || { cat "$it/no-start" >&2; exit 1; }
    of after-start >"$it/state" || echo running >"$it/state"
    ;;
  rm)
    for each; do
      [ "$each" != -f ] || continue
      folder_of "$each"
      [ ! -e "$it/stuck" ] || { echo 'Error response from daemon: device or resource busy' >&2; exit 1; }
      rm -r "$it"
    done
    ;;
  logs) folder_of "$last"; echo "the last words of $(of name)" && of logs || : ;;
  ps)
    case $* in
      *publish=*)
        binding=${2#publish=}
        for each in "$all"/*/; do
          ! grep -q "^exited\|^created" "$each/state" || continue
          ! grep -q "\<${binding%/*}/[0-9]*/${binding#*/}/" "$each/published" 2>/dev/null || cat "$each/name"
        done
        exit
        ;;
    esac
    for each in "$all"/*/; do
      case $* in *name=*) grep -q -- "-next\$" "$each/name" || continue ;; esac
      each=${each%/}
      [ ! -e "$each/deployment" ] || echo "${each##*/}"
    done
    ;;
  image)
    grep -qx "$last" "$HOME/images" 2>/dev/null || { echo "Error: No such image: $last" >&2; exit 1; }
    ;;
  pull)
    echo "pull $last as $(cat "${DOCKER_CONFIG:-/nowhere}/user" 2>/dev/null || echo nobody)" >>"$HOME/pulls"
    grep -qx "$last" "$HOME/registry" 2>/dev/null || { echo "Error response from daemon: dial tcp: no such host" >&2; exit 1; }
    echo "$last"
    ;;
  login)
    password=$(cat)
    echo 'WARNING! Your password will be stored unencrypted in config.json.' >&2
    [ "$password" = "$(cat "$HOME/password")" ] || { echo "Error response from daemon: unauthorized" >&2; exit 1; }
    echo "$2 at ${4:-docker.io}" >"$DOCKER_CONFIG/user"
    ;;
  create)
    mkdir "$all/made"
    while [ $# -gt 1 ]; do
      case $1 in
        --name) echo "$2" >"$all/made/name" ;;
        --env-file) cp "$2" "$HOME/env" && stat -c %a "$2" >"$HOME/env-mode" ;;
        -p) echo "$2" >"$all/made/wanted" ;;
        --bad) rm -r "$all/made"; echo "unknown flag: --bad" >&2; exit 125 ;;
      esac
      shift
    done
    echo created >"$all/made/state"
    echo made
    ;;
esac
