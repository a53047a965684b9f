//! The numbers: which routes share a bucket, and how much of what fits into it.
//!
//! Discord publishes none of them and changes them; a bot must learn them from the headers. These were seen for years, or are
//! of the same order, so that a bot which learns them meets all kinds: by channel, tiny, long, and without headers.

use crate::clock::Millis;
use crate::rest::pattern::{fits, segments};
use crate::snowflake;
use crate::window::Quota;
use serde_json::Value;

/// What a bot may ask in all.
pub(super) const GLOBAL: Quota = Quota::new(50, 1_000);

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Method, path, how many, in how many milliseconds, and the bucket's name. The first that fits counts; one bucket has the same
/// numbers wherever it is named.
const TABLE: [(&str, &str, u32, u64, &str); 31] = [
    ("POST", "/channels/*/messages/bulk-delete", 1, SECOND, "messages.bulk_delete"),
    ("POST", "/channels/*/messages", 5, 5 * SECOND, "messages.create"),
    ("GET", "/channels/*/messages", 5, 5 * SECOND, "messages.list"),
    ("PUT", "/channels/*/messages/pins/*", 5, 4 * SECOND, "pins.edit"),
    ("DELETE", "/channels/*/messages/pins/*", 5, 4 * SECOND, "pins.edit"),
    ("PUT", "/channels/*/pins/*", 5, 4 * SECOND, "pins.edit"),
    ("DELETE", "/channels/*/pins/*", 5, 4 * SECOND, "pins.edit"),
    ("PATCH", "/channels/*/messages/*", 5, 5 * SECOND, "messages.edit"),
    ("DELETE", "/channels/*/messages/*", 5, SECOND, "messages.delete"),
    ("PUT", "/channels/*/messages/*/reactions/**", 1, SECOND / 4, "reactions"),
    ("DELETE", "/channels/*/messages/*/reactions/**", 1, SECOND / 4, "reactions"),
    ("POST", "/channels/*/messages/*/threads", 50, 5 * MINUTE, "threads.create"),
    ("POST", "/channels/*/threads", 50, 5 * MINUTE, "threads.create"),
    ("POST", "/channels/*/typing", 5, 5 * SECOND, "typing"),
    ("PATCH", "/channels/*", 5, 15 * SECOND, "channels.edit"),
    ("POST", "/guilds/*/channels", 2_000, 24 * HOUR, "channels.create"),
    ("POST", "/guilds/*/roles", 250, 48 * HOUR, "roles.create"),
    ("PATCH", "/guilds/*/members/*", 10, 10 * SECOND, "members.edit"),
    ("PUT", "/guilds/*/members/*/roles/*", 10, 10 * SECOND, "members.roles"),
    ("DELETE", "/guilds/*/members/*/roles/*", 10, 10 * SECOND, "members.roles"),
    ("PATCH", "/users/@me", 2, HOUR, "me.edit"),
    ("POST", "/users/@me/channels", 10, 10 * SECOND, "me.channels"),
    ("GET", "/gateway/bot", 2, 5 * SECOND, "gateway"),
    ("PUT", "/applications/*/commands", 2, 20 * SECOND, "commands.replace"),
    ("PUT", "/applications/*/guilds/*/commands", 2, 20 * SECOND, "commands.replace"),
    ("POST", "/applications/*/commands", 5, 20 * SECOND, "commands.edit"),
    ("POST", "/applications/*/guilds/*/commands", 5, 20 * SECOND, "commands.edit"),
    ("POST", "/webhooks/*/*", 5, 5 * SECOND, "webhooks.execute"),
    ("GET", "/webhooks/*/*/messages/*", 5, 5 * SECOND, "webhooks.read"),
    ("PATCH", "/webhooks/*/*/messages/*", 5, 5 * SECOND, "webhooks.edit"),
    ("DELETE", "/webhooks/*/*/messages/*", 5, 5 * SECOND, "webhooks.delete"),
];

/// Where the table says nothing, every method and path has a bucket of its own.
const READS: Quota = Quota::new(10, SECOND);
const WRITES: Quota = Quota::new(5, SECOND);

/// Name and topic of a channel change far more rarely than the rest of it.
const RENAMES: Quota = Quota::new(2, 10 * MINUTE);
/// Edits of messages that are older than [`OLD`].
const OLD_EDITS: Quota = Quota::new(30, 10 * MINUTE);
const OLD: Millis = HOUR;

/// One request, as limits and faults see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    /// Below `/api/v10`, perhaps with a query.
    pub(crate) path: &'a str,
    pub(crate) body: &'a Value,
}

/// One counter: a bucket for one channel, guild or webhook.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Counter {
    pub(super) bucket: String,
    pub(super) major: String,
}

/// A limit within a bucket's route, which some requests meet and others do not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    pub(super) name: &'static str,
    pub(super) quota: Quota,
    pub(super) shared: bool,
    pub(super) code: u32,
    pub(super) message: &'static str,
}

