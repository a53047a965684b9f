# docker.sh USER: installs Docker from the system's own packages, and lets a user use it.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND
user=$1
if ! command -v docker >/dev/null 2>&1; then
  # Somebody may have been stopped in the middle of this before.
  if command -v dpkg >/dev/null 2>&1; then dpkg --configure -a >/dev/null 2>&1 || :; fi
  apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
  apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends docker.io >/dev/null
fi
if [ -d /run/systemd/system ]; then systemctl enable --now docker >/dev/null 2>&1 || :; fi
getent group docker >/dev/null || groupadd --system docker
usermod --append --groups docker "$user"
docker --version
