# tailscale.sh SYSTEM CODENAME: installs Tailscale from its own packages, and joins with the key in NEBULA_AUTH_KEY. The key is in no
# list of processes: tailscale reads it from a file that is gone afterwards.
set -eu
key=$NEBULA_AUTH_KEY
unset NEBULA_AUTH_KEY
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND
umask 022
ring= file=
trap 'rm -f "$ring" "$file"' EXIT
system=$1 codename=$2
if ! command -v tailscale >/dev/null 2>&1; then
  from=https://pkgs.tailscale.com/stable/$system
  keys=/etc/apt/keyrings/tailscale.gpg
  list=/etc/apt/sources.list.d/tailscale.list
  fetch() {
    if command -v curl >/dev/null 2>&1; then curl --fail --silent --show-error --proto =https --max-time 60 --max-filesize 1000000 -o "$2" "$1"
    else wget --quiet --timeout=60 --https-only -O "$2" "$1"
    fi
  }
  ring=$(mktemp)
  fetch "$from/$codename.noarmor.gpg" "$ring"
  mkdir -p /etc/apt/keyrings
  # Only what this key signed is installed from there.
  install -m 644 "$ring" "$keys"
  echo "deb [signed-by=$keys] $from $codename main" >"$list"
  apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
  apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends tailscale >/dev/null
fi
if [ -d /run/systemd/system ]; then systemctl enable --now tailscaled >/dev/null 2>&1 || :; fi
umask 077
file=$(mktemp)
# A builtin of the shell: no process has the key as an argument.
printf '%s' "$key" >"$file"
tailscale up --timeout=60s "--auth-key=file:$file"
tailscale ip -4 | head -n 1
