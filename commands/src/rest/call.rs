//! What a request is to Discord's limits: its route, its top-level resource, and which limits it meets.

use std::time::Duration;

/// Messages older than this are edited far more rarely.
pub(super) const OLD: Duration = Duration::from_hours(1);
/// Discord's first millisecond.
const EPOCH: u64 = 1_420_070_400_000;

/// One request, as the limits see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// Method and path with the ids left out.
    pub(super) route: String,
    /// The top-level resource: a channel, a guild, or an interaction by its token. Each has counters of its own.
    pub(super) major: String,
    /// Whether it counts among the 50 a second.
    pub(super) global: bool,
    /// Acknowledgements meet no limit at all: one would make a bot late for good.
    pub(super) free: bool,
    /// When the message was made that it edits.
    pub(super) edits: Option<u64>,
}

impl Call {
    /// A request of this method to this address.
    pub(super) fn of(method: &str, url: &str) -> Self {
        let path = url.split_once("/api/v").and_then(|(_, rest)| rest.split_once('/')).map_or(url, |(_, path)| path);
        let parts: Vec<&str> = path.split(['/', '?']).filter(|part| !part.is_empty()).collect();
        let (major, rest) = match parts[..] {
            [kind @ ("channels" | "guilds"), id, ..] => (id.to_owned(), template(kind, &parts[2..])),
            [kind @ "webhooks", _, token, ..] => (token.to_owned(), template(kind, &parts[3..])),
            [kind, ..] => (String::new(), template(kind, &parts[1..])),
            [] => (String::new(), String::new()),
        };
        let interaction = matches!(parts.first(), Some(&("interactions" | "webhooks")));
        let edits = match parts[..] {
            ["channels", _, "messages", id] if method == "PATCH" => id.parse().ok().map(made_at),
            _ => None,
        };
        Self {
            route: format!("{method} {rest}"),
            major,
            global: !interaction,
            free: matches!(parts[..], ["interactions", _, _, "callback"]),
            edits,
        }
    }

    /// Whether it edits an old message, given Discord's time in milliseconds.
    pub(super) fn edits_old(&self, now: u64) -> bool {
        self.edits.is_some_and(|made| u128::from(now.saturating_sub(made)) > OLD.as_millis())
    }
}

fn template(kind: &str, rest: &[&str]) -> String {
    let part = |part: &&str| if part.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { part }.to_owned();
    std::iter::once(kind.to_owned()).chain(rest.iter().map(part)).collect::<Vec<_>>().join("/")
}

/// When something was made, in milliseconds since 1970, as its id says.
fn made_at(id: u64) -> u64 {
    (id >> 22) + EPOCH
}

/// An id that everything made from this moment on (milliseconds since 1970) is greater than.
pub(crate) fn id_at(millis: i64) -> u64 {
    u64::try_from(millis).unwrap_or_default().saturating_sub(EPOCH) << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, path: &str) -> Call {
        Call::of(method, &format!("https://discord.com/api/v10{path}"))
    }

    #[test]
    fn every_interaction_is_a_resource_of_its_own() {
        let (one, two) =
            (call("PATCH", "/webhooks/1/one/messages/@original"), call("PATCH", "/webhooks/1/two/messages/@original"));
        assert_eq!(one.route, two.route);
        assert_eq!((one.major.as_str(), two.major.as_str()), ("one", "two"));
        assert!(!one.global && !one.free);
        assert!(call("POST", "/interactions/1/token/callback").free);
        assert!(!call("POST", "/interactions/1/token/callback").global);
    }

    #[test]
    fn messages_of_a_channel_share_a_route_and_a_resource() {
        let (one, two) = (call("PATCH", "/channels/7/messages/1"), call("PATCH", "/channels/7/messages/2"));
        assert_eq!((&one.route, &one.major), (&two.route, &two.major));
        assert!(one.global);
        assert_ne!(one.major, call("PATCH", "/channels/8/messages/1").major);
        assert_ne!(one.route, call("POST", "/channels/7/messages").route);
        assert_eq!(call("GET", "/applications/5/commands").route, "GET applications/*/commands");
    }

    #[test]
    fn only_edits_of_messages_older_than_an_hour_are_old() {
        let now = 1_800_000_000_000;
        let made = |ago: u64| id_at(i64::try_from(now - ago).unwrap());
        let edit = |ago| call("PATCH", &format!("/channels/7/messages/{}", made(ago)));
        assert!(edit(3_600_001).edits_old(now) && !edit(3_599_000).edits_old(now));
        assert!(!call("PATCH", "/webhooks/1/token/messages/1").edits_old(now));
    }
}
