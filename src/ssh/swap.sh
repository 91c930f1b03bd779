# Steps that bring a new container in the place of the old one. Exit codes of our own: 71 the new container did not get well ·
# 72 neither the new container nor the old one could be made to run · 76 a port is taken · 78 the old container could not be
# put back once it is stopped.

# engine limit_s words…: docker, and no longer than that.
engine() {
  most=$1
  shift
  timeout -k 5 "$most" docker "$@"
}

# see container: what it is now, into seen_…. 1: there is none of exactly this name or id (Docker takes the beginning of an id for
# a name, too). 2: Docker does not say, and why is in $seen. Engines give the template typed values or bare JSON, in which what is
# empty is not there: `index` takes both. Docker's warnings may stand before and after.
SEEN='seen: {{.Id}} {{.Name}} {{.State.Status}} {{.RestartCount}} health:{{with index .State "Health"}}{{.Status}}{{end}}
{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.HostConfig.AutoRemove}}
net:{{.HostConfig.NetworkMode}} {{.State.ExitCode}} for:{{with .Config.Labels}}{{with index . "touchdown.deployment"}}{{.}}{{end}}{{end}}'
see() {
  seen=$(engine 20 inspect --type container --format "$SEEN" "$1" 2>&1) || case $seen in
    *[Nn]o\ such\ container* | *[Nn]o\ such\ object*) return 1 ;;
    *) return 2 ;;
  esac
  see_words "$1" ${seen##*seen: }
}
see_words() {
  [ $# -gt 10 ] || return 2
  [ "/$1" = "$3" ] || [ "$1" = "$2" ] || return 1
  seen_id=$2 seen_name=${3#/} seen_state=$4 seen_restarts=$5 seen_health=${6#health:} seen_policy=${7%:0} seen_auto=$8
  shift 8
  seen_network=${1#net:} seen_exit=$2 seen_deployment=${3#for:}
}

# found container: see, and the step ends where Docker does not say: what is not seen is not absent. For before anything changes.
found() {
  see "$1" && return
  [ $? = 1 ] || { printf '%s\n' "$seen"; exit 1; }
  return 1
}

# Milliseconds of a clock that never jumps.
ms() { read -r up _ </proc/uptime && echo "$((${up%.*} * 1000 + 1${up#*.} * 10 - 1000))"; }

# pull [image registry user password]…: from the first that gives it. A digest that is here needs nobody. A tag that nobody gives
# may be here from earlier. Passwords travel on stdin, into a folder that goes with this step.
do_pull() {
  has_digest "$@" && return
  login=$(mktemp -d "$RUN/login.XXXXXX") || return
  trap 'rm -rf "$login"' EXIT
  trap 'exit 143' TERM HUP INT
  pull_any "$@" && return
  code=$?
  has_any "$@" || return $code
}

has_digest() {
  while [ $# -gt 0 ]; do
    case $1 in *sha256:*) ! engine 20 image inspect "$1" >/dev/null 2>&1 || { say "had $1"; return 0; } ;; esac
    shift 4
  done
  return 1
}

has_any() {
  while [ $# -gt 0 ]; do
    ! engine 20 image inspect "$1" >/dev/null 2>&1 || { say "kept $1"; return 0; }
    shift 4
  done
  return 1
}

pull_any() {
  code=1
  while [ $# -gt 0 ]; do
    pull_from "$@"
    code=$?
    [ $code != 0 ] || { say "pulled $1"; return 0; }
    say "pull-failed $1"
    shift 4
  done
  return $code
}

pull_from() {
  case $1 in sha256:*) echo "no registry knows the image $1, and this host does not have it"; return 1 ;; esac
  [ -n "$3" ] || { engine 600 pull -q "$1"; return; }
  (
    export DOCKER_CONFIG="$login"
    # A login that goes well warns of a file that is gone with this step.
    said=$(printf %s "$4" | engine 30 login -u "$3" --password-stdin ${2:+"$2"} 2>&1) || {
      code=$?
      printf '%s\n' "$said"
      exit $code
    }
    engine 600 pull -q "$1"
  )
}

# create name service environment variables count image… argument…: <name>-next from the first of the images that is here. What
# is wrong with the arguments or taken on this host shows now, while the old container serves.
do_create() {
  name=$1 service=$2 environment=$3 variables=$4
  shift 4
  first_here "$@" || return
  shift $(($1 + 1))
  regain_name || return
  if found "$name" && [ "$seen_auto" = true ]; then
    echo "the container $name was started with --rm, so it would be gone once it is stopped"
    return 78
  fi
  left=$(ours --filter "name=^/$name-next\$") && [ -z "$left" ] || engine 60 rm -f $left >/dev/null || return
  file=$(mktemp "$RUN/env.XXXXXX") || return
  trap 'rm -f "$file"' EXIT
  trap 'exit 143' TERM HUP INT
  printf %s "$variables" >"$file"
  engine 90 create --pull never --name "$name-next" --env-file "$file" "$@" "$image" || return
  ports_are_free && return
  code=$?
  engine 60 rm "$name-next" >/dev/null
  return $code
}

# ours words…: containers that were made for this target.
ours() {
  engine 20 ps -aq --no-trunc --filter "label=touchdown.service=$service" --filter "label=touchdown.environment=$environment" "$@"
}

# A swap that was cut off with its whole host left the old container without its name, and stopped. One that was proved left
# nothing written here. What has the name may be the new one, before or after it ran.
regain_name() {
  [ -s "$T/swap.$name" ] && read -r new old _ policy was <"$T/swap.$name" && found "$name-previous" && [ "$seen_id" = "$old" ] || return 0
  if found "$name"; then
    case $seen_state in
      created) [ -n "$seen_deployment" ] ;;
      exited | dead) [ "$seen_id" = "$new" ] ;;
      *) false ;;
    esac || return 0
    waits_until=$(($(seconds) + 60))
    take_away "$seen_id" || return
  fi
  engine 20 rename "$old" "$name" || return
  engine 20 update --restart="$policy" "$old" >/dev/null
  ! ran || ! engine 90 start "$old" >/dev/null || say "put-back $name running"
}

# Whether all ports that <name>-next wants are free, or the old container's. Docker may keep a port that nothing listens on.
PUBLISHED='{{range $port, $all := .NetworkSettings.Ports}}{{range $all}}{{.HostPort}}/{{$port}}/{{.HostIp}} {{end}}{{end}}'
BOUND='{{range $port, $all := .HostConfig.PortBindings}}{{range $all}}{{.HostPort}}/{{$port}}/{{.HostIp}} {{end}}{{end}}'
ports_are_free() {
  wanted=$(engine 20 inspect --type container --format "$BOUND" "$name-next") || return
  found "$name-next" && [ "$seen_network" != host ] || return 0
  own=
  if found "$name" && runs; then
    # What listens may be the old container itself.
    [ "$seen_network" != host ] || return 0
    own=$(engine 20 inspect --type container --format "$PUBLISHED$BOUND" "$name") || return
  fi
  taken=0
  for binding in $wanted; do
    port=${binding%%/*} proto=${binding%/*} address=${binding##*/}
    proto=${proto##*/}
    # A range, or any port: Docker finds a free one.
    case $port in '' | 0 | *[!0-9]*) continue ;; esac
    holder=
    others=$(engine 20 ps --filter "publish=$port/$proto" --format '{{.Names}}') || return
    for other in $others; do
      case $other in "$name" | "$name-next") continue ;; esac
      theirs=$(engine 20 inspect --type container --format "$PUBLISHED" "$other") || continue
      ! publishes "$address" $theirs || holder="the container $other"
    done
    [ -n "$holder" ] || publishes '' $own || [ "$proto" != tcp ] || ! listens "$port" "$address" || holder='another program'
    [ -n "$holder" ] || continue
    echo "port $port is taken by $holder"
    taken=76
  done
  return $taken
}

