//! Where a provider is: which addresses may be asked at all, and which are of the house.

use std::net::IpAddr;

use base::{
    Error, Result,
    address::{is_forbidden, is_loopback, is_private, of_host},
};
use reqwest::Url;

use crate::wire;

/// A longer one is a mistake.
const LONGEST: usize = 300;

/// Where something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On a machine of one's own: nothing leaves the house.
    Local,
    /// At somebody else's.
    Cloud,
}

impl Place {
    /// The word its row keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Cloud => "cloud",
        }
    }

    /// The place of this word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Local, Self::Cloud].into_iter().find(|place| place.as_str() == text)
    }
}

/// An address as a person types it.
pub(crate) fn read(typed: &str) -> Result<Url> {
    let no = |why: &str| Error::Invalid(format!("{why} Nothing was added."));
    let typed = typed.trim();
    if typed.len() > LONGEST {
        return Err(no("That address is longer than any I know."));
    }
    let url = Url::parse(typed)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .ok_or_else(|| no("An address begins with `https://` or `http://`, such as `http://10.0.0.7:11434`."))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(no("An address has no user, no password and no `?` in it. A key is typed into the form."));
    }
    if ip(&url).is_some_and(is_forbidden) {
        return Err(no("That is where a cloud tells its machines their secrets: it is never asked."));
    }
    Ok(url)
}

/// Where it is, as far as its address says: what is not on the internet is of the house.
pub(crate) async fn place(url: &Url) -> Place {
    let all = all(url).await;
    if !all.is_empty() && all.into_iter().all(is_private) { Place::Local } else { Place::Cloud }
}

/// Whether it is the very machine the bot runs on.
pub(crate) async fn is_own(url: &Url) -> bool {
    all(url).await.into_iter().any(is_loopback)
}

async fn all(url: &Url) -> Vec<IpAddr> {
    match ip(url) {
        Some(ip) => vec![ip],
        None => wire::addresses(url.host_str().unwrap_or_default()).await,
    }
}

/// The address in an address that has no name.
pub(crate) fn ip(url: &Url) -> Option<IpAddr> {
    url.host_str().and_then(of_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_web_address_and_holds_no_password() {
        for fine in ["http://10.0.0.7:11434", "https://api.openai.com/v1", " http://[::1]:8080/ "] {
            assert!(read(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "10.0.0.7:11434",
            "ftp://x",
            "file:///etc/passwd",
            "https://",
            "http://user:pw@x",
            "http://x/?key=1",
            "http://169.254.169.254/latest",
            "http://[::ffff:169.254.169.254]",
            "http://0.0.0.0:11434",
            "http://0x0/",
            "http://2852039166/",
            "http://168.63.129.16/",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn what_is_not_on_the_internet_is_of_the_house() {
        let at = |text: &str| Url::parse(text).unwrap();
        for local in
            ["http://127.0.0.1:1", "http://10.1.2.3", "http://100.64.0.7", "http://[fd12::1]", "http://localhost"]
        {
            assert_eq!(place(&at(local)).await, Place::Local, "{local}");
        }
        for cloud in ["http://1.1.1.1", "http://[2606:4700::1111]", "http://100.128.0.1", "http://no-such-name.invalid"]
        {
            assert_eq!(place(&at(cloud)).await, Place::Cloud, "{cloud}");
        }
        assert!(is_own(&at("http://localhost:11434")).await && is_own(&at("http://[::ffff:127.0.0.1]")).await);
        assert!(is_own(&at("http://0x7f.1:11434")).await && is_own(&at("http://2130706433")).await);
        assert!(!is_own(&at("http://10.0.0.7")).await);
    }
}
