# machine.sh DIRECTORY ADDRESS PORT: a machine of its own, as far as whoever logs in can see: its own users, sudoers, homes and
# processes, in a root of its own, with this machine's programs read-only. `apt-get`, `curl`, `docker` and `tailscale` write down
# what they are asked for, and install nothing. Everything is mounted in a namespace that is gone with its last process.
set -eu
dir=$1 address=$2 port=$3
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
mount --make-rprivate /
mkdir -p "$dir/root"
cd "$dir/root"
if [ ! -e etc/passwd ]; then
  mkdir -p etc/ssh etc/pam.d etc/sudoers.d etc/default etc/apt/sources.list.d root/.ssh home/admin/.ssh home/carl var/lib var/log \
    var/mail var/cache run/sshd tmp proc dev usr local/bin local/sbin usr/share
  chmod 1777 tmp
  chmod 700 root root/.ssh
  for link in bin sbin lib lib64; do [ ! -L /$link ] || ln -sfn usr/$link $link; done
  password=$(cat "$dir/password.hash")
  cat >etc/passwd <<END
root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
admin:x:1000:1000::/home/admin:/bin/bash
carl:x:1001:1001::/home/carl:/bin/bash
END
  cat >etc/group <<END
root:x:0:
nogroup:x:65534:
mail:x:8:
users:x:100:
shadow:x:42:
admin:x:1000:
carl:x:1001:
END
  cat >etc/shadow <<END
root:$password:19000:0:99999:7:::
nobody:*:19000:0:99999:7:::
sshd:!:19000::::::
admin:*:19000:0:99999:7:::
carl:$password:19000:0:99999:7:::
END
  : >etc/gshadow
  chmod 640 etc/shadow etc/gshadow
  cp /etc/login.defs etc/
  cp /etc/ld.so.cache etc/
  for directory in security alternatives; do [ ! -d /etc/$directory ] || cp -r /etc/$directory etc/; done
  for file in default/useradd sudo.conf; do [ ! -e /etc/$file ] || cp /etc/$file etc/$file; done
  for file in /etc/pam.d/sudo /etc/pam.d/common-* /etc/pam.d/runuser /etc/pam.d/su /etc/pam.d/other; do
    [ ! -e "$file" ] || cp "$file" etc/pam.d/
  done
  for kind in passwd group shadow hosts; do echo "$kind: files"; done >etc/nsswitch.conf
  printf '127.0.0.1 localhost %s\n' "$(uname -n)" >etc/hosts
  cat >etc/sudoers <<END
Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
admin ALL=(ALL) NOPASSWD: ALL
carl ALL=(ALL) ALL
@includedir /etc/sudoers.d
END
  chmod 440 etc/sudoers
  cat >etc/os-release <<END
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
ID=debian
VERSION_ID="12"
VERSION_CODENAME=bookworm
END
  cp "$dir/id.pub" root/.ssh/authorized_keys
  cp "$dir/id.pub" home/admin/.ssh/authorized_keys
  chown -R 1000:1000 home/admin
  chown 1001:1001 home/carl
  cp "$dir/hostkey" etc/ssh/hostkey
  chmod 600 etc/ssh/hostkey
  cat >etc/ssh/sshd_config <<END
ListenAddress $address
Port $port
HostKey /etc/ssh/hostkey
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
MaxStartups 100
Subsystem sftp internal-sftp
LogLevel VERBOSE
END
  cat >local/bin/apt-get <<'END'
#!/bin/sh
echo "apt-get $*" >>/var/log/calls
[ ! -e /var/log/apt-waits ] || while [ -e /var/log/apt-waits ]; do sleep 0.02; done
[ ! -e /var/log/apt-fails ] || { echo "E: Unable to locate package docker.io" >&2; exit 100; }
case " $* " in
  *" install "*docker.io*)
    printf '#!/bin/sh\necho "Docker version 20.10.24+dfsg1, build 297e128"\n' >/usr/local/bin/docker
    chmod 755 /usr/local/bin/docker
    groupadd --force --system docker
    ;;
  *" install "*tailscale*)
    cat >/usr/local/bin/tailscale <<'INNER'
#!/bin/sh
echo "tailscale $*" | sed 's|file:/[^ ]*|file:PATH|' >>/var/log/calls
case $1 in
  up)
    for word; do case $word in --auth-key=file:*) sha256sum <"${word#--auth-key=file:}" >/var/log/tailscale-key ;; esac; done
    ;;
  ip) [ ! -e /var/log/tailscale-key ] || echo 100.64.0.7; [ -e /var/log/tailscale-key ] ;;
esac
INNER
    chmod 755 /usr/local/bin/tailscale
    ;;
esac
END
  cat >local/bin/curl <<'END'
#!/bin/sh
echo "curl $*" >>/var/log/calls
while [ $# -gt 1 ]; do [ "$1" != -o ] || echo "from the network" >"$2"; shift; done
END
  for program in systemctl shutdown; do
    printf '#!/bin/sh\necho "%s $*" >>/var/log/calls\n' $program >local/bin/$program
  done
  chmod 755 local/bin/*
  : >var/log/calls
  chmod 666 var/log/calls
fi
mount --bind "$PWD" "$PWD"
cd "$PWD"
mount --bind /usr usr
mount -o remount,bind,ro usr
mount --bind local usr/local
for program in docker tailscale $(cat "$dir/hidden"); do [ ! -e /usr/bin/$program ] || mount --bind /dev/null usr/bin/$program; done
mount -t tmpfs -o mode=755 none dev
for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts
ln -s pts/ptmx dev/ptmx
mount -t proc none proc
exec chroot . /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config