# publishes address binding…: whether one of these is $port of $proto where the address is, too. None and all zeros are all.
publishes() {
  at=$1
  shift
  for each; do
    case $each in "$port"/*/"$proto"/*) ;; *) continue ;; esac
    case "$at ${each##*/}" in ' '* | *' ' | '0.0.0.0 '* | *' 0.0.0.0' | ':: '* | *' ::') return 0 ;; esac
    [ "$at" != "${each##*/}" ] || return 0
  done
  return 1
}

# listens port address: whether a program of this host listens where a container would. Addresses of the kernel's list are hex,
# the last byte first.
listens() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf %04X "$1")" -v address="$2" '
    BEGIN {
      all = address == "" || address ~ /:/ || address == "0.0.0.0"
      split(address, byte, ".")
      if (!all) hex = sprintf("%02X%02X%02X%02X", byte[4], byte[3], byte[2], byte[1])
    }
    $4 == "0A" {
      split($2, at, ":")
      if (at[2] == port && (all || at[1] ~ /^0+$/ || at[1] == hex || at[1] ~ "^0+FFFF0000" hex "$")) found = 1
    }
    END { exit !found }'
}

# swap name grace_s healthy_s settle_s: <name>-next in the place of <name>. It has no limit as a whole, for it must come to one of
# two ends: the new container is well, or the old one is back. What is needed for the way back is written down first.
do_swap() {
  name=$1 grace=$2 healthy=$3 settle=$4 old=- previous=- policy=- was=- stopping=
  found "$name-next" || { echo "there is no container $name-next"; return 1; }
  new=$seen_id
  ! found "$name-previous" || previous=$seen_id
  ! found "$name" || old=$seen_id policy=${seen_policy:-no} was=$seen_state
  printf '%s %s %s %s %s\n' "$new" "$old" "$previous" "$policy" "$was" >"$T/swap.$name" || return 73
  trap 'put_back && exit 143; exit 72' TERM HUP INT
  exchange && return
  code=$?
  put_back || code=72
  return $code
}

