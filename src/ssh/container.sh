# Steps with the container that is there, and what it is seen to do.

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
