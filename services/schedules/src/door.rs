//! How things are done and looked at: what the hub is to schedules.

use base::{Actor, Card, Error, GuildId, Need, Result, UserId, action::Ending, gate::Record, gate::Waiting};
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

/// Something that can be done.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: String,
    /// The JSON schema of its arguments.
    pub schema: Value,
}

/// What would come of something if a schedule asked for it now.
#[derive(Debug, Clone)]
pub struct Foreseen {
    /// What exactly would happen.
    pub plan: String,
    /// Whose yes it would take.
    pub need: Need,
    /// Why.
    pub why: String,
}

/// What came of something.
pub enum Came {
    /// It ran.
    Done {
        /// Its card, without secrets.
        card: Box<Card>,
        /// How what it ran ended.
        ending: Ending,
    },
    /// It did not happen, or broke.
    Failed(Error),
    /// Somebody must say yes first.
    Waits(Box<Waiting>),
    /// This process stops, and the next one hears how it ended.
    Left,
}

/// How something ended.
pub struct Ended {
    /// Its audit row; missing only where the log could not be written.
    pub record: Option<Record>,
    /// What came of it.
    pub came: Came,
}

/// How things are done.
pub trait Door: Send + Sync {
    /// Everything that can be done.
    fn actions(&self) -> Vec<Offered>;

    /// What would come of it, asked for by what this person sets up. An error where they may not do it, or the arguments do not fit.
    fn foresee<'a>(&'a self, actor: &'a Actor, action: &'a str, arguments: Value) -> BoxFuture<'a, Result<Foreseen>>;

    /// Somebody as they are now, with `agent` asking in their name; none once they left the guild.
    fn stand_in<'a>(&'a self, guild: GuildId, user: UserId, agent: &'a str) -> BoxFuture<'a, Result<Option<Actor>>>;

    /// Does it under this entry of the audit log; none where that is on record already, and nothing was done now. An error means that it
    /// was not begun: [`Error::Busy`] and [`Error::Internal`] may be over soon.
    fn perform_once<'a>(
        &'a self,
        actor: Actor,
        action: &'a str,
        arguments: Value,
        entry: Uuid,
    ) -> BoxFuture<'a, Result<Option<Ended>>>;

    /// Waits for the end of a durable run that was begun under this entry; none where there is no such run.
    fn follow(&self, entry: Uuid) -> BoxFuture<'_, Result<Option<Ended>>>;
}