# All names are changed before anything stops.
exchange() {
  [ "$previous" = - ] || engine 20 rename "$previous" "$name-$(short_of "$previous")" || return
  if [ "$old" != - ]; then
    engine 20 rename "$old" "$name-previous" || return
    # A policy would bring it back with the engine, and it would take the new one's port.
    engine 20 update --restart=no "$old" >/dev/null || return
  fi
  engine 20 rename "$new" "$name" || return
  [ "$was" != paused ] || engine 30 unpause "$old" >/dev/null || return
  began=$(ms)
  if [ "$old" != - ]; then
    stopping=yes
    engine $((grace + 30)) stop -t "$grace" "$old" >/dev/null || return
    stopping=
  fi
  start_new && get_well || return
  [ "$was" != running ] || say "swapped $((well - began))" || :
}

short_of() { printf '%.12s' "$1"; }

# The port of a container that has just ended may be free only a moment later.
start_new() {
  tries=0
  until said=$(engine 90 start "$new" 2>&1); do
    tries=$((tries + 1))
    case $tries$said in [12]*already\ allocated* | [12]*already\ in\ use*) sleep 1 ;; *) echo "$said"; return 1 ;; esac
  done
}

# Well: it runs, has not restarted, Docker's health check says so or there is none, and all that for a while.
get_well() {
  deadline=$(($(seconds) + healthy)) well=
  while :; do
    see "$new" || seen_state=unknown
    case "$seen_state $seen_restarts $seen_health" in
      'running 0 healthy' | 'running 0 none' | 'running 0 ')
        now_ms=$(ms)
        well=${well:-$now_ms}
        [ $((now_ms - well)) -lt $((settle * 1000)) ] || return 0
        ;;
      'running 0 starting' | unknown*) well= ;;
      'running 0 unhealthy') echo "Docker's health check says that the new container is unhealthy"; return 71 ;;
      running*) echo 'the new container ended and was started again'; return 71 ;;
      *) echo "the new container ended by itself, with exit code $seen_exit"; return 71 ;;
    esac
    [ -n "$well" ] || [ "$(seconds)" -lt $deadline ] || { echo "the new container was not healthy within $healthy s"; return 71; }
    sleep 0.1
  done
}

# The new container is taken away and the old one is what it was. Whatever was done of the swap, however often this is called, and
# also while Docker does not answer for a while: a restart of it must not leave this host with no container.
put_back() {
  trap '' TERM HUP INT
  waits_until=$(($(seconds) + 300)) away=yes
  if sure "$new"; then
    engine 20 logs --tail 30 "$new" 2>&1 | sed 's/^::td/ &/'
    take_away "$new" || away=
  fi
  if [ "$old" = - ]; then
    [ -n "$away" ] || return 72
    say "put-back $name none" || :
    return 0
  fi
  if sure "$old"; then
    [ -z "$stopping" ] || finish_stop
    [ "$seen_name" = "$name" ] || again 20 rename "$old" "$name"
    again 20 update --restart="$policy" "$old" >/dev/null
    # A paused one was not touched yet.
    ! ran || [ "$seen_state" = paused ] || start_old || start_old
  fi
  [ "$previous" = - ] || engine 20 rename "$previous" "$name-previous" 2>/dev/null
  sure "$old" || return 72
  ! ran || runs || return 72
  [ "$seen_name" = "$name" ] || { echo "the old container is $seen_state, but under the name $seen_name"; return 72; }
  # On a full disk nothing can be said, and the old container is back all the same.
  say "put-back $name $seen_state" || :
}

