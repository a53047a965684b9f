//! Keeps what the bot asked for and which of Discord's rules it broke.
//!
//! **Invariant:** only the bot is judged; people may type what they like. Both lists are bounded, so a long run cannot eat
//! the machine: the oldest requests go first, and the first violations stay.

use crate::clock::Millis;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use tokio::sync::broadcast;

/// Requests kept; at 200 a second this is two minutes.
const REQUESTS: usize = 25_000;
/// Violations kept; the first ones say what went wrong, the ten-thousandth says nothing new.
const VIOLATIONS: usize = 1_000;

/// News that may wait for a slow reader of [`Judge::listen`]; one who falls behind further is sent everything anew.
const NEWS: usize = 1_024;

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

/// Something the bot did, told while it happens.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum News {
    Request(RecordedRequest),
    Violation(Violation),
}

#[derive(Debug)]
pub(crate) struct Judge {
    requests: VecDeque<RecordedRequest>,
    violations: Vec<Violation>,
    news: broadcast::Sender<News>,
}

impl Default for Judge {
    fn default() -> Self {
        Self { requests: VecDeque::new(), violations: Vec::new(), news: broadcast::Sender::new(NEWS) }
    }
}

impl Judge {
    pub(crate) fn record(&mut self, request: RecordedRequest) {
        if self.requests.len() == REQUESTS {
            self.requests.pop_front();
        }
        if request.actor == Actor::Bot {
            self.tell(|| News::Request(request.clone()));
        }
        self.requests.push_back(request);
    }

    pub(crate) fn accuse(&mut self, rule: &str, detail: String, request: Option<String>) {
        tracing::warn!(rule, detail, request, "the bot broke a rule of Discord's");
        if self.violations.len() < VIOLATIONS {
            let violation = Violation { rule: rule.to_owned(), detail, request };
            self.tell(|| News::Violation(violation.clone()));
            self.violations.push(violation);
        }
    }

    /// What the bot does from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Nothing is copied where nobody listens.
    fn tell(&self, news: impl FnOnce() -> News) {
        if self.news.receiver_count() > 0 {
            // The last listener may have left this very moment.
            let _ = self.news.send(news());
        }
    }

    /// The last `limit` requests, oldest first.
    pub(crate) fn requests(&self, limit: usize) -> Vec<RecordedRequest> {
        let skipped = self.requests.len().saturating_sub(limit);
        self.requests.iter().skip(skipped).cloned().collect()
    }

    /// The last `limit` requests of the bot, oldest first.
    pub(crate) fn of_the_bot(&self, limit: usize) -> Vec<RecordedRequest> {
        let last = self.requests.iter().rev().filter(|request| request.actor == Actor::Bot).take(limit);
        let mut last: Vec<_> = last.cloned().collect();
        last.reverse();
        last
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Actor, Judge, News, RecordedRequest};
    use serde_json::{Value, json};

    #[test]
    fn whoever_listens_hears_of_the_bot_and_of_nobody_else() {
        let mut judge = Judge::default();
        let request = |path: &str, actor| RecordedRequest {
            at: 1,
            method: "GET".into(),
            path: path.into(),
            body: Value::Null,
            status: 200,
            actor,
        };
        judge.record(request("/before", Actor::Bot));
        let mut news = judge.listen();
        judge.record(request("/person", Actor::User(7)));
        judge.record(request("/bot", Actor::Bot));
        judge.accuse("field.type", "detail".into(), None);
        let heard: Vec<Value> = std::iter::from_fn(|| news.try_recv().ok()).map(|one: News| json!(one)).collect();
        assert_eq!(heard[0]["request"]["path"], "/bot");
        assert_eq!(heard[1]["violation"]["rule"], "field.type");
        assert_eq!(heard.len(), 2);
        let bots: Vec<_> = judge.of_the_bot(10).into_iter().map(|request| request.path).collect();
        assert_eq!(bots, ["/before", "/bot"]);
    }
}
