# Steps that check the commit out, and keep what that would lose.

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
