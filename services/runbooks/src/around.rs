//! What runbooks ask of others: where an incident is talked about, and which rule would run one by itself.

use base::{GuildId, Result, card::Choice};
use futures::future::BoxFuture;

use crate::book::Trigger;

/// Where a question about an incident is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// Here: its thread.
    Thread(u64),
    /// Its thread is still to come.
    Coming,
    /// Nowhere of its own.
    Nowhere,
}

/// A rule, or a probe, that would run a runbook by itself.
#[derive(Debug, Clone)]
pub struct ByItself {
    /// When it would, in words.
    pub when: String,
    /// The runbook that it names now, and would no more.
    pub in_place_of: Option<String>,
    /// What sets it, as whoever presses.
    pub choice: Choice,
}

/// What others know.
pub trait Around: Send + Sync {
    /// Where the incident of this number, or of this alert, is talked about.
    fn spot<'a>(
        &'a self,
        guild: GuildId,
        incident: Option<&'a str>,
        alert: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Spot>>;

    /// The rules and probes that would run a runbook when its file wants that; none where nothing looks at it.
    fn by_itself<'a>(
        &'a self,
        guild: GuildId,
        runbook: &'a str,
        trigger: &'a Trigger,
        rests: std::time::Duration,
    ) -> BoxFuture<'a, Result<Vec<ByItself>>>;
}
