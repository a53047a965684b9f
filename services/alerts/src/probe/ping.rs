//! Sends an echo request, and waits for its echo: without any privilege where the kernel lets our group, else with the right to send
//! raw packets, which root has.

use std::{
    io,
    net::SocketAddr,
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::{Answer, address};
use crate::span;

/// What an echo carries, so that another's is not taken for ours.
const ECHO: &[u8; 16] = b"nebula-probe-...";
/// Type, code, checksum, identifier and number, of two bytes each but the first two.
const HEAD: usize = 8;
/// What nobody may who may not ping.
const FORBIDDEN: &str = "I may not send pings on this machine: whoever runs me allows it with \
                         `sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"`, or gives me CAP_NET_RAW";

/// Tells one question from another.
static NUMBERS: AtomicU16 = AtomicU16::new(1);

/// Sends an echo request. Where this process may not, that is no failure of the other side.
pub(super) async fn ping(host: &str, within: Duration) -> Answer {
    let addresses = match address::look_up(host, 0, within).await {
        Ok(addresses) => addresses,
        Err(answer) => return answer,
    };
    let Some(address) = addresses.first() else { return Answer::Unknown("its name has no address".to_owned()) };
    let echo = match Echo::to(address) {
        Ok(echo) => echo,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Answer::Unknown(FORBIDDEN.to_owned()),
        Err(_) => return Answer::Unknown("no route leads there from here".to_owned()),
    };
    let began = Instant::now();
    match tokio::time::timeout(within, echo.comes_back()).await {
        Ok(Ok(())) => Answer::Well(format!("answers in {} ms", began.elapsed().as_millis())),
        Ok(Err(_)) => Answer::Unknown("the ping could not be sent".to_owned()),
        Err(_) => Answer::Wrong(format!("no answer within {}", span::words(within))),
    }
}

/// One request, and a socket that hears only from where it goes.
struct Echo {
    socket: UdpSocket,
    is_v4: bool,
    /// What comes is whole packets, of everybody's.
    is_raw: bool,
    number: u16,
}

impl Echo {
    fn to(address: &SocketAddr) -> io::Result<Self> {
        let (domain, protocol) = match address {
            SocketAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
            SocketAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
        };
        let plain = Socket::new(domain, Type::DGRAM, Some(protocol)).map(|socket| (socket, false));
        let raw = |_| Socket::new(domain, Type::RAW, Some(protocol)).map(|socket| (socket, true));
        let (socket, is_raw) = plain.or_else(raw)?;
        socket.set_nonblocking(true)?;
        socket.connect(&(*address).into())?;
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Ok(Self { socket: UdpSocket::from_std(socket.into())?, is_v4: address.is_ipv4(), is_raw, number })
    }

    async fn comes_back(&self) -> io::Result<()> {
        self.socket.send(&request(self.is_v4, self.number)).await?;
        let mut packet = [0; 256];
        loop {
            let length = self.socket.recv(&mut packet).await?;
            let packet = &packet[..length];
            // Only a raw socket of IPv4 is told how a packet came.
            let message = if self.is_raw && self.is_v4 { without_head(packet) } else { packet };
            if is_reply(message, self.is_v4, self.number) {
                return Ok(());
            }
        }
    }
}

/// An echo request. Where nothing privileged is used the kernel sets identifier and checksum, and of IPv6 the checksum always.
fn request(is_v4: bool, number: u16) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    let mut packet = vec![if is_v4 { 8 } else { 128 }, 0, 0, 0, 0, 0, high, low];
    packet.extend_from_slice(ECHO);
    if is_v4 {
        let [high, low] = checksum(&packet).to_be_bytes();
        (packet[2], packet[3]) = (high, low);
    }
    packet
}

/// Whether this is the echo of that request.
fn is_reply(message: &[u8], is_v4: bool, number: u16) -> bool {
    let reply = if is_v4 { 0 } else { 129 };
    message.len() == HEAD + ECHO.len()
        && message[0] == reply
        && message[6..HEAD] == number.to_be_bytes()
        && message[HEAD..] == *ECHO
}

/// What an IPv4 packet carries.
fn without_head(packet: &[u8]) -> &[u8] {
    let length = packet.first().map_or(0, |first| usize::from(first & 0x0f) * 4);
    packet.get(length..).unwrap_or_default()
}

/// RFC 1071: the complement of the sum of all pairs of bytes.
fn checksum(packet: &[u8]) -> u16 {
    let sum = packet.chunks(2).fold(0_u32, |sum, pair| {
        sum + u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]))
    });
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(10);
    /// What the test below expects in a process that it was begun in again.
    const EXPECTS: &str = "NEBULA_TEST_PING";
    /// Nobody.
    const NOBODY: &str = "65534";

    /// Whether this process is root with all that root may.
    fn has_raw_packets() -> bool {
        const NET_RAW: u32 = 13;
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap().trim();
        u64::from_str_radix(effective, 16).unwrap() & (1 << NET_RAW) != 0
    }

    #[tokio::test]
    async fn what_is_here_answers_whoever_may_ask_and_others_are_told_how_to() {
        let answer = ping("127.0.0.1", WITHIN).await;
        match std::env::var_os(EXPECTS) {
            Some(expects) if expects == "told" => assert_eq!(answer, Answer::Unknown(FORBIDDEN.to_owned())),
            Some(_) => assert!(matches!(answer, Answer::Well(_)), "{answer:?}"),
            None if has_raw_packets() => assert!(matches!(answer, Answer::Well(_)), "{answer:?}"),
            // The machine's own setting decides.
            None => assert!(matches!(answer, Answer::Well(_) | Answer::Unknown(_)), "{answer:?}"),
        }
    }

    #[test]
    fn somebody_without_privileges_may_where_the_kernel_lets_their_group_and_else_is_told() {
        let test = "probe::ping::tests::what_is_here_answers_whoever_may_ask_and_others_are_told_how_to";
        let own = std::env::current_exe().unwrap();
        let as_nobody = format!("setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups \"$0\" --exact {test}");
        for (groups, expects) in [("0 2147483647", "well"), ("1 0", "told")] {
            let script =
                format!("ip link set lo up && echo {groups} > /proc/sys/net/ipv4/ping_group_range && {as_nobody}");
            let mut unshared = Command::new("unshare");
            // Where nobody may be root in a network of their own, only the test above is left.
            if !unshared.args(["--net", "true"]).status().is_ok_and(|status| status.success()) {
                return;
            }
            let mut begun = Command::new("unshare");
            begun.args(["--net", "sh", "-ec", &script]).arg(&own).env(EXPECTS, expects);
            let output = begun.output().unwrap();
            assert!(output.status.success(), "{groups}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }

    #[test]
    fn only_the_echo_of_that_very_request_is_one() {
        let mut packet = request(true, 0x0102);
        assert_eq!(checksum(&packet), 0, "the sum of a packet with its checksum is none");
        assert!(!is_reply(&packet, true, 0x0102), "a request of ours comes by on loopback, too");
        packet[0] = 0;
        assert!(
            is_reply(&packet, true, 0x0102) && !is_reply(&packet, true, 0x0103) && !is_reply(&packet, false, 0x0102)
        );
        let whole: Vec<u8> = [&[0x45; 20][..], &packet].concat();
        assert_eq!(without_head(&whole), packet);
        assert!(without_head(&[0x4f]).is_empty() && without_head(&[]).is_empty() && !is_reply(&[], true, 1));
    }
}
