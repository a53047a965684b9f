//! Where a probe goes, and where it never goes: what clouds tell their own machines is no service of anybody's.
//!
//! **Invariant:** a name is looked up once, each of its addresses is judged, and exactly those are connected to: what it names a
//! moment later does not matter.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use super::Answer;

/// Addresses at which clouds tell a machine its own credentials, outside of what is link-local.
const TELLTALES: [IpAddr; 5] = [
    // Alibaba, Azure, Oracle, and AWS over IPv6.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    // Google, over IPv6.
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];
/// Who answers with more has something else in mind.
const MOST: usize = 16;

/// Whether nothing is ever sent there.
pub(super) fn is_shut(address: IpAddr) -> bool {
    let address = address.to_canonical();
    if TELLTALES.contains(&address) {
        return true;
    }
    match address {
        IpAddr::V4(address) => {
            address.is_link_local() || address.is_unspecified() || address.is_broadcast() || address.is_multicast()
        }
        IpAddr::V6(address) => {
            let is_link_local = address.segments()[0] & 0xffc0 == 0xfe80;
            let inside = inside(address).is_some_and(|inside| is_shut(IpAddr::V4(inside)));
            is_link_local || inside || address.is_unspecified() || address.is_multicast()
        }
    }
}

/// The IPv4 address that a translator or a tunnel makes of an IPv6 one.
fn inside(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        // NAT64, what was once "compatible", and 6to4.
        [0x64, 0xff9b, .., high, low] | [0, 0, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

/// What a sentence says of an address that is never asked.
pub(super) const SHUT: &str = "it leads to an address that I never ask: link-local, or a cloud's own";

/// The addresses of a name, every one of which may be asked. Otherwise the answer there is.
pub(super) async fn look_up(host: &str, port: u16, within: Duration) -> Result<Vec<SocketAddr>, Answer> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = match tokio::time::timeout(within, tokio::net::lookup_host((host, port))).await {
        Err(_) => return Err(Answer::Unknown("its name did not resolve in time".to_owned())),
        Ok(Err(_)) => return Err(Answer::Unknown("its name does not resolve".to_owned())),
        Ok(Ok(found)) => found,
    };
    let found: Vec<SocketAddr> = found.take(MOST).collect();
    if found.is_empty() {
        return Err(Answer::Unknown("its name has no address".to_owned()));
    }
    if found.iter().any(|address| is_shut(address.ip())) {
        return Err(Answer::Wrong(SHUT.to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clouds_tell_their_machines_is_never_asked_however_it_is_written() {
        for shut in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "::",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::a9fe:a9fe",
        ] {
            assert!(is_shut(shut.parse().unwrap()), "{shut}");
        }
        for open in
            ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "100.100.100.201", "1.1.1.1", "fd00::1", "2606:4700::1"]
        {
            assert!(!is_shut(open.parse().unwrap()), "{open}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_there_is_not_asked_either() {
        let within = Duration::from_secs(5);
        assert_eq!(look_up("169.254.169.254", 80, within).await, Err(Answer::Wrong(SHUT.to_owned())));
        assert_eq!(look_up("[::ffff:169.254.169.254]", 80, within).await, Err(Answer::Wrong(SHUT.to_owned())));
        assert!(look_up("localhost", 80, within).await.is_ok());
        assert!(matches!(look_up("nothing.invalid", 80, within).await, Err(Answer::Unknown(_))));
    }
}
