#!/usr/bin/env bash
# install.sh WHAT…: installs what is missing of `build`, `lint`, `deny`, `peers` and `page`, and nothing that is there already.
# System packages come from Debian, as root or with sudo; Rust itself is the only thing you bring.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=()
for what in "$@"; do
  case $what in
    build)
      command -v cargo >/dev/null || { echo "Rust is missing: https://rustup.rs installs it." >&2; exit 1; }
      command -v cc >/dev/null || packages+=(gcc libc6-dev)
      ;;
    peers)
      [ -x /usr/sbin/sshd ] || packages+=(openssh-server)
      command -v ssh >/dev/null || packages+=(openssh-client)
      ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)
      command -v pkill >/dev/null || packages+=(procps)
      [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || { echo "sudo is missing: the test servers run as users of their own." >&2; exit 1; }
      ;;
    page)
      [ -x /usr/bin/chromium ] || packages+=(chromium fonts-dejavu-core)
      command -v node >/dev/null || packages+=(nodejs)
      command -v npm >/dev/null || packages+=(npm)
      ;;
    lint)
      cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy
      ;;
    deny)
      # Built once, kept under target/.
      if ! command -v cargo-deny >/dev/null && [ ! -x target/tools/bin/cargo-deny ]; then
        echo "Building cargo-deny (a few minutes, once) …" >&2
        CARGO_TARGET_DIR=target/tools/build cargo install --quiet --locked --root target/tools cargo-deny@0.20.2
        rm -rf target/tools/build
      fi
      ;;
  esac
done
# What drives the browser; the lock file says exactly which. Kept under target/.
modules() {
  [[ " $* " == *" page "* ]] || return 0
  cmp -s tests/page/package-lock.json target/page/package-lock.json && [ -d target/page/node_modules ] && return 0
  mkdir -p target/page
  cp tests/page/package.json tests/page/package-lock.json target/page/
  npm ci --prefix target/page --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null || { rm -f target/page/package-lock.json; return 1; }
}

[ ${#packages[@]} -eq 0 ] && { modules "$@"; exit; }

echo "Installing ${packages[*]} …" >&2
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
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 </dev/null; then
  cat "$log" >&2
  exit 1
fi
modules "$@"
