//! Tables of what addresses are of, however they are written.

use proptest::prelude::*;

use super::*;

/// What an address is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Nobody asks there.
    Nobody,
    /// This very machine.
    Itself,
    /// The house.
    House,
    /// The internet.
    Internet,
    /// None of these: it is set aside.
    Nothing,
}

fn of(address: IpAddr) -> Of {
    let judged = (is_forbidden(address), is_loopback(address), is_private(address), is_public(address));
    match judged {
        (true, false, false, false) => Of::Nobody,
        (false, true, true, false) => Of::Itself,
        (false, false, true, false) => Of::House,
        (false, false, false, true) => Of::Internet,
        (false, false, false, false) => Of::Nothing,
        _ => panic!("{address} is of several: {judged:?}"),
    }
}

fn table(rows: &[(&str, Of)]) {
    for (address, is) in rows {
        assert_eq!(of(address.parse().unwrap()), *is, "{address}");
    }
}

#[test]
fn addresses_of_ipv4_are_of_one_thing_each_up_to_their_ranges_ends() {
    table(&[
        // The machine itself.
        ("127.0.0.1", Of::Itself),
        ("127.255.255.254", Of::Itself),
        ("126.255.255.255", Of::Internet),
        ("128.0.0.0", Of::Internet),
        // Networks of one's own.
        ("10.0.0.7", Of::House),
        ("10.255.255.255", Of::House),
        ("11.0.0.0", Of::Internet),
        ("172.16.0.0", Of::House),
        ("172.31.255.255", Of::House),
        ("172.15.255.255", Of::Internet),
        ("172.32.0.0", Of::Internet),
        ("192.168.1.1", Of::House),
        ("192.167.255.255", Of::Internet),
        ("192.169.0.0", Of::Internet),
        // What carriers share, and overlays use.
        ("100.64.0.0", Of::House),
        ("100.127.255.255", Of::House),
        ("100.63.255.255", Of::Internet),
        ("100.128.0.0", Of::Internet),
        // What clouds tell their machines.
        ("169.254.169.254", Of::Nobody),
        ("169.254.170.2", Of::Nobody),
        ("169.254.0.0", Of::Nobody),
        ("169.254.255.255", Of::Nobody),
        ("169.253.255.255", Of::Internet),
        ("169.255.0.0", Of::Internet),
        ("100.100.100.200", Of::Nobody),
        ("100.100.100.201", Of::House),
        ("168.63.129.16", Of::Nobody),
        ("168.63.129.17", Of::Internet),
        ("192.0.0.192", Of::Nobody),
        // No single machine.
        ("0.0.0.0", Of::Nobody),
        ("0.1.2.3", Of::Nobody),
        ("1.0.0.0", Of::Internet),
        ("223.255.255.255", Of::Internet),
        ("224.0.0.1", Of::Nobody),
        ("239.255.255.255", Of::Nobody),
        ("255.255.255.255", Of::Nobody),
        // Set aside.
        ("240.0.0.1", Of::Nothing),
        ("192.0.0.1", Of::Nothing),
        ("192.0.2.1", Of::Nothing),
        ("198.51.100.1", Of::Nothing),
        ("203.0.113.1", Of::Nothing),
        ("198.18.0.0", Of::Nothing),
        ("198.19.255.255", Of::Nothing),
        ("198.20.0.0", Of::Internet),
        ("1.1.1.1", Of::Internet),
    ]);
}

#[test]
fn addresses_of_ipv6_are_of_one_thing_each() {
    table(&[
        ("::1", Of::Itself),
        ("fc00::1", Of::House),
        ("fd12:3456::1", Of::House),
        ("fdff:ffff::1", Of::House),
        ("fd00:ec2::254", Of::Nobody),
        ("fd20:ce::254", Of::Nobody),
        ("fd20:ce::255", Of::House),
        ("fe80::1", Of::Nobody),
        ("febf::1", Of::Nobody),
        ("ff02::1", Of::Nobody),
        ("::", Of::Nobody),
        ("2606:4700::1111", Of::Internet),
        ("2000::", Of::Internet),
        ("3fff:ffff::1", Of::Internet),
        ("2001:200::1", Of::Internet),
        // Site-local is no more, Teredo and benchmarks are special, and examples are nowhere.
        ("fec0::1", Of::Nothing),
        ("2001::1", Of::Nothing),
        ("2001:2::1", Of::Nothing),
        ("2001:db8::1", Of::Nothing),
        ("4000::1", Of::Nothing),
        ("100::1", Of::Nothing),
    ]);
}

