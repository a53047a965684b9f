//! What an answer says of limits: its headers, and a 429's body.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// A wait that cannot be read; Discord's waits are mostly shorter.
const UNREADABLE: Duration = Duration::from_secs(5);
/// No wait that is told is longer than a day.
const LONGEST: Duration = Duration::from_hours(24);
/// "Maximum number of edits to messages older than 1 hour reached."
const OLD_EDITS: u64 = 30_046;

/// How a bucket stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) bucket: String,
    pub(super) most: u32,
    pub(super) remaining: u32,
    /// When it resets, in milliseconds of Discord's clock since 1970: every answer within one window says the same.
    pub(super) window: u64,
    pub(super) resets_after: Duration,
}

/// Whom a 429 tells to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// This bucket.
    Bucket,
    /// Something within it that other requests do not meet, such as edits of old messages.
    Narrow,
    /// Everything that counts among the 50 a second.
    Global,
    /// Everything: it does not come from Discord but from what stands before it.
    Everything,
}

/// A 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) whom: Whom,
    pub(super) wait: Duration,
}

impl Limit {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let resets_after = seconds(headers, "x-ratelimit-reset-after")?;
        let window = seconds(headers, "x-ratelimit-reset")?.as_millis();
        Some(Self {
            bucket: text(headers, "x-ratelimit-bucket")?.to_owned(),
            most: text(headers, "x-ratelimit-limit")?.parse().ok()?,
            remaining: text(headers, "x-ratelimit-remaining")?.parse().ok()?,
            window: u64::try_from(window).ok()?,
            resets_after,
        })
    }

    /// Discord's time when it answered, in milliseconds since 1970.
    pub(super) fn said_at(&self) -> u64 {
        self.window.saturating_sub(u64::try_from(self.resets_after.as_millis()).unwrap_or_default())
    }
}

impl Told {
    pub(super) fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let body: Option<Value> = serde_json::from_slice(body).ok();
        let exact = body.as_ref().and_then(|body| body["retry_after"].as_f64()).and_then(duration);
        let wait = exact.or_else(|| seconds(headers, "retry-after")).unwrap_or(UNREADABLE).min(LONGEST);
        let code = body.as_ref().and_then(|body| body["code"].as_u64());
        let global = body.as_ref().is_some_and(|body| body["global"] == true);
        let whom = match text(headers, "x-ratelimit-scope") {
            Some("global") => Whom::Global,
            _ if global || headers.contains_key("x-ratelimit-global") => Whom::Global,
            Some("shared") => Whom::Narrow,
            _ if code == Some(OLD_EDITS) => Whom::Narrow,
            None if body.is_none() => Whom::Everything,
            _ => Whom::Bucket,
        };
        Self { whom, wait }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    duration(text(headers, name)?.parse().ok()?)
}

fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_limit_is_read_from_the_headers() {
        let all = [
            ("x-ratelimit-limit", "5"),
            ("x-ratelimit-remaining", "2"),
            ("x-ratelimit-reset", "1790000005.250"),
            ("x-ratelimit-reset-after", "4.250"),
            ("x-ratelimit-bucket", "abc"),
        ];
        let limit = Limit::of(&headers(&all)).unwrap();
        assert_eq!((limit.most, limit.remaining, limit.window), (5, 2, 1_790_000_005_250));
        assert_eq!((limit.resets_after, limit.said_at()), (Duration::from_millis(4_250), 1_790_000_001_000));
        assert_eq!(Limit::of(&headers(&all[1..])), None);
    }

    #[test]
    fn a_429_says_whom_it_tells_to_wait() {
        let told = |all: &[(&'static str, &str)], body: &str| Told::of(&headers(all), body.as_bytes());
        let user =
            told(&[("retry-after", "1"), ("x-ratelimit-scope", "user")], r#"{"retry_after": 0.31, "global": false}"#);
        assert_eq!(user, Told { whom: Whom::Bucket, wait: Duration::from_millis(310) });
        let global = told(&[("retry-after", "2"), ("x-ratelimit-global", "true")], r#"{"global": true}"#);
        assert_eq!(global, Told { whom: Whom::Global, wait: Duration::from_secs(2) });
        assert_eq!(told(&[("x-ratelimit-scope", "shared")], "{}").whom, Whom::Narrow);
        assert_eq!(told(&[("x-ratelimit-scope", "user")], r#"{"code": 30046}"#).whom, Whom::Narrow);
        let banned = told(&[("retry-after", "3600")], "Error 1015");
        assert_eq!(banned, Told { whom: Whom::Everything, wait: Duration::from_hours(1) });
        assert_eq!(told(&[("x-ratelimit-scope", "user")], r#"{"retry_after": -1}"#).wait, UNREADABLE);
        assert_eq!(told(&[("x-ratelimit-scope", "user")], r#"{"retry_after": 1e300}"#).wait, UNREADABLE);
    }
}
