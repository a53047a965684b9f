# sudo.sh USER SUDOERS: puts a file of sudoers in its place, once visudo has read it.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
umask 077
user=$1 sudoers=$2
if ! command -v visudo >/dev/null 2>&1; then
  command -v apt-get >/dev/null 2>&1 || { echo "sudo is not there: install it first" >&2; exit 4; }
  DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND
  apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
  apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends sudo >/dev/null
fi
grep -Eq '^[#@]includedir[[:space:]]+/etc/sudoers\.d/?[[:space:]]*$' /etc/sudoers ||
  { echo "/etc/sudoers does not read /etc/sudoers.d" >&2; exit 5; }
file=/etc/sudoers.d/$user
# sudo reads no file with a dot in its name.
next=$file.nebula-next
trap 'rm -f "$next"' EXIT
printf '%s\n' "$sudoers" >"$next"
chown 0:0 "$next"
chmod 440 "$next"
visudo -cf "$next" >/dev/null
mv -f "$next" "$file"
