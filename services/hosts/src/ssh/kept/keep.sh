# Runs one command and keeps what it prints within bounds, and its status.
#
# Arguments: its directory, and the text of become.sh. Descriptor 9 is heard by whoever started it, if anybody still is.
# The first 4 MiB and the last 4 MiB at least are kept in files of 1 to 2 MiB; `gap` says which bytes are gone between.
d=$1; become=$2;
x=; { read -r x </proc/sys/kernel/random/boot_id; } 2>/dev/null;
{ read -r l </proc/$$/stat; } 2>/dev/null; set -- ${l##*) };
echo "$$ ${20-0} $x" >"$d/keeper" || exit 0;

keep() {
  umask 077; unset nebula_line;
  o=0; h=; lost=0; n=${IFS#??};
  exec 5>>"$d/o0";
  while :; do
    # Every read is written at once, so what waits here is at most a moment old.
    # Where the disk is full, the command goes on, and what it prints is counted.
    r=$(LC_ALL=C dd bs=4096 count=256 2>&1 >&5) || { lost=$(($(wc -c))); break; };
    r=${r%% records in*}; r=${r##*$n}; x=${r#*+};
    [ $((${r%%+*}+${x%% *})) = 256 ] || break;
    read -r x p </proc/self/fdinfo/5;
    [ $p -ge 1048576 ] || continue;
    o=$((o+p));
    # The same where it was forgotten while it runs.
    { command exec 5>>"$d/o$o"; } 2>/dev/null || { lost=$(($(wc -c))); break; };
    [ $o -ge 4194304 ] || continue;
    [ "$h" ] || h=$o;
    set -- "$@" $o;
    while [ $# -gt 1 ] && [ $2 -le $((o-4194304)) ]; do
      echo "$h $2" >"$d/gap";
      rm -f "$d/o$1"; shift;
    done;
  done;
  echo "end $lost" 1<>"$d/end";
  echo end >&9;
};

set --;
{
  setsid /bin/sh -c "$become" nebula "$d" 2>&1;
  s=$?;
  read -r u x </proc/uptime;
  echo "$s $u" 1<>"$d/status";
} 2>/dev/null | keep 2>/dev/null
