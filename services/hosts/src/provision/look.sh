# look.sh USER SUDOERS: what is there of what a provision would make. It changes nothing. As root it sees more.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
LC_ALL=C; export LC_ALL
user=$1 sudoers=$2
if uid=$(id -u -- "$user" 2>/dev/null); then echo "user $uid"; fi
case " $(id -nG -- "$user" 2>/dev/null) " in *" docker "*) echo "in-docker yes" ;; esac
if command -v docker >/dev/null 2>&1; then echo "docker $(docker --version 2>/dev/null | head -n 1 | head -c 80)"; fi
if command -v tailscale >/dev/null 2>&1; then
  echo "has-tailscale yes"
  if address=$(tailscale ip -4 2>/dev/null | head -n 1) && [ -n "$address" ]; then echo "tailnet $address"; fi
fi
if [ "$(id -u)" = 0 ]; then
  file=/etc/sudoers.d/$user
  if [ ! -e "$file" ]; then echo "sudoers none"
  elif [ "$(cat "$file")" = "$sudoers" ]; then echo "sudoers same"
  else echo "sudoers other"
  fi
elif [ "$(id -un)" = "$user" ]; then
  # Each line that allows something is asked for; who may all of it needs no file.
  missing=
  while IFS= read -r line; do
    case $line in *NOPASSWD:*) ;; *) continue ;; esac
    # The words of a command are words here, too.
    sudo -n -l ${line#*NOPASSWD: } >/dev/null 2>&1 || missing=yes
  done <<END
$sudoers
END
  if [ -n "$missing" ]; then echo "sudoers none"; else echo "sudoers same"; fi
fi
