//! Faults on demand: what Discord and the network do to a bot on a bad day.
//!
//! **Invariant:** only the bot suffers. People's requests and connections are never touched, and what a fault made impossible is
//! not held against the bot.

mod active;
mod aim;
mod inject;

pub use active::ActiveFault;
pub(crate) use active::{Blow, Faults, Twist};
pub use aim::Aim;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest wait or outage, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Requests are answered with a 429 although nothing is exhausted.
    RateLimited {
        /// Seconds.
        retry_after: f64,
        #[serde(default)]
        scope: Scope,
        #[serde(flatten)]
        aim: Aim,
    },
    /// Requests are answered with 500, 502, 503 or 504 and have no effect.
    ServerError {
        status: u16,
        #[serde(flatten)]
        aim: Aim,
    },
    /// Requests have no effect and are never answered.
    TimeOut {
        #[serde(flatten)]
        aim: Aim,
    },
    /// Requests take effect, and the connection closes before the answer.
    LostAnswer {
        #[serde(flatten)]
        aim: Aim,
    },
    /// The bot's gateway connections are closed with a code. Whether the session can be resumed depends on the code.
    GatewayClose { code: u16 },
    /// The bot's gateway connections end without a word. Their sessions can be resumed.
    Cut,
    /// The bot is asked to reconnect and resume (opcode 7).
    Reconnect,
    /// The bot is told that its session is invalid (opcode 9).
    InvalidSession { resumable: bool },
    /// The bot's gateway connections stay open, and nothing comes through them.
    Zombie { seconds: u64 },
    /// Heartbeats of the bot's are not acknowledged; all else comes through.
    SilentHeartbeats {
        #[serde(default = "once")]
        times: u64,
    },
    /// Events come twice, each time with a sequence number of its own.
    DuplicateEvents {
        #[serde(default = "once")]
        times: u64,
    },
    /// Events come after the one that follows them, or half a second late where none does.
    ReorderEvents {
        #[serde(default = "once")]
        times: u64,
    },
    /// The guild is gone for the bot, and comes back: no events of it, no interactions.
    GuildOutage { seconds: u64 },
}

/// Whose limit a 429 is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The bot's own, on one route.
    #[default]
    User,
    /// The bot's own, on all routes.
    Global,
    /// The resource's, whoever uses it.
    Shared,
}

/// A fault that cannot be: a sentence for whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFault(String);

fn once() -> u64 {
    1
}

impl Fault {
    /// The next request is answered with a 429.
    pub fn rate_limited(retry_after: f64, scope: Scope) -> Self {
        Self::RateLimited { retry_after, scope, aim: Aim::default() }
    }
    /// The next request is answered with this status.
    pub fn server_error(status: u16) -> Self {
        Self::ServerError { status, aim: Aim::default() }
    }
    /// The next request is never answered.
    pub fn time_out() -> Self {
        Self::TimeOut { aim: Aim::default() }
    }
    /// The next request's answer is lost.
    pub fn lost_answer() -> Self {
        Self::LostAnswer { aim: Aim::default() }
    }

    /// Only requests of this route, such as `POST /channels/*/messages` or `* /webhooks/**`.
    pub fn on(mut self, route: &str) -> Self {
        if let Some(aim) = self.aim_mut() {
            route.clone_into(&mut aim.route);
        }
        self
    }

    /// So many of them.
    pub fn times(mut self, count: u64) -> Self {
        match &mut self {
            Self::SilentHeartbeats { times } | Self::DuplicateEvents { times } | Self::ReorderEvents { times } => {
                *times = count;
            }
            other => {
                if let Some(aim) = other.aim_mut() {
                    aim.times = count;
                }
            }
        }
        self
    }

    /// Each of them only with this probability. The same seed picks the same ones.
    pub fn by_chance(mut self, probability: f64, seed: u64) -> Self {
        if let Some(aim) = self.aim_mut() {
            (aim.probability, aim.seed) = (Some(probability), Some(seed));
        }
        self
    }

    /// Reads `{"fault": "server_error", "status": 503}`. What nobody knows is refused and not ignored.
    pub fn from_json(json: &Value) -> Result<Self, BadFault> {
        let fault: Self =
            Deserialize::deserialize(json).map_err(|error| BadFault(format!("that is no fault: {error}")))?;
        let known = serde_json::to_value(&fault).unwrap_or_default();
        let unknown =
            json.as_object().into_iter().flatten().find(|(name, value)| !value.is_null() && known.get(name).is_none());
        if let Some((name, _)) = unknown {
            return Err(BadFault(format!("`{}` has no `{name}`", known["fault"].as_str().unwrap_or_default())));
        }
        fault.check()?;
        Ok(fault)
    }

