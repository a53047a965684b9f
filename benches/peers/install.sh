#!/usr/bin/env bash
# install.sh: puts the two bots that Nebula is measured against under target/peers, in exactly the versions named here.
# What is there already stays. better-sqlite3 is compiled where its authors' binary cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
peers=../../target/peers
mkdir -p $peers/discord.js
log=$(mktemp); trap 'rm -f "$log"' EXIT

# A step that fails says everything it said.
quietly() { "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; exit 1; }; }

cp discord.js/main.js $peers/discord.js/
# The stamp is written last: an installation that broke off is begun again.
if ! cmp -s discord.js/package-lock.json $peers/discord.js/installed; then
  echo "Installing discord.js …" >&2
  cp discord.js/package.json discord.js/package-lock.json $peers/discord.js/
  quietly npm ci --prefix $peers/discord.js --omit=dev --no-audit --no-fund
  cp discord.js/package-lock.json $peers/discord.js/installed
fi

if ! cmp -s discord.py/requirements.txt $peers/discord.py/installed; then
  echo "Installing discord.py …" >&2
  rm -rf $peers/discord.py
  quietly python3 -m venv $peers/discord.py
  quietly $peers/discord.py/bin/pip install --disable-pip-version-check --no-deps --only-binary :all: -r discord.py/requirements.txt
  cp discord.py/requirements.txt $peers/discord.py/installed
fi
