# user.sh USER: makes a user who logs in with keys alone.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
user=$1
if uid=$(id -u -- "$user" 2>/dev/null); then
  [ "$uid" != 0 ] || { echo "$user is root there" >&2; exit 4; }
  exit 0
fi
shell=/bin/sh
[ ! -x /bin/bash ] || shell=/bin/bash
# No password, and not locked: sshd takes what is locked for nobody's.
useradd --create-home --user-group --shell "$shell" --password '*' --comment 'Nebula' "$user"
