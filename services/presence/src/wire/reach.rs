//! Where a guild's Plex may be: which addresses are asked at all, and which of them with a token.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use base::{
    Error, Result,
    address::{is_forbidden, is_loopback, is_private, of_host},
};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// A longer one is a mistake.
const LONGEST: usize = 300;
/// A name that is not found by then is not there.
const FOUND_BY: Duration = Duration::from_secs(3);

/// Who may ask what runs on the bot's own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Guilds that whoever runs the bot named.
    Everything,
    /// All others.
    ButThisMachine,
}

impl Reach {
    /// Why an address is not asked.
    pub(crate) fn refusal(self, ip: IpAddr) -> Option<&'static str> {
        if is_forbidden(ip) {
            return Some("that address is never asked");
        }
        let is_own = self == Self::ButThisMachine && is_loopback(ip);
        is_own.then_some("that is the machine I run on, and what listens there is not for every server")
    }
}

/// An address as a person types it.
pub(crate) async fn read(typed: &str, reach: Reach) -> Result<Url> {
    let no = |why: &str| Error::Invalid(format!("{why} Nothing was kept."));
    let typed = typed.trim();
    if typed.len() > LONGEST {
        return Err(no("That address is longer than any I know."));
    }
    let url = Url::parse(typed)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        .ok_or_else(|| no("An address begins with `https://` or `http://`, such as `http://10.0.0.7:32400`."))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(no("An address has no user, no password and no `?` in it. The token is typed into the form."));
    }
    let all = match ip(&url) {
        Some(ip) => vec![ip],
        None => addresses(url.host_str().unwrap_or_default()).await,
    };
    if let Some(why) = all.iter().find_map(|ip| reach.refusal(*ip)) {
        let own = all.iter().any(|ip| is_loopback(*ip));
        let whoever = if own { " Whoever runs me opens it with `NEBULA_LOCAL_GUILDS`." } else { "" };
        return Err(no(&format!("I do not ask there: {why}.{whoever}")));
    }
    if is_open(&url) && (all.is_empty() || !all.iter().copied().all(is_private)) {
        let why = "Over `http://` anybody on the way could read the token: it takes `https://`, or an address of your own house that I find.";
        return Err(no(why));
    }
    Ok(url)
}

/// Whether who is on the way reads along.
pub(crate) fn is_open(url: &Url) -> bool {
    url.scheme() == "http"
}

/// The address in an address that has no name.
pub(crate) fn ip(url: &Url) -> Option<IpAddr> {
    url.host_str().and_then(of_host)
}

async fn addresses(host: &str) -> Vec<IpAddr> {
    let found = tokio::time::timeout(FOUND_BY, tokio::net::lookup_host((host, 0))).await;
    found.into_iter().flatten().flatten().map(|address| address.ip()).collect()
}

/// Resolves names, except to addresses that are not asked: what a name stood for when it was typed it may stand for no more.
#[derive(Clone, Copy)]
pub(crate) struct Careful {
    pub(crate) reach: Reach,
    /// What is asked there is read by who is on the way: it stays in the house.
    pub(crate) stays: bool,
}

impl Careful {
    fn refusal(self, ip: IpAddr) -> Option<&'static str> {
        let leaves = self.stays && !is_private(ip);
        self.reach
            .refusal(ip)
            .or_else(|| leaves.then_some("that name leads out of the house, and `http://` is read on the way"))
    }
}

impl Resolve for Careful {
    fn resolve(&self, name: Name) -> Resolving {
        let careful = *self;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if let Some(why) = found.iter().find_map(|address| careful.refusal(address.ip())) {
                return Err(why.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_of_a_house_or_closed_to_who_reads_along_and_holds_no_password() {
        for fine in ["http://10.0.0.7:32400", "https://1.1.1.1:32400", " http://[fd12::1]:32400/plex "] {
            assert!(read(fine, Reach::ButThisMachine).await.is_ok(), "{fine}");
        }
        for wrong in [
            "10.0.0.7:32400",
            "ftp://10.0.0.7",
            "https://",
            "http://user:pw@10.0.0.7",
            "http://10.0.0.7/?X-Plex-Token=1",
            "http://1.1.1.1:32400",
            "http://169.254.169.254/latest",
            "https://[::ffff:169.254.169.254]",
            "http://127.0.0.1:32400",
            "http://localhost:32400",
            "http://[::ffff:127.0.0.1]:32400",
            "http://0x7f000001:32400",
            "http://2130706433:32400",
            "http://0177.0.0.1:32400",
            "http://127.1:32400",
            "http://127.0.0.1.:32400",
            "http://168.63.129.16",
            // Nobody knows where it leads.
            "http://plex.invalid:32400",
        ] {
            assert!(read(wrong, Reach::ButThisMachine).await.is_err(), "{wrong}");
        }
        assert!(read("http://127.0.0.1:32400", Reach::Everything).await.is_ok());
        assert!(read("http://169.254.169.254", Reach::Everything).await.is_err());
        assert!(read("https://plex.invalid", Reach::ButThisMachine).await.is_ok());
    }

    #[test]
    fn what_is_read_on_the_way_stays_in_the_house_wherever_a_name_leads_by_then() {
        let (reach, home, out) = (Reach::ButThisMachine, [10, 0, 0, 7].into(), [1, 1, 1, 1].into());
        let (open, sealed) = (Careful { reach, stays: true }, Careful { reach, stays: false });
        assert!(open.refusal(home).is_none() && open.refusal(out).is_some());
        assert!(sealed.refusal(home).is_none() && sealed.refusal(out).is_none());
    }
}
