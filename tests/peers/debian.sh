#!/usr/bin/env bash
# debian.sh PACKAGE…: installs packages from Debian, as root or with sudo.
set -euo pipefail

echo "Installing $* …" >&2
as_root=(env DEBIAN_FRONTEND=noninteractive); [ "$(id -u)" = 0 ] || as_root=(sudo "${as_root[@]}")
log=$(mktemp) made=
trap 'rm -f "$log"; [ -z "$made" ] || "${as_root[@]}" rm -f "$policy"' EXIT
# Packages may start no service of their own: the tests start what they use, on loopback.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  made=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod 755 $policy
fi
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
  cat "$log" >&2
  exit 1
fi
