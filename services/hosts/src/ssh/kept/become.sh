# Writes down which process it is, and becomes the command.
#
# Argument: the directory. Whoever makes the file `process` decides: this one, or somebody who was told that it never began.
d=$1; x=; l=;
{ read -r x </proc/sys/kernel/random/boot_id; } 2>/dev/null;
{ read -r l </proc/$$/stat; } 2>/dev/null; set -- ${l##*) };
set -C;
echo "$$ ${20-0} $x" >"$d/process" || exit 126;

# Nobody may be listening any more, which is no reason to die; the command itself has its own way with PIPE.
trap "" PIPE; { echo up >&9; } 2>/dev/null; trap - PIPE;
exec 9>&-;

# As sshd runs it: at home, by the login shell, and bash reads its startup file only while SHLVL is unset.
cd 2>/dev/null;
l=$nebula_line;
unset nebula_line SHLVL OLDPWD;
s=${SHELL:-/bin/sh};
case ${s##*/} in
  # The name in their complaints. A line that begins with a dash is no option.
  bash|dash|sh|ash|zsh|ksh|mksh) exec "$s" -c " $l" "${s##*/}";;
  *) exec "$s" -c " $l";;
esac
