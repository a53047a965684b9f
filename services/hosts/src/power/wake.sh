# wake.sh MAC ADDRESS PORT: sends a magic packet with whatever is there.
if command -v perl >/dev/null 2>&1; then
  exec perl -MSocket -e '
    my ($mac, $to, $port) = @ARGV;
    $mac =~ s/[^0-9a-fA-F]//g;
    socket(my $s, PF_INET, SOCK_DGRAM, getprotobyname("udp") || 17) or die "socket: $!\n";
    setsockopt($s, SOL_SOCKET, SO_BROADCAST, pack("l", 1)) or die "broadcast: $!\n";
    my $packet = chr(255) x 6 . pack("H12", $mac) x 16;
    defined(send($s, $packet, 0, sockaddr_in($port, inet_aton($to)))) or die "send: $!\n";
    print "nebula-woken perl\n";
  ' "$1" "$2" "$3"
fi
if command -v python3 >/dev/null 2>&1; then
  exec python3 -c '
import socket, sys
mac, to, port = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b"\xff" * 6 + bytes.fromhex(mac.replace(":", "")) * 16, (to, int(port)))
print("nebula-woken python3")
' "$1" "$2" "$3"
fi
if command -v wakeonlan >/dev/null 2>&1; then
  wakeonlan -i "$2" -p "$3" "$1" >/dev/null && echo "nebula-woken wakeonlan"
  exit
fi
echo "it has neither perl, python3 nor wakeonlan" >&2
exit 3
