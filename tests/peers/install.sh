#!/usr/bin/env bash
# install.sh WHAT…: installs what is missing of `build`, `lint`, `deny`, `peers`, `deploy`, `page` and `bench`, and nothing that
# is there already.
# System packages come from Debian, as root or with sudo; Rust itself is the only thing you bring.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=() bots= modules= llm= mcp=
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
      # What switches virtual machines, with a driver of its own for tests.
      command -v virsh >/dev/null || packages+=(libvirt-clients)
      command -v sqlite3 >/dev/null || packages+=(sqlite3)
      # People's login shells: whatever we send must mean the same in each of them.
      for shell in zsh fish tcsh; do command -v $shell >/dev/null || packages+=($shell); done
      command -v pkill >/dev/null || packages+=(procps)
      [ -x /usr/sbin/dockerd ] || packages+=(docker.io iptables iproute2)
      command -v docker-compose >/dev/null || packages+=(docker-compose)
      [ -x /bin/busybox ] || packages+=(busybox-static)
      # What makes a machine one's own.
      command -v visudo >/dev/null || [ -x /usr/sbin/visudo ] || packages+=(sudo)
      command -v openssl >/dev/null || packages+=(openssl)
      # What people use in a terminal, and what makes one.
      command -v script >/dev/null || packages+=(bsdutils)
      command -v vi >/dev/null || packages+=(vim-tiny)
      command -v less >/dev/null || packages+=(less)
      # What programs of others are run in.
      command -v bwrap >/dev/null || packages+=(bubblewrap)
      # What runs a real model, of three megabytes.
      python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)
      llm=yes mcp=yes
      [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || { echo "sudo is missing: the test servers run as users of their own." >&2; exit 1; }
      ;;
    deploy)
      command -v caddy >/dev/null || packages+=(caddy)
      command -v systemd-analyze >/dev/null || packages+=(systemd)
      ;;
    page)
      [ -x /usr/bin/chromium ] || packages+=(chromium fonts-dejavu-core)
      command -v node >/dev/null || packages+=(nodejs)
      command -v npm >/dev/null || packages+=(npm)
      modules=yes
      ;;
    bench)
      bots=yes
      # What people run one command on many machines with.
      command -v parallel-ssh >/dev/null || packages+=(pssh)
      command -v ansible >/dev/null || packages+=(ansible-core)
      command -v node >/dev/null || packages+=(nodejs)
      command -v npm >/dev/null || packages+=(npm)
      python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)
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
browser_modules() {
  cmp -s tests/page/package-lock.json target/page/package-lock.json && [ -d target/page/node_modules ] && return 0
  mkdir -p target/page
  cp tests/page/package.json tests/page/package-lock.json target/page/
  npm ci --prefix target/page --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null || { rm -f target/page/package-lock.json; return 1; }
}

# A llama.cpp server as a Python package, and what writes its model. Kept under target/.
llama() {
  local pins='xllamacpp==2026.10.11549 gguf==0.19.0 numpy==2.4.6'
  [ "$(cat target/peers/llm/pins 2>/dev/null)" = "$pins" ] && [ -s target/peers/llm/tiny.gguf ] && return 0
  mkdir -p target/peers
  python3 -m venv --clear target/peers/llm
  # shellcheck disable=SC2086 # three words
  target/peers/llm/bin/pip install --quiet --disable-pip-version-check $pins
  target/peers/llm/bin/python tests/peers/llm/model.py target/peers/llm/tiny.gguf
  echo "$pins" >target/peers/llm/pins
}

# The protocol's own library, which serves what the bot uses. Kept under target/.
mcp() {
  local pins='mcp==2.3.0'
  [ "$(cat target/peers/mcp/pins 2>/dev/null)" = "$pins" ] && return 0
  mkdir -p target/peers
  python3 -m venv --clear target/peers/mcp
  target/peers/mcp/bin/pip install --quiet --disable-pip-version-check "$pins"
  echo "$pins" >target/peers/mcp/pins
}

[ ${#packages[@]} -eq 0 ] || tests/peers/debian.sh "${packages[@]}"
[ -z "$modules" ] || browser_modules
[ -z "$bots" ] || benches/peers/install.sh
[ -z "$llm" ] || llama
[ -z "$mcp" ] || mcp
