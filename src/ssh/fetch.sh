# Steps that bring the commit to the host, and change nothing of what is checked out.

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
