# leave.sh OLD: takes a key off the file of whoever is logged in, whole or not at all.
set -eu
umask 077
old=$1
file=$HOME/.ssh/authorized_keys
[ -e "$file" ] || exit 0
file=$(readlink -f "$file")
next=$file.nebula-$$
trap 'rm -f "$next"' EXIT
cp -p "$file" "$next"
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    '#'*) ;;
    *"$old"*) continue ;;
  esac
  printf '%s\n' "$line"
done <"$file" >"$next"
mv -f "$next" "$file"