#[test]
fn an_ipv4_address_in_one_of_ipv6_is_refused_as_itself_and_let_through_only_where_it_is_the_same_machine() {
    table(&[
        // Mapped, it is that address.
        ("::ffff:127.0.0.1", Of::Itself),
        ("::ffff:10.0.0.7", Of::House),
        ("::ffff:100.64.0.7", Of::House),
        ("::ffff:169.254.169.254", Of::Nobody),
        ("::ffff:0.0.0.0", Of::Nobody),
        ("::ffff:1.1.1.1", Of::Internet),
        // A translator undoes it, wherever that is.
        ("64:ff9b::a9fe:a9fe", Of::Nobody),
        ("64:ff9b::a83f:8110", Of::Nobody),
        ("64:ff9b:1::a9fe:a9fe", Of::Nobody),
        ("64:ff9b::7f00:1", Of::Nothing),
        ("64:ff9b::a00:7", Of::Nothing),
        ("64:ff9b::101:101", Of::Internet),
        // And so does a tunnel.
        ("2002:a9fe:a9fe::1", Of::Nobody),
        ("2002:7f00:1::", Of::Nothing),
        ("2002:a00:7::", Of::Nothing),
        ("2002:101:101::1", Of::Internet),
        // What was once called compatible leads nowhere.
        ("::a9fe:a9fe", Of::Nobody),
        ("::169.254.169.254", Of::Nobody),
        ("::10.0.0.7", Of::Nothing),
        ("::127.0.0.1", Of::Nothing),
        ("::1.1.1.1", Of::Nothing),
    ]);
}

#[test]
fn an_address_is_the_same_however_it_is_spelled() {
    for (spelled, is) in [
        ("127.0.0.1", Of::Itself),
        ("[::1]", Of::Itself),
        ("[0:0:0:0:0:0:0:1]", Of::Itself),
        ("[0000:0000:0000:0000:0000:0000:0000:0001]", Of::Itself),
        ("[::FFFF:7F00:1]", Of::Itself),
        ("[0:0:0:0:0:ffff:127.0.0.1]", Of::Itself),
        ("::ffff:a9fe:a9fe", Of::Nobody),
        ("[::FfFf:A9fE:a9Fe]", Of::Nobody),
        ("[64:FF9B::169.254.169.254]", Of::Nobody),
        ("[0064:ff9b:0:0:0:0:a9fe:a9fe]", Of::Nobody),
        ("[FD00:0EC2:0::0254]", Of::Nobody),
        ("[FE80::1]", Of::Nobody),
        ("[Fd12::1]", Of::House),
    ] {
        assert_eq!(of_host(spelled).map(of), Some(is), "{spelled}");
    }
    // A URL makes addresses of these before anybody asks. Where none did, they are names, and judged by what those lead to.
    for name in
        ["127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1.", "１２７.0.0.1"]
    {
        assert_eq!(of_host(name), None, "{name}");
    }
    for none in ["", "[]", "localhost", "mcp.example", "fe80::1%eth0", "[::1]:80", "127.0.0.1:80"] {
        assert_eq!(of_host(none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn every_address_is_of_one_thing_at_most_and_mapped_the_same(bits: u32) {
        let address = Ipv4Addr::from(bits);
        prop_assert_eq!(of(address.into()), of(address.to_ipv6_mapped().into()));
    }

    #[test]
    fn no_spelling_leads_to_what_nobody_asks(low in 0u16..0x200, last: u16) {
        // 169.254.x.x, and a few of its neighbours.
        let high = 0xa9fe + (low % 3) - 1;
        let v4 = Ipv4Addr::from((u32::from(high) << 16) | u32::from(last));
        let [a, b] = [high, last];
        let within = [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, a, b),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x2002, a, b, low, 0, 0, 0, 1),
        ];
        for one in within {
            prop_assert_eq!(is_forbidden(one.into()), is_forbidden(v4.into()), "{}", one);
        }
    }

    #[test]
    fn every_address_of_ipv6_is_of_one_thing_at_most(
        bits: u128,
        first in prop::sample::select(vec![0u16, 0x2001, 0x2002, 0xfd00, 0xfe80, 0xff02]),
    ) {
        let _ = of(Ipv6Addr::from(bits).into());
        let _ = of(Ipv6Addr::from((u128::from(first) << 112) | (bits >> 16)).into());
        let _ = of(Ipv6Addr::from((0x0064_ff9b_u128 << 96) | (bits >> 32)).into());
    }
}
