# What a deploy to this host will meet, read only.

# check: what every deploy to this host needs, read only.
do_check() {
  say_missing
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
