#!/bin/bash
# PID 1 of one test host, in its own mount, UTS and PID namespace: host-init.sh <directory> <name> <host|git>
# Says `ready` once the host looks like a machine of its own. When it is killed, everything in its namespaces ends.
# The machine's users, sudo rules and engines are not touched: the host has its own /etc/passwd, /home, /srv, /run.
set -eu
dir=$1 name=$2 role=$3
hostname "$name"

# etc/<file>: the machine's without our names, and ours.
mkdir -p "$dir/etc"
without() { grep -v -E '^(docker|deploy|creator|git):' "/etc/$1" >"$dir/etc/$1" || true; }
for file in passwd group shadow; do without "$file"; done
cat >>"$dir/etc/passwd" <<'USERS'
deploy:x:5001:5001::/home/deploy:/bin/bash
creator:x:5002:5002::/home/creator:/bin/bash
git:x:5003:5003::/home/git:/usr/bin/git-shell
USERS
printf 'docker:x:5000:deploy\ndeploy:x:5001:\ncreator:x:5002:\ngit:x:5003:\n' >>"$dir/etc/group"
for user in deploy creator git; do echo "$user:*:19000:0:99999:7:::" >>"$dir/etc/shadow"; done
chmod 640 "$dir/etc/shadow"
# A host knows its own name: without this git and sudo ask DNS, which is outside and slow to say no.
printf '127.0.0.1 localhost\n127.0.1.1 %s.test %s\n' "$name" "$name" >"$dir/etc/hosts"
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$dir/etc/resolv.conf"
for file in passwd group shadow hosts; do mount --bind "$dir/etc/$file" "/etc/$file"; done
resolv=$(readlink -f /etc/resolv.conf) && [ -e "$resolv" ] && mount --bind "$dir/etc/resolv.conf" "$resolv"

mount -t tmpfs -o mode=755,size=64m tmpfs /run
mkdir -p /run/sshd /run/lock
mount -t tmpfs -o mode=1777,size=256m tmpfs /tmp
mount -t tmpfs -o mode=755,size=256m tmpfs /home
mkdir -p /etc/sudoers.d && mount -t tmpfs -o mode=750,size=1m tmpfs /etc/sudoers.d

home() {
  mkdir -p "/home/$1/.ssh"
  cp -r "$dir/ssh/$1/." "/home/$1/.ssh/"
  chown -R "$1:$1" "/home/$1"
  chmod 700 "/home/$1" "/home/$1/.ssh"
}
if [ "$role" = git ]; then
  mkdir -p "$dir/repos" /home/git
  mount --bind "$dir/repos" /home/git
  home git
  chmod 755 /home/git
else
  home deploy
  home creator
  mkdir -p "$dir/srv" "$dir/docker" /var/lib/docker /etc/docker
  mount --bind "$dir/srv" /srv
  mount --bind "$dir/docker" /var/lib/docker
  mount -t tmpfs -o size=1m tmpfs /etc/docker
  # A disk that a test can fill without filling the machine's.
  mkdir -p /srv/small
  mount -t tmpfs -o mode=755,size=16m tmpfs /srv/small
  chown deploy:deploy /srv /srv/small
  [ ! -f "$dir/sudoers" ] || install -m 440 "$dir/sudoers" /etc/sudoers.d/touchdown
fi
echo ready
exec >/dev/null 2>&1 </dev/null
# bash reaps whatever is reparented to it while it waits.
trap 'exit 0' TERM
sleep infinity &
while :; do wait $! || true; done
