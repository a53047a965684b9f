# Becomes the login shell of whoever logged in, on the terminal that it was given.
stty sane rows $nebula_rows cols $nebula_columns 2>/dev/null;
SHELL=$nebula_shell; TERM=xterm-256color; export SHELL TERM;
unset nebula_shell nebula_rows nebula_columns;
case ${SHELL##*/} in
  bash|zsh|fish|ksh|mksh) exec "$SHELL" -l;;
  *) exec "$SHELL";;
esac
