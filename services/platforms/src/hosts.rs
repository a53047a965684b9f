//! Where a platform is asked: its own hosts, or a stand-in's on this machine, where they are paths.

use reqwest::Url;

/// A host of a platform's, with the path that stands before every other there.
#[derive(Debug, Clone)]
pub(crate) struct Host(Url);

impl Host {
    /// The platform's own, unless a stand-in has it under this path.
    pub(crate) fn of(own: &'static str, stand_in: Option<&Url>, path: &str) -> Self {
        let url = match stand_in {
            Some(base) => format!("{}/{path}", base.as_str().trim_end_matches('/')),
            None => own.to_owned(),
        };
        Self(Url::parse(&url).expect("a platform's address is one, and so is what stands in for it"))
    }

    /// The same where a connection stays open.
    pub(crate) fn socket(own: &'static str, stand_in: Option<&Url>, path: &str) -> Self {
        let mut host = Self::of(own, stand_in, path);
        if stand_in.is_some() {
            // A stand-in is on this machine, and asked without TLS.
            let _ = host.0.set_scheme("ws");
        }
        host
    }

    /// Whether an address is this host's, or of one below it: a platform leads nowhere else.
    pub(crate) fn may_lead(&self, to: &Url) -> bool {
        let (own, other) = (self.0.host_str().unwrap_or_default(), to.host_str().unwrap_or_default());
        let is_below = other.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        is_below && to.scheme() == self.0.scheme() && to.port_or_known_default() == self.0.port_or_known_default()
    }

    /// What is at this path there.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// The same with what is asked of it.
    pub(crate) fn asked(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.at(path);
        url.query_pairs_mut().extend_pairs(query);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_elses_place_is_gone_to() {
        let host = Host::socket("wss://eventsub.wss.twitch.tv", None, "eventsub");
        let may = |to: &str| host.may_lead(&Url::parse(to).unwrap());
        assert!(may("wss://eventsub.wss.twitch.tv/ws?id=1") && may("wss://cell-a.eventsub.wss.twitch.tv/ws"));
        for wrong in [
            "ws://eventsub.wss.twitch.tv/ws",
            "wss://eventsub.wss.twitch.tv.example/ws",
            "wss://evileventsub.wss.twitch.tv/ws",
            "wss://eventsub.wss.twitch.tv:8443/ws",
            "wss://127.0.0.1/ws",
        ] {
            assert!(!may(wrong), "{wrong}");
        }
        let here = Url::parse("http://127.0.0.1:9").unwrap();
        let host = Host::socket("wss://eventsub.wss.twitch.tv", Some(&here), "eventsub");
        assert_eq!(host.at("ws").as_str(), "ws://127.0.0.1:9/eventsub/ws");
    }
}