# sure container: see, and where Docker does not say, until it does or the time for that is over.
sure() {
  while :; do
    see "$1"
    sight=$?
    [ $sight = 2 ] && [ "$(seconds)" -lt "$waits_until" ] || return $sight
    sleep 1
  done
}

# again limit_s words…: of the way back, tried once more when Docker answers.
again() { engine "$@" || { sure "$old"; sleep 1; engine "$@"; }; }

# take_away container: one that Docker cannot remove must at least leave the name and the ports to the old one.
take_away() {
  again 60 rm -f "$1" >/dev/null || {
    engine 20 update --restart=no "$1" >/dev/null
    engine 30 kill "$1" >/dev/null 2>&1
    engine 20 rename "$1" "$name-failed-$(short_of "$1")" || { see "$1"; [ $? = 1 ]; }
  }
}

# A stop that failed may still come to pass, and what runs now would be gone in a moment.
finish_stop() {
  engine 40 stop -t 10 "$old" >/dev/null || engine 30 kill "$old" >/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sure "$old" && runs || break
    sleep 1
  done
}

# Looked at for a while, as a new one is: what counts is that it stays.
start_old() {
  engine 90 start "$old" >/dev/null
  looks=3 settled=$(($(seconds) + settle))
  while [ $looks -gt 0 ] || [ "$(seconds)" -lt $settled ]; do
    sleep 1
    sure "$old" && runs || return
    looks=$((looks - 1))
  done
}

# Whether what was seen serves, or tries to; and whether the old container did.
runs() { case $seen_state in running | paused | restarting) ;; *) return 1 ;; esac; }
ran() { case $was in running | paused | restarting) ;; *) return 1 ;; esac; }

# swap_back name settle_s: takes back a swap that went well, because something after it did not, here or on another host.
do_swap_back() {
  name=$1 settle=$2 stopping= written=$T/swap.$1
  [ -s "$written" ] || written=$RUN/swapped.$1
  read -r new old previous policy was <"$written" || { echo 'it is not known what ran before'; return 72; }
  put_back
}

# prune back service environment name…: after the proof. What the swaps wrote down is only this deployment's from now on. Of the
# containers made for this target those named and the one before each of them stay; where `back` says that the swaps may still be
# taken back, the ones before those, too. Never a running one, and never what is not ours.
do_prune() {
  back=$1 service=$2 environment=$3 stay=-
  shift 3
  for name; do
    [ ! -s "$T/swap.$name" ] || mv -f "$T/swap.$name" "$RUN/swapped.$name" || return
    found "$name" || return 0
    stay="$stay $seen_id"
    ! found "$name-previous" || stay="$stay $seen_id"
    [ -z "$back" ] || read -r _ _ older _ <"$RUN/swapped.$name" || return
    stay="$stay ${older:--}"
  done
  old_ones=$(ours --filter status=created --filter status=exited --filter status=dead | grep -v -x -F -e "$(printf '%s\n' $stay)")
  [ -z "$old_ones" ] || engine 60 rm $old_ones
}

# hook before|after container word…: a command of the service's own. {port:8000} in a word is the port of this host that Docker
# publishes for the container's 8000 now. Our locks are not inherited by what it leaves running. What is drained is written down
# until it was let in, so that it is known whatever becomes of the bot; a full disk keeps nobody from draining.
do_hook() {
  when=$1 name=$2 note=$T/drained.$2
  shift 2
  for word; do
    shift
    fill_ports || return
    set -- "$@" "$word"
  done
  [ "$when" = after ] || [ -e "$note" ] || { true >"$note"; } 2>/dev/null
  timeout -k 5 300 "$@" 8>&- 9>&- || return
  [ "$when" = before ] || rm -f "$note"
}

# fill_ports: in $word.
fill_ports() {
  case $word in *'{port:'*) ;; *) return 0 ;; esac
  [ -n "${bindings+known}" ] || {
    found "$name" || { echo "there is no container $name"; return 1; }
    bindings=$(engine 20 inspect --type container --format "$PUBLISHED" "$name") || return
  }
  while :; do
    case $word in *'{port:'*'}'*) ;; *) return 0 ;; esac
    rest=${word#*'{port:'}
    inner=${rest%%'}'*} published=
    [ "$seen_network" != host ] || published=$inner
    for binding in $bindings; do
      case $binding in */"$inner"/tcp/*) published=${published:-${binding%%/*}} ;; esac
    done
    [ -n "$published" ] || { echo "the container $name does not publish its port $inner"; return 1; }
    word=${word%%'{port:'*}$published${rest#*'}'}
  done
}
