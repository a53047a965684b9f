//! Where nothing is fetched from, whoever asks: what stands behind such an address was never meant for others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds keep what only a machine itself may know, and what is no single machine; however it is written as IPv6.
pub fn is_forbidden(address: IpAddr) -> bool {
    /// AWS answers here, too (IMDS over IPv6).
    const AWS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address {
        // Alibaba's is 100.100.100.200, Oracle's 192.0.0.192.
        IpAddr::V4(v4) => {
            let octets = v4.octets();
            v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || octets[0] == 0
                || octets == [100, 100, 100, 200]
                || octets == [192, 0, 0, 192]
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped().or_else(|| embedded(v6)) {
            Some(v4) => is_forbidden(IpAddr::V4(v4)),
            None => v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast() || v6 == AWS,
        },
    }
}

/// The IPv4 address that NAT64 and 6to4 put into one of IPv6.
pub fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = v6.octets();
    let four = |from: usize| <[u8; 4]>::try_from(&octets[from..from + 4]).ok().map(Into::into);
    match v6.segments() {
        [0x64, 0xff9b, ..] => four(12),
        [0x2002, ..] => four(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clouds_keep_for_a_machine_is_forbidden_however_it_is_written() {
        let wrong = [
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "fe80::1",
            "::",
        ];
        assert!(wrong.into_iter().all(|one| is_forbidden(one.parse().unwrap())));
        let fine = ["1.1.1.1", "10.0.0.7", "127.0.0.1", "::1", "2606:4700::1111", "64:ff9b::101:101"];
        assert!(!fine.into_iter().any(|one| is_forbidden(one.parse().unwrap())));
    }
}
