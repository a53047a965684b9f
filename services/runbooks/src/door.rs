//! How steps are done and looked at: what the hub is to runbooks.

use base::{Actor, Card, Error, GuildId, Need, Result, UserId, action::Ending, gate::Record};
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

/// What would come of a step.
#[derive(Debug, Clone)]
pub struct Foreseen {
    /// What exactly would happen.
    pub plan: String,
    /// Whose yes it would take.
    pub need: Need,
    /// Why.
    pub why: String,
}

/// What came of a step.
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
    /// Somebody must answer this question first.
    Waits(Uuid),
    /// This process stops, and the next one hears how it ended.
    Left,
}

/// How a step ended.
pub struct Ended {
    /// Its audit row; missing only where the log could not be written.
    pub record: Option<Record>,
    /// What came of it.
    pub came: Came,
}

/// How steps are done.
pub trait Door: Send + Sync {
    /// What would come of it, asked for in this person's name. An error where they may not do it, or the arguments do not fit.
    fn foresee<'a>(&'a self, actor: &'a Actor, action: &'a str, arguments: Value) -> BoxFuture<'a, Result<Foreseen>>;

    /// Somebody as they are now, with `agent` asking in their name; none once they left the guild.
    fn stand_in<'a>(&'a self, guild: GuildId, user: UserId, agent: &'a str) -> BoxFuture<'a, Result<Option<Actor>>>;

    /// Does it under this entry of the audit log; none where that is on record already, and nothing was done now. An error means
    /// that it was not begun: [`Error::Busy`] and [`Error::Internal`] may be over soon.
    fn perform_once<'a>(
        &'a self,
        actor: Actor,
        action: &'a str,
        arguments: Value,
        entry: Uuid,
    ) -> BoxFuture<'a, Result<Option<Ended>>>;

    /// The same, begun and no more; an error where it was refused.
    fn begin_once<'a>(
        &'a self,
        actor: Actor,
        action: &'a str,
        arguments: Value,
        entry: Uuid,
    ) -> BoxFuture<'a, Result<()>>;

    /// Waits for the end of a durable run that was begun under this entry; none where there is no such run.
    fn follow(&self, entry: Uuid) -> BoxFuture<'_, Result<Option<Ended>>>;

    /// Asks what runs under this reference to stop. It ends by itself.
    fn stop<'a>(&'a self, actor: Actor, reference: &'a str) -> BoxFuture<'a, ()>;

    /// Puts a question up in a channel, once.
    fn ask(&self, guild: GuildId, approval: Uuid, channel: u64) -> BoxFuture<'_, Result<()>>;
}
