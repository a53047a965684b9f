# Shows what is kept of one command to one client, and starts it first where it is told to.
#
# Arguments: the token, what to do (start, follow, stop), and for a start the texts of keep.sh and become.sh.
# The client sends the command line, `nebula-TOKEN: go`, and from then on a line whenever it wants more.
# Standard output is a line `nebula-TOKEN:` and then nothing but what the command printed; standard error is words about it.
t=$1;
r=${XDG_STATE_HOME:-$HOME/.local/state}/nebula;
d=$r/$t;
say() { echo "nebula-$t: $*" >&2; };
none() { say none $1; exit 0; };

# Half a command line must never run: a broken connection ends it just as its end does.
nebula_line=; n=${IFS#??}; s=; k=;
if [ $2 = start ]; then
  while IFS= read -r x; do
    if [ "$x" = "nebula-$t: go" ]; then k=1; break; fi;
    nebula_line=$nebula_line$s$x; s=$n;
  done;
  [ "$k" ] || exit 0;
fi;

# Whoever is gone by now is found out here, where nothing has begun.
echo "nebula-$t:";

[ -r /proc/self/fdinfo/0 ] && command -v setsid >/dev/null || none tools;
make() { mkdir -m 700 "$d" 2>/dev/null && w=1 || [ -d "$d" ]; };
w=;
make || { mkdir -p "${r%/*}"; mkdir -m 700 "$r"; make; } 2>/dev/null || none place;
if [ "$w" ]; then
  if [ $2 = start ]; then
    # Room for the last words is taken now: the disk may be full when they are written.
    { printf "%-40s" - >"$d/status" && printf "%-40s" - >"$d/end" && printf "" >"$d/o0"; } 2>/dev/null
      || { rm -rf "$d"; none place; };
  else
    # Whoever is told that it never started must be right for ever, a start that comes late included.
    { echo never >"$d/process"; } 2>/dev/null || { rm -rf "$d"; none place; };
  fi;
fi;

# State and start time of a process, see proc(5).
stat() { l=; { read -r l </proc/$1/stat; } 2>/dev/null; set -- ${l##*) }; z=${1-X}; g=${20-0}; };
alive() { kill -s 0 -- -$1 2>/dev/null || return 1; stat $1; [ $z != Z ] && { [ $g = 0 ] || [ $g = $2 ]; }; };
dead() {
  m=; { read -r m a x <"$d/keeper"; } 2>/dev/null;
  [ -d "$d" ] || return 0;
  [ "$m" ] || return 1;
  y=; { read -r y </proc/sys/kernel/random/boot_id; } 2>/dev/null;
  [ "$x" = "$y" ] || return 0;
  if alive $m $a; then return 1; fi;
};
look() { e=-; x=0; c=-; u=; { read -r e x <"$d/end"; read -r c u <"$d/status"; } 2>/dev/null; };

never() { ( set -C; echo never >"$d/process" ) 2>/dev/null; };
announce() {
  [ -z "$p" ] || return 0;
  { read -r p q x <"$d/process"; } 2>/dev/null;
  case $p in
    never) say never; exit 0;;
    "") i=$((i+1)); if [ $i = 10 ]; then never; fi;;
    *) say process $p $q;;
  esac;
};

# Passes on what is new: a file at a time, named by where it begins in the whole.
pump() {
  look; f=wait; j=0; v=0;
  if [ "$e" = end ]; then f=end; v=$x;
  elif dead; then
    look; f=dead;
    if [ "$e" = end ]; then f=end; v=$x;
    elif [ "$p" ] && alive $p $q; then f=orphan; fi;
  fi;
  if [ -z "$o" ] && [ -e "$d/o0" ]; then { command exec 4<"$d/o0"; } 2>/dev/null && o=0; fi;
  if [ "$o" ]; then
    if [ $o -gt 0 ] || [ -s "$d/o$b" ]; then cat <&4 2>/dev/null; fi;
    read -r x y </proc/self/fdinfo/4;
    b=$((b+y-o)); sent=$((sent+y-o)); o=$y;
    if [ $o -gt 0 ] && [ -e "$d/o$b" ] && { command exec 4<"$d/o$b"; } 2>/dev/null; then o=0; f=more;
    else
      h=; { read -r h x <"$d/gap"; } 2>/dev/null;
      if [ "$h" ] && [ $b -ge $h ] && [ $b -lt $x ]; then
        f=more;
        if { command exec 4<"$d/o$x"; } 2>/dev/null; then j=$((x-b)); b=$x; o=0; fi;
      fi;
    fi;
  fi;
  [ $f = end ] && j=$v;
  say at $sent $j $f $c $u;
};

view() {
  p=; i=0; o=; b=0; sent=0;
  while read -r bell; do
    announce;
    case $bell in
      up) ;;
      quit) if [ $1 = stop ]; then never; announce; fi; exit 0;;
      *) pump;;
    esac;
  done;
};

exec 3<&0;
{
  { while read -r x; do echo more; done; echo quit; } <&3 2>/dev/null &
  if [ "$w" ] && [ $2 = start ]; then
    export nebula_line;
    # The second setsid finds itself a leader and forks. A shell would fork with INT and QUIT ignored for good.
    setsid setsid /bin/sh -c "$3" nebula "$d" "$4" </dev/null 9>&1 >/dev/null 2>&1 3<&-;
  fi;
} | view $2 3<&-
