//! What a probe asks, as people type it.

use base::{Error, Result, address::is_forbidden, card::code};
use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Expects};

/// How a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// Over HTTP: a status, and words in the body if asked for.
    Http,
    /// Whether a port opens.
    Tcp,
    /// Whether an echo comes back.
    Ping,
    /// Whether a name resolves.
    Dns,
    /// When a certificate ends.
    Certificate,
    /// Whether a line that only looks ends with exit 0 on a server.
    Command,
}

/// Longer is no address or line that anybody types.
const LONGEST: usize = 400;
/// As DNS has it.
const LONGEST_NAME: usize = 253;

impl ProbeKind {
    const ALL: [Self; 6] = [Self::Http, Self::Tcp, Self::Ping, Self::Dns, Self::Certificate, Self::Command];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Ping => "ping",
            Self::Dns => "dns",
            Self::Certificate => "certificate",
            Self::Command => "command",
        }
    }

    /// The one of this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

fn invalid(why: &str) -> Error {
    Error::Invalid(format!("{why} Nothing was changed."))
}

/// What is asked of a target.
pub(super) fn check(kind: ProbeKind, target: &str, expects: &Expects) -> Result<Check> {
    let target = target.trim();
    if target.len() > LONGEST {
        return Err(invalid("That is too long: 400 characters are the most."));
    }
    let meant = match kind {
        ProbeKind::Http => {
            let url = url(target)?;
            if expects.status.is_some_and(|status| !(100..=599).contains(&status)) {
                return Err(invalid("A status is a number from 100 to 599."));
            }
            if expects.words.as_ref().is_some_and(String::is_empty) {
                return Err(invalid("The words are empty."));
            }
            Check::Http { url, status: expects.status, words: expects.words.clone() }
        }
        ProbeKind::Tcp => {
            let (host, port) = host_and_port(target)?;
            let port = port.ok_or_else(|| invalid("Say the port too, such as `db.example:5432`."))?;
            Check::Tcp { host, port }
        }
        ProbeKind::Ping => match host_and_port(target)? {
            (host, None) => Check::Ping { host },
            _ => return Err(invalid("A ping has no port.")),
        },
        ProbeKind::Dns => match host_and_port(target)? {
            (name, None) => Check::Dns { name, address: expects.address },
            _ => return Err(invalid("A name has no port.")),
        },
        ProbeKind::Certificate => {
            let (host, port) = host_and_port(target)?;
            Check::Certificate { host, port: port.unwrap_or(443) }
        }
        ProbeKind::Command => {
            if target.is_empty() || target.contains(char::is_control) {
                return Err(invalid("A line has at least a word, and is one line."));
            }
            Check::Command { line: target.to_owned() }
        }
    };
    let is_http = kind == ProbeKind::Http;
    if !is_http && (expects.status.is_some() || expects.words.is_some()) {
        return Err(invalid("Only a probe over HTTP knows a status or words."));
    }
    if kind != ProbeKind::Dns && expects.address.is_some() {
        return Err(invalid("Only a probe of a name knows an address."));
    }
    if meant.host().and_then(|host| host.parse().ok()).is_some_and(is_forbidden) {
        return Err(invalid(&format!(
            "{} is an address that I never ask: link-local, or a cloud's own.",
            code(target)
        )));
    }
    Ok(meant)
}

impl Check {
    /// Where it goes, without brackets; a name is only looked up.
    pub(super) fn host(&self) -> Option<&str> {
        match self {
            Self::Http { url, .. } => url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']')),
            Self::Tcp { host, .. } | Self::Ping { host } | Self::Certificate { host, .. } => Some(host),
            Self::Dns { .. } | Self::Command { .. } => None,
        }
    }
}

fn url(target: &str) -> Result<Url> {
    let url = Url::parse(target).map_err(|_| invalid("An address looks like `https://shop.example/health`."))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid("An address begins with `http://` or `https://`."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("An address holds no name and no password: everybody here would see them."));
    }
    Ok(url)
}

/// `host`, `host:port`, `[::1]:port`.
fn host_and_port(target: &str) -> Result<(String, Option<u16>)> {
    let wrong = || invalid(&format!("{} is no host. One looks like `db.example:5432` or `10.0.0.7`.", code(target)));
    if target.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((target.to_owned(), None));
    }
    let (host, port) = match target.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?)),
        None => (target, None),
    };
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().map(|_| (inner.to_owned(), port)).map_err(|_| wrong());
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if host.is_empty() || host.len() > LONGEST_NAME || !host.chars().all(fits) || host.starts_with(['-', '.']) {
        return Err(wrong());
    }
    Ok((host.to_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: ProbeKind, target: &str) -> Result<Check> {
        check(kind, target, &Expects::default())
    }

    #[test]
    fn what_is_typed_is_read_or_refused_in_one_sentence() {
        let tcp = Check::Tcp { host: "db.example".to_owned(), port: 5432 };
        assert_eq!(read(ProbeKind::Tcp, "DB.example:5432").unwrap(), tcp);
        let tls = Check::Certificate { host: "::1".to_owned(), port: 8443 };
        assert_eq!(read(ProbeKind::Certificate, "[::1]:8443").unwrap(), tls);
        assert_eq!(read(ProbeKind::Ping, "::1").unwrap(), Check::Ping { host: "::1".to_owned() });
        assert!(read(ProbeKind::Http, "https://shop.example/health?x=1").is_ok());
        for (kind, wrong) in [
            (ProbeKind::Http, "shop.example"),
            (ProbeKind::Http, "file:///etc/passwd"),
            (ProbeKind::Http, "https://me:secret@shop.example"),
            (ProbeKind::Tcp, "db.example"),
            (ProbeKind::Tcp, "db.example:0"),
            (ProbeKind::Tcp, "db example:1"),
            (ProbeKind::Ping, "-c1"),
            (ProbeKind::Ping, "a:1"),
            (ProbeKind::Dns, ""),
            (ProbeKind::Certificate, "[nonsense]:1"),
            (ProbeKind::Command, " "),
            (ProbeKind::Command, "uptime\nid"),
        ] {
            let said = read(kind, wrong).unwrap_err().to_string();
            assert!(said.ends_with("Nothing was changed."), "{wrong}: {said}");
        }
    }

    #[test]
    fn what_clouds_tell_their_machines_is_refused_however_it_is_written() {
        for target in [
            "http://169.254.169.254/latest",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[fe80::1]/",
        ] {
            assert!(read(ProbeKind::Http, target).unwrap_err().to_string().contains("never ask"), "{target}");
        }
        for kind in [ProbeKind::Ping, ProbeKind::Certificate] {
            assert!(read(kind, "169.254.169.254").unwrap_err().to_string().contains("never ask"));
        }
    }
}
