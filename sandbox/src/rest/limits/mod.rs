//! Rate limits as Discord has them: buckets by route and channel, 50 a second in all, and a ban for who does not listen.
//!
//! **Invariants:** only the bot is limited. A 429 is no offence; sending on while one tells to wait is, and is reported. What is
//! remembered is bounded by what fits into the windows.

mod table;

use super::reply::{Headers, Reply};
use crate::clock::Millis;
use crate::faults::Scope;
use crate::window::{Quota, Standing, Window};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
pub(crate) use table::Call;
use table::{Counter, GLOBAL};

/// Answers with 401, 403 or 429 that Discord takes within [`INVALID_WINDOW`].
const INVALID: usize = 10_000;
const INVALID_WINDOW: Duration = Duration::from_mins(10);
/// How long nothing is answered after that.
const BAN: Duration = Duration::from_hours(1);
/// Whoever sent this soon after a 429 may not have had it yet.
const IN_FLIGHT: Duration = Duration::from_millis(250);
/// Whoever waited all but this has waited.
const EARLY: Duration = Duration::from_millis(50);
/// Counters and waits kept before those that are over are forgotten.
const KEPT: usize = 4_096;

/// When a request came: on the sandbox's clock, and in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) elapsed: Duration,
    pub(crate) now: Millis,
}

#[derive(Debug, Default)]
pub(crate) struct Limits {
    off: bool,
    counters: HashMap<Counter, (Window, Quota)>,
    waits: HashMap<Counter, Wait>,
    invalid: VecDeque<Duration>,
    banned_until: Duration,
}

/// What a 429 told.
#[derive(Debug, Clone, Copy)]
struct Wait {
    since: Duration,
    until: Duration,
}

impl Limits {
    /// Without buckets, for what asks more than any bot would.
    pub(crate) fn off() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// The answer to everything while the bot is banned: Cloudflare's, not Discord's.
    pub(crate) fn ban(&self, at: Moment) -> Option<Reply> {
        let left = self.banned_until.checked_sub(at.elapsed).filter(|left| !left.is_zero())?;
        let headers = vec![("Retry-After", whole_seconds(left))];
        Some(Reply::html(429, "Error 1015: you are being rate limited").with(headers))
    }

    /// Which wait of those it was told a request ignores, in words.
    pub(crate) fn ignored(&self, call: &Call<'_>, at: Moment) -> Option<String> {
        let route = call.bucket().map(|(counter, _)| counter);
        let global = call.is_global().then(Counter::global);
        let narrow = call.within(at.now).map(|within| narrow(call, within.name));
        [global, route, narrow].into_iter().flatten().find_map(|counter| {
            let wait = self.waits.get(&counter)?;
            let left = wait.until.saturating_sub(at.elapsed);
            let ignores = at.elapsed > wait.since + IN_FLIGHT && left > EARLY;
            let bucket = counter.bucket;
            ignores.then(|| format!("sent {:.3} s before the end of the wait for `{bucket}`", left.as_secs_f64()))
        })
    }

    /// Counts a request. It goes on, and its answer has these headers; or it is answered with a 429.
    pub(crate) fn admit(&mut self, call: &Call<'_>, at: Moment) -> Result<Headers, Reply> {
        if self.off {
            return Ok(Headers::new());
        }
        if call.is_global()
            && let Err(full) = self.take(Counter::global(), GLOBAL, at)
        {
            return Err(self.refusal(call, Scope::Global, full.resets_after, at));
        }
        let Some((counter, quota)) = call.bucket() else { return Ok(Headers::new()) };
        let hash = counter.hash();
        let standing = match self.take(counter.clone(), quota, at) {
            Ok(standing) => standing,
            Err(full) => return Err(self.refusal(call, Scope::User, full.resets_after, at)),
        };
        let headers = described(&hash, quota, standing, at);
        let Some(within) = call.within(at.now) else { return Ok(headers) };
        let narrow = narrow(call, within.name);
        self.take(narrow.clone(), within.quota, at).map(|_| headers.clone()).map_err(|full| {
            self.wait(narrow, full.resets_after, at);
            let scope = if within.shared { Scope::Shared } else { Scope::User };
            told(within.message, within.code, scope, full.resets_after).with(headers)
        })
    }