    pub(crate) fn check(&self) -> Result<(), BadFault> {
        let bad = |reason: &str| Err(BadFault(reason.to_owned()));
        match self {
            Self::RateLimited { retry_after, .. } if !(0.0..=LONGEST).contains(retry_after) => {
                bad("`retry_after` is from 0 to 86400 seconds")
            }
            Self::ServerError { status, .. } if !matches!(status, 500 | 502..=504) => {
                bad("`status` is 500, 502, 503 or 504")
            }
            // The others are not for sending (RFC 6455, 7.4), and a web socket refuses to.
            Self::GatewayClose { code } if !matches!(code, 1000..=1003 | 1007..=1013 | 3000..=4999) => {
                bad("`code` is a close code: 1000 to 1003, 1007 to 1013, or 3000 to 4999; Discord's begin at 4000")
            }
            Self::Zombie { seconds } | Self::GuildOutage { seconds } if !(1..=86_400).contains(seconds) => {
                bad("`seconds` is from 1 to 86400")
            }
            Self::SilentHeartbeats { times: 0 }
            | Self::DuplicateEvents { times: 0 }
            | Self::ReorderEvents { times: 0 } => bad("`times` is 1 or more"),
            _ => self.aim().map_or(Ok(()), Aim::check),
        }
    }

    pub(crate) fn aim(&self) -> Option<&Aim> {
        match self {
            Self::RateLimited { aim, .. }
            | Self::ServerError { aim, .. }
            | Self::TimeOut { aim }
            | Self::LostAnswer { aim } => Some(aim),
            _ => None,
        }
    }

    fn aim_mut(&mut self) -> Option<&mut Aim> {
        match self {
            Self::RateLimited { aim, .. }
            | Self::ServerError { aim, .. }
            | Self::TimeOut { aim }
            | Self::LostAnswer { aim } => Some(aim),
            _ => None,
        }
    }
}

impl Scope {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Scope};
    use serde_json::json;

    #[test]
    fn faults_are_read_with_what_they_leave_out() {
        let read = |json| Fault::from_json(&json).unwrap();
        assert_eq!(read(json!({"fault": "server_error", "status": 503})), Fault::server_error(503));
        assert_eq!(
            read(
                json!({"fault": "rate_limited", "retry_after": 2, "scope": "global", "route": "* /webhooks/**", "times": 3})
            ),
            Fault::rate_limited(2.0, Scope::Global).on("* /webhooks/**").times(3)
        );
        assert_eq!(
            read(json!({"fault": "time_out", "probability": 0.3, "seed": 7, "times": 100_000})),
            Fault::time_out().times(100_000).by_chance(0.3, 7)
        );
        assert_eq!(read(json!({"fault": "duplicate_events"})), Fault::DuplicateEvents { times: 1 });
        assert_eq!(read(json!({"fault": "cut", "route": null})), Fault::Cut);
    }

    #[test]
    fn faults_are_written_flat() {
        let fault = Fault::rate_limited(2.0, Scope::User);
        let written = json!({"fault": "rate_limited", "retry_after": 2.0, "scope": "user", "route": "*", "times": 1});
        assert_eq!(serde_json::to_value(fault).unwrap(), written);
    }

    #[test]
    fn what_is_wrong_with_a_fault_is_said() {
        for (json, reason) in [
            (json!({"fault": "earthquake"}), "unknown variant `earthquake`"),
            (json!({"fault": "server_error"}), "missing field `status`"),
            (json!({"fault": "server_error", "status": 404}), "500, 502, 503 or 504"),
            (json!({"fault": "server_error", "status": 500, "tims": 2}), "`server_error` has no `tims`"),
            (json!({"fault": "time_out", "times": 0}), "1 or more"),
            (json!({"fault": "time_out", "probability": 1.5}), "from 0 to 1"),
            (json!({"fault": "time_out", "route": "everything"}), "`everything` is no route"),
            (json!({"fault": "rate_limited", "retry_after": -1.0}), "from 0 to 86400"),
            (json!({"fault": "gateway_close", "code": 1005}), "close code"),
            (json!({"fault": "zombie", "seconds": 0}), "from 1 to 86400"),
            (json!({"fault": "cut", "route": "*"}), "`cut` has no `route`"),
            (json!("cut"), "no fault"),
        ] {
            let error = Fault::from_json(&json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
