# keys.sh add|drop|take-back OLD NEW: changes ~/.ssh/authorized_keys as a whole or not at all.
# OLD and NEW are `type blob`; OLD may be empty. Owner and mode are kept, and so are the options of the old key's line.
set -eu
umask 077
what=$1 old=$2 new=$3
dir=$HOME/.ssh file=$HOME/.ssh/authorized_keys
mkdir -p "$dir"
[ -e "$file" ] || : >"$file"
file=$(readlink -f "$file")
next=$file.nebula-$$
trap 'rm -f "$next"' EXIT
cp -p "$file" "$next"
options= found=
while IFS= read -r line || [ -n "$line" ]; do
  case $line in '#'*) continue ;; esac
  case $line in *"$new"*) found=yes ;; esac
  if [ -n "$old" ]; then
    case $line in *"$old"*) options=${line%%"$old"*} ;; esac
  fi
done <"$file"
case $what in
  add)
    if [ -n "$found" ]; then echo "nebula-keys there"; exit 0; fi
    { cat "$file"; [ -z "$(tail -c 1 "$file")" ] || echo; printf '%s%s nebula\n' "$options" "$new"; } >"$next"
    ;;
  take-back)
    # The new key goes again; whoever asks is logged in otherwise.
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in *"$new"*) continue ;; esac
      printf '%s\n' "$line"
    done <"$file" >"$next"
    ;;
  drop)
    # Never the last way in.
    [ -n "$found" ] || { echo "the new key is not there" >&2; exit 4; }
    [ -n "$old" ] || { echo "nebula-keys none"; exit 0; }
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        '#'*) ;;
        *"$old"*) continue ;;
      esac
      printf '%s\n' "$line"
    done <"$file" >"$next"
    grep -qF -- "$new" "$next"
    ;;
esac
mv -f "$next" "$file"
echo "nebula-keys done"
