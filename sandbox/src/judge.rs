//! Keeps what the bot asked for and which of Discord's rules it broke.
//!
//! **Invariant:** only the bot is judged; people may type what they like. Both lists are bounded, so a long run cannot eat
//! the machine: the oldest requests go first, and the first violations stay.

use crate::clock::Millis;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;

/// Requests kept; at 200 a second this is two minutes.
const REQUESTS: usize = 25_000;
/// Violations kept; the first ones say what went wrong, the ten-thousandth says nothing new.
const VIOLATIONS: usize = 1_000;

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// The bot, by its token or by an interaction's token, which only the bot holds.
    Bot,
    /// A person, by id.
    User(u64),
    /// Nobody we know: no token or a wrong one.
    Nobody,
}

/// One request, as it came and how it was answered.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedRequest {
    /// Milliseconds since 1970.
    pub at: Millis,
    pub method: String,
    /// Without the `/api/v10` in front, with the query.
    pub path: String,
    /// The JSON body, or `payload_json` of a form; null without one. Files are named, not kept.
    pub body: Value,
    /// 0 where no answer was sent.
    pub status: u16,
    pub actor: Actor,
}

/// A documented rule of Discord's that the bot broke.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Violation {
    /// Short and stable, such as `interaction.acknowledged_twice`.
    pub rule: String,
    /// What exactly happened.
    pub detail: String,
    /// Method and path, where a request did it.
    pub request: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Judge {
    requests: VecDeque<RecordedRequest>,
    violations: Vec<Violation>,
}

impl Judge {
    pub(crate) fn record(&mut self, request: RecordedRequest) {
        if self.requests.len() == REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    pub(crate) fn accuse(&mut self, rule: &str, detail: String, request: Option<String>) {
        tracing::warn!(rule, detail, request, "the bot broke a rule of Discord's");
        if self.violations.len() < VIOLATIONS {
            self.violations.push(Violation { rule: rule.to_owned(), detail, request });
        }
    }

    /// The last `limit` requests, oldest first.
    pub(crate) fn requests(&self, limit: usize) -> Vec<RecordedRequest> {
        let skipped = self.requests.len().saturating_sub(limit);
        self.requests.iter().skip(skipped).cloned().collect()
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations.clone()
    }
}
