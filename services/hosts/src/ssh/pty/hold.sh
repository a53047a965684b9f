# Becomes what holds a terminal: a program that makes one, with its keys from a pipe and its output on standard output.
#
# Arguments: the token that this is kept under, columns, rows, and the text of shell.sh.
d=${XDG_STATE_HOME:-$HOME/.local/state}/nebula/$1;
nebula_shell=${SHELL:-/bin/sh}; nebula_columns=$2; nebula_rows=$3; SHELL=/bin/sh;
export nebula_shell nebula_columns nebula_rows SHELL;
mkfifo -m 600 "$d/keys" 2>/dev/null || { echo nebula-none-place; exit 1; };

# Open for writing too, or the first who stops typing would be the end of it.
if command -v script >/dev/null; then exec script -qefc "$4" /dev/null <>"$d/keys";
elif command -v python3 >/dev/null; then exec python3 -c "import os,pty,sys;sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))" /bin/sh -c "$4" <>"$d/keys";
fi;
echo nebula-none-program; exit 1
