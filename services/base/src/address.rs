//! What an address is of: asked by nobody, of the house, of this very machine, or of the internet. Whoever goes where people say judges
//! it here, and each address of a name.
//!
//! **Invariant:** what is asked by nobody is of nothing else, and nothing is both of the house and of the internet. An IPv4 address that
//! IPv6 holds is refused as it would be itself; only where it is the same machine, it is let through as itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds tell a machine its own credentials, outside of what is link-local.
const TELLTALES: [IpAddr; 5] = [
    // Alibaba, Azure, Oracle, and AWS over IPv6.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    // Google, over IPv6.
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Whether nothing is ever sent there, whoever asks: where clouds keep what only a machine itself may know, and what is no single
/// machine; however it is written as IPv6.
pub fn is_forbidden(address: IpAddr) -> bool {
    let address = address.to_canonical();
    if TELLTALES.contains(&address) {
        return true;
    }
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) if v6.is_loopback() => false,
        // What IPv6 once called "compatible" is an IPv4 address, too.
        IpAddr::V6(v6) => match v6.to_ipv4().or_else(|| embedded(v6)) {
            Some(v4) => is_forbidden(IpAddr::V4(v4)),
            None => v6.is_unicast_link_local() || v6.is_multicast(),
        },
    }
}

/// Whether it is the machine itself that asks.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether it is of the house: this machine, a network of one's own, or an overlay of several. What NAT64 and 6to4 lead to is none: they
/// are undone by a machine somewhere else.
pub fn is_private(address: IpAddr) -> bool {
    !is_forbidden(address)
        && match address.to_canonical() {
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || is_overlay(v4),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
        }
}

/// Whether it is on the internet: no machine of the house, no cloud's own, no group of machines, and nothing that is set aside.
pub fn is_public(address: IpAddr) -> bool {
    !is_forbidden(address)
        && match address.to_canonical() {
            IpAddr::V4(v4) => is_given_out(v4),
            IpAddr::V6(v6) => match embedded(v6) {
                Some(v4) => is_given_out(v4),
                // 2000::/3 is all that was ever given out; 2001:db8::/32 is for examples, and 2001::/23 for special purposes.
                None => match v6.segments() {
                    [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
                    [first, ..] => (0x2000..0x4000).contains(&first),
                },
            },
        }
}

/// The address that a URL has where others have a name: IPv6 stands in brackets there. None where it has a name.
pub fn of_host(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// 100.64.0.0/10, where carriers share, and where overlay networks of one's own live.
fn is_overlay(v4: Ipv4Addr) -> bool {
    matches!(v4.octets(), [100, 64..=127, ..])
}

fn is_given_out(v4: Ipv4Addr) -> bool {
    let is_set_aside = v4.is_documentation()
        // For nothing, for groups and the future, for protocols, and for measuring.
        || matches!(v4.octets(), [0 | 224..=255, ..] | [192, 0, 0, _] | [198, 18..=19, ..]);
    !(is_set_aside || v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_overlay(v4))
}

/// The IPv4 address that NAT64 and 6to4 put into one of IPv6.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = v6.octets();
    let four = |from: usize| <[u8; 4]>::try_from(&octets[from..from + 4]).ok().map(Into::into);
    match v6.segments() {
        [0x64, 0xff9b, ..] => four(12),
        [0x2002, ..] => four(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
