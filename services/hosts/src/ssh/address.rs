//! Where a server answers: a name or an IP literal, and a port.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// SSH's own port, meant where none is written.
const DEFAULT_PORT: u16 = 22;

/// The longest name DNS can hold (RFC 1035).
const MAX_HOST: usize = 253;

/// A host and a port, read from `10.0.0.7`, `box.example:2201`, `[::1]:22` or `::1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    host: String,
    port: u16,
}

/// Why a text is no address; shown word for word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("An address needs a host, such as `box.example` or `10.0.0.7:2201`.")]
    Empty,
    #[error("`{0}` is not a host name or an IP address.")]
    Host(String),
    #[error("`{0}` is not a port: it must be a number from 1 to 65535.")]
    Port(String),
    #[error("`{0}` names a user: give the address and the user separately.")]
    User(String),
}

impl Address {
    /// Checks the host (a name or an IP literal, without brackets); a port of 0 is refused.
    pub fn new(host: &str, port: u16) -> Result<Self, AddressError> {
        if port == 0 {
            return Err(AddressError::Port("0".to_owned()));
        }
        if host.is_empty() {
            return Err(AddressError::Empty);
        }
        if !is_name(host) && !is_ipv6(host) {
            return Err(AddressError::Host(host.to_owned()));
        }
        Ok(Self { host: host.to_owned(), port })
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.contains('@') {
            return Err(AddressError::User(text.to_owned()));
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or_else(|| AddressError::Host(text.to_owned()))?;
            if !is_ipv6(host) {
                return Err(AddressError::Host(text.to_owned()));
            }
            let port = match rest.strip_prefix(':') {
                Some(port) => parse_port(port)?,
                None if rest.is_empty() => DEFAULT_PORT,
                None => return Err(AddressError::Host(text.to_owned())),
            };
            return Self::new(host, port);
        }
        match text.split_once(':') {
            Some(_) if is_ipv6(text) => Self::new(text, DEFAULT_PORT),
            Some((host, port)) => Self::new(host, parse_port(port)?),
            None => Self::new(text, DEFAULT_PORT),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.filter(|port| *port != 0).ok_or_else(|| AddressError::Port(text.to_owned()))
}

/// A host name or an IPv4 literal; what is all digits and dots must be a whole IPv4 address, since resolvers read `10.7` as one.
fn is_name(host: &str) -> bool {
    let numeric = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numeric {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() <= MAX_HOST
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

/// An IPv6 literal, with the scope that link-local ones need (`fe80::1%eth0`).
fn is_ipv6(host: &str) -> bool {
    let (address, scope) = host.split_once('%').unwrap_or((host, "0"));
    let scope_fits =
        (1..=15).contains(&scope.len()) && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%');
    scope_fits && address.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_of_writing_an_address_is_read() {
        for (text, shown) in [
            ("10.0.0.7", "10.0.0.7:22"),
            (" box.example:2201 ", "box.example:2201"),
            ("[::1]:2201", "[::1]:2201"),
            ("[::1]", "[::1]:22"),
            ("::1", "[::1]:22"),
            ("fe80::1%eth0", "[fe80::1%eth0]:22"),
            ("my_nas", "my_nas:22"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_in_one_sentence() {
        for (text, sentence) in [
            ("", "An address needs a host, such as `box.example` or `10.0.0.7:2201`."),
            (":22", "An address needs a host, such as `box.example` or `10.0.0.7:2201`."),
            ("box:0", "`0` is not a port: it must be a number from 1 to 65535."),
            ("box:", "`` is not a port: it must be a number from 1 to 65535."),
            ("box:+22", "`+22` is not a port: it must be a number from 1 to 65535."),
            ("box:65536", "`65536` is not a port: it must be a number from 1 to 65535."),
            ("root@box", "`root@box` names a user: give the address and the user separately."),
            ("-oProxyCommand=x", "`-oProxyCommand=x` is not a host name or an IP address."),
            ("two words", "`two words` is not a host name or an IP address."),
            ("10.7", "`10.7` is not a host name or an IP address."),
            ("[::1", "`[::1` is not a host name or an IP address."),
        ] {
            assert_eq!(text.parse::<Address>().unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn an_address_is_a_string_in_json() {
        let address: Address = serde_json::from_str("\"box.example\"").unwrap();
        assert_eq!(serde_json::to_string(&address).unwrap(), "\"box.example:22\"");
        assert!(serde_json::from_str::<Address>("\"a b\"").is_err());
    }
}
