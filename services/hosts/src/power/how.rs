//! How a server is switched on where it does not answer: a packet on its network, its hypervisor, or its management controller.
//!
//! **Invariant:** whatever ends up in a command was checked here for what it is; it is quoted all the same.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::str::FromStr;

use base::{Error, SecretName, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a magic packet is usually sent.
const PORT: u16 = 9;
/// As long as libvirt takes.
const DOMAIN: usize = 64;

/// How a server is switched on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By a magic packet.
    Lan {
        /// The address of its network card.
        mac: Mac,
        /// Where the packet is sent.
        to: Target,
        /// The server that sends it; none means this machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relay: Option<ServerName>,
    },
    /// By `virsh` on the server that it is a guest of.
    Vm {
        /// That server.
        host: ServerName,
        /// What it is called there.
        domain: Domain,
        /// Which libvirt, such as `qemu:///system`.
        uri: Uri,
    },
    /// By `ipmitool` on a server that reaches its management controller.
    Ipmi {
        /// That server.
        via: ServerName,
        /// The controller's name or address.
        controller: Controller,
        /// Who logs in there.
        user: Domain,
        /// The secret with the password.
        secret: SecretName,
    },
}

impl How {
    /// The server it is done on, if that is not this machine.
    pub(super) fn through(&self) -> Option<&ServerName> {
        match self {
            Self::Lan { relay, .. } => relay.as_ref(),
            Self::Vm { host, .. } => Some(host),
            Self::Ipmi { via, .. } => Some(via),
        }
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Lan { mac, to, relay: None } => format!("wakes at {} by a packet to {}", code(mac), code(to)),
            Self::Lan { mac, to, relay: Some(relay) } => {
                format!("wakes at {} by a packet to {} from {}", code(mac), code(to), code(relay.as_str()))
            }
            Self::Vm { host, domain, uri } => {
                format!("is {} in {} on {}", code(domain), code(uri), code(host.as_str()))
            }
            Self::Ipmi { via, controller, user, secret } => format!(
                "has a controller at {}, asked from {} as {} with secret {}",
                code(controller),
                code(via.as_str()),
                code(user),
                code(secret.as_str())
            ),
        }
    }
}

/// A text that was checked for what it is.
macro_rules! checked {
    ($(#[$about:meta])* $name:ident, $read:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let read: fn(&str) -> Result<String, String> = $read;
                read(text.trim()).map(Self).map_err(Error::Invalid)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

checked! {
    /// A network card's address: six pairs of hexadecimal digits, of one card and not of several.
    Mac, |text| {
        let wrong = || format!("{} is no MAC address: one looks like `52:54:00:12:34:56`. Nothing was changed.", code(text));
        let pairs: Vec<&str> = text.split([':', '-']).collect();
        let read = |pair: &&str| (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok()).flatten();
        let bytes: Vec<u8> = pairs.iter().filter_map(read).collect();
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'-');
        if !hex || bytes.len() != 6 || pairs.len() != 6 {
            return Err(wrong());
        }
        if bytes[0] & 1 == 1 || bytes.iter().all(|byte| *byte == 0) {
            return Err(format!("{} is not the address of one network card. Nothing was changed.", code(text)));
        }
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
    }
}

checked! {
    /// Where a packet is sent: an IPv4 address, with its port if that is not 9.
    Target, |text| {
        let whole = text.parse::<SocketAddrV4>().ok();
        let alone = text.parse::<Ipv4Addr>().ok().map(|address| SocketAddrV4::new(address, PORT));
        let found = whole.or(alone).filter(|to| to.port() != 0 && !to.ip().is_unspecified());
        found.map(|to| to.to_string()).ok_or_else(|| {
            format!("{} is no IPv4 address, such as `192.168.1.255`. Nothing was changed.", code(text))
        })
    }
}

checked! {
    /// A domain's or a user's name.
    Domain, |text| {
        let fits = (1..=DOMAIN).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.+".contains(letter));
        if fits { Ok(text.to_owned()) } else {
            Err(format!("{} is no name: it takes 1 to {DOMAIN} letters, digits, `-`, `_`, `.` or `+`. Nothing was changed.", code(text)))
        }
    }
}

checked! {
    /// A libvirt URI on that same server.
    Uri, |text| {
        let fits = text.len() <= 100
            && text.split_once(":///").is_some_and(|(kind, path)| {
                !kind.is_empty()
                    && kind.bytes().all(|byte| byte.is_ascii_lowercase())
                    && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
            });
        if fits { Ok(text.to_owned()) } else {
            Err(format!("{} is no libvirt on a server itself, such as `qemu:///system`. Nothing was changed.", code(text)))
        }
    }
}

checked! {
    /// A management controller's name or address.
    Controller, |text| {
        let address = crate::ssh::Address::new(text, 623).map_err(|error| format!("{error} Nothing was changed."))?;
        Ok(address.host().to_owned())
    }
}

impl Mac {
    /// The packet that wakes its machine (AMD, Magic Packet Technology): six times 255, then the address sixteen times.
    pub(super) fn packet(&self) -> Vec<u8> {
        let bytes: Vec<u8> = self.0.split(':').filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        [vec![0xff; 6], bytes.repeat(16)].concat()
    }
}

impl Target {
    pub(super) fn address(&self) -> Option<SocketAddrV4> {
        self.0.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_address_is_of_one_card_and_a_packet_has_it_sixteen_times() {
        for (typed, kept) in [("52:54:00:12:34:56", "52:54:00:12:34:56"), (" 52-54-00-AB-CD-EF ", "52:54:00:ab:cd:ef")]
        {
            assert_eq!(typed.parse::<Mac>().unwrap().to_string(), kept);
        }
        let packet = "52:54:00:12:34:56".parse::<Mac>().unwrap().packet();
        assert_eq!(packet.len(), 102);
        assert_eq!(packet[..12], [255, 255, 255, 255, 255, 255, 0x52, 0x54, 0, 0x12, 0x34, 0x56]);
        for wrong in [
            "",
            "52:54:00:12:34",
            "52:54:00:12:34:56:78",
            "5:54:00:12:34:56",
            "+1:54:00:12:34:56",
            "ff:ff:ff:ff:ff:ff",
            "01:00:5e:00:00:01",
            "00:00:00:00:00:00",
            "52:54:00:12:34:56; id",
            "$(id)",
            "５2:54:00:12:34:56",
        ] {
            assert!(wrong.parse::<Mac>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_goes_into_a_command_is_what_it_says_it_is() {
        assert_eq!("192.168.1.255".parse::<Target>().unwrap().to_string(), "192.168.1.255:9");
        assert!("host.example".parse::<Target>().is_err() && "0.0.0.0".parse::<Target>().is_err());
        for wrong in ["", "-c", "a b", "a;b", "$(id)", "`id`", "a'b"] {
            assert!(wrong.parse::<Domain>().is_err(), "{wrong}");
            assert!(wrong.parse::<Controller>().is_err(), "{wrong}");
        }
        assert!("qemu:///system".parse::<Uri>().is_ok() && "test:///default".parse::<Uri>().is_ok());
        for wrong in ["qemu+ssh://evil/system", "qemu:///$(id)", "-c", "qemu+ext:///x?command=/bin/sh"] {
            assert!(wrong.parse::<Uri>().is_err(), "{wrong}");
        }
    }
}
