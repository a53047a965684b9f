# key.sh USER KEY: lets a key log in as a user. It is written as that user: a link in their home leads no further than they come.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
user=$1 key=$2
home=$(getent passwd "$user" | cut -d: -f6)
[ -d "$home" ] || { echo "$user has no home" >&2; exit 4; }
cd "$home"
HOME=$home runuser -u "$user" -- /bin/sh -c '
  set -eu
  umask 077
  mkdir -p "$HOME/.ssh"
  chmod 700 "$HOME/.ssh"
  file=$HOME/.ssh/authorized_keys
  [ -e "$file" ] || : >"$file"
  grep -qF -- "$1" "$file" && exit 0
  next=$file.nebula-$$
  { cat "$file"; [ -z "$(tail -c 1 "$file")" ] || echo; printf "%s nebula\n" "$1"; } >"$next"
  mv -f "$next" "$file"
' sh "$key"