    /// The 429 that tells to wait. What is sent before that is over ignores it.
    pub(crate) fn refusal(&mut self, call: &Call<'_>, scope: Scope, wait: Duration, at: Moment) -> Reply {
        let bucket = call.bucket();
        let waits = if scope == Scope::Global {
            Some(Counter::global())
        } else {
            bucket.as_ref().map(|(counter, _)| counter.clone())
        };
        if let Some(counter) = waits {
            self.wait(counter, wait, at);
        }
        let message = match scope {
            Scope::Shared => "The resource is being rate limited.",
            Scope::User | Scope::Global => "You are being rate limited.",
        };
        let reply = told(message, 0, scope, wait);
        match bucket.filter(|_| scope != Scope::Global && !self.off) {
            Some((counter, quota)) => {
                let remaining = if scope == Scope::Shared { quota.limit - 1 } else { 0 };
                reply.with(described(&counter.hash(), quota, Standing { remaining, resets_after: wait }, at))
            }
            None => reply,
        }
    }

    /// Keeps count of answers that say a request should not have been made; whoever makes too many is banned.
    pub(crate) fn answered(&mut self, reply: &Reply, at: Moment) {
        let shared = reply.header("X-RateLimit-Scope") == Some("shared");
        if !matches!(reply.status, 401 | 403 | 429) || shared || self.ban(at).is_some() {
            return;
        }
        self.forget_invalid(at.elapsed);
        self.invalid.push_back(at.elapsed);
        if self.invalid.len() >= INVALID {
            self.invalid.clear();
            self.banned_until = at.elapsed + BAN;
        }
    }

    /// How many of the bot's requests of the last 10 minutes were answered with 401, 403 or 429.
    pub(crate) fn invalid(&mut self, elapsed: Duration) -> usize {
        self.forget_invalid(elapsed);
        self.invalid.len()
    }

    fn forget_invalid(&mut self, elapsed: Duration) {
        while self.invalid.front().is_some_and(|first| *first + INVALID_WINDOW < elapsed) {
            self.invalid.pop_front();
        }
    }

    fn take(&mut self, counter: Counter, quota: Quota, at: Moment) -> Result<Standing, Standing> {
        if self.counters.len() >= KEPT {
            self.counters.retain(|_, (window, quota)| !window.has_ended(at.elapsed, *quota));
        }
        let (window, _) = self.counters.entry(counter).or_insert((Window::default(), quota));
        window.take(at.elapsed, quota)
    }

    /// Whoever is told again while waiting still has been told the first time.
    fn wait(&mut self, counter: Counter, wait: Duration, at: Moment) {
        if self.waits.len() >= KEPT {
            self.waits.retain(|_, wait| wait.until > at.elapsed);
        }
        let until = at.elapsed + wait;
        let before = self.waits.get(&counter).copied().filter(|before| before.until > at.elapsed);
        let wait = before.map_or(Wait { since: at.elapsed, until }, |before| Wait {
            since: before.since,
            until: before.until.max(until),
        });
        self.waits.insert(counter, wait);
    }
}

fn narrow(call: &Call<'_>, name: &str) -> Counter {
    let major = call.bucket().map(|(counter, _)| counter.major).unwrap_or_default();
    Counter { bucket: name.to_owned(), major }
}

fn told(message: &str, code: u32, scope: Scope, wait: Duration) -> Reply {
    let global = scope == Scope::Global;
    // Rounded up, so that whoever waits as long as it says has waited long enough.
    let seconds = f64::from(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).saturating_add(1)) / 1_000.0;
    let body = json!({"message": message, "retry_after": seconds, "global": global, "code": code});
    let mut headers = vec![("Retry-After", whole_seconds(wait)), ("X-RateLimit-Scope", scope.word().to_owned())];
    if global {
        headers.push(("X-RateLimit-Global", "true".to_owned()));
    }
    Reply::json(429, body).with(headers)
}

fn described(hash: &str, quota: Quota, standing: Standing, at: Moment) -> Headers {
    let resets_at = Duration::from_millis(at.now) + standing.resets_after;
    vec![
        ("X-RateLimit-Limit", quota.limit.to_string()),
        ("X-RateLimit-Remaining", standing.remaining.to_string()),
        ("X-RateLimit-Reset", format!("{:.3}", resets_at.as_secs_f64())),
        ("X-RateLimit-Reset-After", format!("{:.3}", standing.resets_after.as_secs_f64())),
        ("X-RateLimit-Bucket", hash.to_owned()),
    ]
}