impl Call<'_> {
    /// The interaction an acknowledgement is for. Acknowledgements have no bucket: a limit would make a bot late for good.
    pub(crate) fn acknowledges(&self) -> Option<u64> {
        let parts: Vec<&str> = segments(self.path).collect();
        match parts[..] {
            ["interactions", id, _, "callback"] => id.parse().ok(),
            _ => None,
        }
    }

    /// Whether it counts among the 50 a second: what an interaction or a webhook allows does not.
    pub(super) fn is_global(&self) -> bool {
        !fits("/interactions/**", self.path) && !fits("/webhooks/*/*/**", self.path)
    }

    /// The bucket and what fits into it.
    pub(super) fn bucket(&self) -> Option<(Counter, Quota)> {
        if self.acknowledges().is_some() {
            return None;
        }
        let row = TABLE.iter().find(|(method, path, ..)| *method == self.method && fits(path, self.path));
        let (bucket, quota) = match row {
            Some((_, _, limit, per, bucket)) => ((*bucket).to_owned(), Quota::new(*limit, *per)),
            None => (self.general(), if self.method == "GET" { READS } else { WRITES }),
        };
        Some((Counter { bucket, major: self.major() }, quota))
    }

    /// The method and the path with ids and tokens left out.
    fn general(&self) -> String {
        let part = |part: &str| {
            let named = part.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'@'));
            if named && part.len() <= 32 { format!("/{part}") } else { "/*".to_owned() }
        };
        let path: String = segments(self.path).take(10).map(part).collect();
        format!("{} {path}", self.method)
    }

    fn major(&self) -> String {
        let mut parts = segments(self.path);
        let mut next = || parts.next().unwrap_or_default();
        match next() {
            "channels" | "guilds" => next().to_owned(),
            "webhooks" => format!("{}/{}", next(), next()),
            _ => String::new(),
        }
    }

    /// The narrower limit that this request meets.
    pub(super) fn within(&self, now: Millis) -> Option<Within> {
        if self.method != "PATCH" {
            return None;
        }
        let parts: Vec<&str> = segments(self.path).collect();
        match parts[..] {
            ["channels", _] if self.body.get("name").or(self.body.get("topic")).is_some() => Some(Within {
                name: "channels.rename",
                quota: RENAMES,
                shared: true,
                code: 0,
                message: "The resource is being rate limited.",
            }),
            ["channels", _, "messages", id] => {
                let old = id.parse().is_ok_and(|id| now.saturating_sub(snowflake::made_at(id)) > OLD);
                old.then_some(Within {
                    name: "messages.edit_old",
                    quota: OLD_EDITS,
                    shared: false,
                    code: 30046,
                    message: "Maximum number of edits to messages older than 1 hour reached. Try again later",
                })
            }
            _ => None,
        }
    }
}

impl Counter {
    pub(super) fn global() -> Self {
        Self { bucket: "global".to_owned(), major: String::new() }
    }

    /// What the header calls the bucket: the same for all channels, guilds and webhooks (128-bit FNV-1a of its name).
    pub(super) fn hash(&self) -> String {
        let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
        let step = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        format!("{:032x}", self.bucket.bytes().fold(start, step))
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Counter, TABLE};
    use serde_json::{Value, json};

    fn bucket(method: &str, path: &str) -> Option<Counter> {
        Call { method, path, body: &Value::Null }.bucket().map(|(counter, _)| counter)
    }

    #[test]
    fn a_bucket_has_one_size() {
        for (_, path, limit, per, bucket) in TABLE {
            let same = TABLE.iter().filter(|other| other.4 == bucket);
            assert!(same.clone().all(|other| (other.2, other.3) == (limit, per)), "{path}");
        }
    }

    #[test]
    fn channels_share_a_bucket_and_not_a_counter() {
        let (one, two) = (bucket("POST", "/channels/1/messages"), bucket("POST", "/channels/2/messages"));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one != two && one.hash() == two.hash());
        assert_eq!(bucket("POST", "/webhooks/1/token?wait=true").unwrap().major, "1/token");
        let emoji = |emoji: &str| bucket("GET", &format!("/channels/1/messages/2/reactions/{emoji}")).unwrap();
        assert_eq!(emoji("%F0%9F%91%8D"), emoji("name:12"));
        assert_eq!(bucket("POST", "/interactions/1/token/callback"), None);
    }

    #[test]
    fn only_what_narrower_limits_mean_meets_them() {
        let meets = |method, path, body: Value| {
            Call { method, path, body: &body }.within(1_790_000_000_000).map(|within| within.name)
        };
        assert_eq!(meets("PATCH", "/channels/1", json!({"topic": "x"})), Some("channels.rename"));
        assert_eq!(meets("PATCH", "/channels/1", json!({"nsfw": true})), None);
        assert_eq!(meets("PATCH", "/channels/1/messages/1", json!({})), Some("messages.edit_old"));
        let new = (1_790_000_000_000_u64 - crate::snowflake::EPOCH) << 22;
        assert_eq!(meets("PATCH", &format!("/channels/1/messages/{new}"), json!({})), None);
    }
}
