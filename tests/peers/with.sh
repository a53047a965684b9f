#!/usr/bin/env bash
# with.sh COMMAND…: runs a command with a throw-away PostgreSQL on a free port of loopback, and stops it afterwards.
# The tests find it by NEBULA_TEST_POSTGRES and make a database each.
set -euo pipefail

# The test servers run as users of their own; asked once, here, and kept while the tests run.
if [ "$(id -u)" != 0 ]; then
  sudo -v
  while sleep 60; do sudo -n -v; done & keeper=$!
fi

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
# Hundreds of databases come and go: in memory, where there is plenty of it, that takes half as long as on a disk.
place=/tmp
if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt $((12 << 20)) ] 2>/dev/null \
  && [ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -gt $((14 << 20)) ]; then
  place=/dev/shm
fi
dir=$(mktemp -d "$place/nebula-postgres.XXXXXX")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo $((20000 + RANDOM)))

# PostgreSQL refuses to run as root.
as_postgres() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  chown postgres: "$dir"
  as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
fi
stop() {
  [ -z "${keeper:-}" ] || kill "$keeper" 2>/dev/null || true
  as_postgres "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap stop EXIT

printf 'pw' >"$dir/pw"; chmod 644 "$dir/pw"
cd "$dir"
as_postgres "$bin/initdb" -D "$dir/data" -A scram-sha-256 --pwfile="$dir/pw" -U bot -N -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 \
  || { cat "$dir/initdb.log" >&2; exit 1; }
as_postgres "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/data/log" -o "-p $port -h 127.0.0.1 -k $dir -c fsync=off -c full_page_writes=off -c autovacuum=off -c jit=off -c max_connections=200 -c shared_buffers=24MB" start >/dev/null \
  || { cat "$dir/data/log" >&2; exit 1; }
cd "$OLDPWD"

# Stories mostly wait for each other's machines: somewhat more than twice as many at a time as there are processors keeps those busy.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((2 * $(nproc) + 1))}"
# Its own programs, not the wrappers that look for one of several versions first.
export PATH="$bin:$PATH"
NEBULA_TEST_POSTGRES="postgres://bot:pw@127.0.0.1:$port/postgres" "$@"