fn whole_seconds(wait: Duration) -> String {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Call, Limits, Moment, Reply};
    use crate::faults::Scope;
    use serde_json::{Value, json};
    use std::time::Duration;

    const SEND: Call<'_> = Call { method: "POST", path: "/channels/1/messages", body: &Value::Null };

    fn at(ms: u64) -> Moment {
        Moment { elapsed: Duration::from_millis(ms), now: 1_790_000_000_000 + ms }
    }

    #[test]
    fn who_waits_is_let_in_and_who_does_not_is_reported() {
        let mut limits = Limits::default();
        for sent in 0..5 {
            let headers = limits.admit(&SEND, at(sent)).unwrap();
            assert_eq!(headers[1], ("X-RateLimit-Remaining", (4 - sent).to_string()));
        }
        let told = limits.admit(&SEND, at(1_000)).unwrap_err();
        assert_eq!((told.status, told.header("Retry-After")), (429, Some("4")));
        assert_eq!(told.header("X-RateLimit-Scope"), Some("user"));
        assert_eq!(limits.ignored(&SEND, at(1_200)), None, "it may have been on its way");
        assert!(limits.ignored(&SEND, at(1_300)).is_some());
        limits.admit(&SEND, at(1_300)).unwrap_err();
        assert!(limits.ignored(&SEND, at(1_301)).is_some(), "it was told before");
        assert_eq!(limits.ignored(&Call { path: "/channels/2/messages", ..SEND }, at(1_300)), None);
        assert_eq!(limits.ignored(&SEND, at(5_000)), None);
        limits.admit(&SEND, at(5_000)).unwrap();
    }

    #[test]
    fn fifty_a_second_are_too_many_except_for_interactions() {
        let mut limits = Limits::default();
        for channel in 0..50 {
            limits.admit(&Call { path: &format!("/channels/{channel}"), ..SEND }, at(0)).unwrap();
        }
        let told = limits.admit(&SEND, at(1)).unwrap_err();
        assert_eq!(told.header("X-RateLimit-Global"), Some("true"));
        assert_eq!(told.header("X-RateLimit-Bucket"), None);
        let callback = Call { path: "/interactions/1/token/callback", ..SEND };
        assert_eq!(limits.admit(&callback, at(1)).unwrap(), vec![]);
        assert!(limits.admit(&Call { path: "/webhooks/1/token", ..SEND }, at(1)).is_ok());
        assert_eq!(limits.ignored(&callback, at(500)), None);
        assert!(limits.ignored(&Call { path: "/channels/60", ..SEND }, at(500)).is_some());
    }

    #[test]
    fn a_rename_too_many_is_shared_and_the_rest_goes_on() {
        let mut limits = Limits::default();
        let (name, other) = (json!({"name": "x"}), json!({"nsfw": true}));
        let edit = |body| Call { method: "PATCH", path: "/channels/1", body };
        limits.admit(&edit(&name), at(0)).unwrap();
        limits.admit(&edit(&name), at(1)).unwrap();
        let told = limits.admit(&edit(&name), at(2)).unwrap_err();
        assert_eq!(told.header("X-RateLimit-Scope"), Some("shared"));
        assert_eq!((told.header("Retry-After"), told.header("X-RateLimit-Remaining")), (Some("600"), Some("2")));
        limits.admit(&edit(&other), at(1_000)).unwrap();
        assert_eq!(limits.ignored(&edit(&other), at(1_000)), None);
        assert!(limits.ignored(&edit(&name), at(1_000)).is_some());
    }

    #[test]
    fn ten_thousand_invalid_requests_are_the_end() {
        let mut limits = Limits::default();
        let shared = limits.refusal(&SEND, Scope::Shared, Duration::from_secs(1), at(0));
        let denied = Reply::json(403, json!({}));
        for _ in 0..9_999 {
            limits.answered(&denied, at(0));
            limits.answered(&shared, at(0));
        }
        assert_eq!(limits.invalid(at(600_000).elapsed), 9_999);
        assert!(limits.ban(at(0)).is_none());
        limits.answered(&denied, at(600_000));
        let ban = limits.ban(at(600_001)).unwrap();
        assert_eq!((ban.status, ban.header("Retry-After"), ban.header("X-RateLimit-Scope")), (429, Some("3600"), None));
        assert!(limits.ban(at(600_000 + 3_600_000)).is_none());
        assert_eq!(limits.invalid(at(600_000).elapsed), 0);
    }
}
