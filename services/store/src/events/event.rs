//! An event, and one that is about to be.
//!
//! **Invariants:** what is put into a new event is masked there. A text that is too long is left out and never cut: half a
//! secret that is learned later would no longer be recognised.

use base::{GuildId, Millis, Redactor, UserId};
use serde_json::{Map, Value};

use super::Kind;
use crate::audit::Row;

/// A longer text tells nobody more on a phone.
const LONGEST: usize = 300;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number: 1, 2, 3 …, without gaps.
    pub seq: i64,
    /// Where; none where it concerns every guild.
    pub guild: Option<GuildId>,
    /// When.
    pub at: Millis,
    /// What.
    pub kind: Kind,
    /// On what: a server's name, say.
    pub subject: Option<String>,
    /// On whose behalf.
    pub actor: Option<UserId>,
    /// The rest, as short texts; `reference` finds the audit row.
    pub data: Map<String, Value>,
}

impl Event {
    /// A text of its data.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.data.get(key)?.as_str()
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct EventRow {
    seq: i64,
    guild_id: Option<String>,
    at: i64,
    kind: String,
    subject: Option<String>,
    actor_id: Option<String>,
    data: String,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            seq: row.seq,
            guild: row.guild_id.map(|id| GuildId(id.parse().unwrap_or_default())),
            at: Millis(row.at),
            kind: Kind::parse(&row.kind),
            subject: row.subject,
            actor: row.actor_id.and_then(|id| id.parse().ok()).map(UserId),
            data: serde_json::from_str(&row.data).unwrap_or_default(),
        }
    }
}

/// An event to append.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub(super) guild: Option<GuildId>,
    /// None is the moment it is appended.
    pub(super) at: Option<Millis>,
    pub(super) kind: Kind,
    pub(super) subject: Option<String>,
    pub(super) actor: Option<UserId>,
    pub(super) data: Map<String, Value>,
    redactor: Option<Redactor>,
}

impl NewEvent {
    /// Something that happened in this guild; `redactor` masks what is said of it.
    pub fn in_guild(kind: Kind, guild: GuildId, redactor: &Redactor) -> Self {
        Self { guild: Some(guild), redactor: Some(redactor.of(guild)), ..Self::everywhere(kind) }
    }

    /// Something that concerns every guild. It carries no text of anybody's.
    pub(crate) fn everywhere(kind: Kind) -> Self {
        Self { guild: None, at: None, kind, subject: None, actor: None, data: Map::new(), redactor: None }
    }

    /// On what.
    pub fn about(mut self, subject: &str) -> Self {
        self.subject = self.clean(subject);
        self
    }

    /// What happens.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it says yes to this.
    pub fn is(&self, key: &str) -> bool {
        self.data.get(key) == Some(&Value::Bool(true))
    }

    /// On whose behalf.
    pub fn by(mut self, actor: UserId) -> Self {
        self.actor = Some(actor);
        self
    }

    /// A text: `detail` is shown to people, `reference` finds the audit row.
    pub fn with(mut self, key: &str, text: &str) -> Self {
        if let Some(text) = self.clean(text) {
            self.data.insert(key.to_owned(), Value::String(text));
        }
        self
    }

    /// A yes or a no.
    pub fn flag(mut self, key: &str, is_so: bool) -> Self {
        self.data.insert(key.to_owned(), Value::Bool(is_so));
        self
    }

    fn clean(&self, text: &str) -> Option<String> {
        match &self.redactor {
            Some(redactor) => fitting(&redactor.mask(text)),
            None => fitting(text),
        }
    }

    /// What an audit row tells, if that is anything: its texts were masked before it was written. `plan` is its entry's.
    /// Looking is no event, unless it went wrong or waits.
    pub(crate) fn of(row: &Row, plan: Option<&str>) -> Option<Self> {
        let only_looks = row.risk.as_deref() == Some("observe");
        let kind = match (row.action.as_str(), row.outcome.as_str()) {
            ("approval.approve", "done") => Kind::ApprovalApproved,
            ("approval.deny", "done") => Kind::ApprovalDenied,
            (_, "started" | "done" | "cancelled") if only_looks => return None,
            (_, "started") => Kind::ActionStarted,
            (_, "waiting") => Kind::ActionWaiting,
            (_, "done") => Kind::ActionDone,
            (_, "cancelled") => Kind::ActionCancelled,
            (_, "timed_out") => Kind::ActionTimedOut,
            (_, "refused") => Kind::ActionRefused,
            (_, "interrupted") => Kind::ActionInterrupted,
            _ => Kind::ActionFailed,
        };
        let mut event = Self::everywhere(kind);
        event.guild = Some(GuildId(row.guild_id.parse().unwrap_or_default()));
        event.at = Some(Millis(row.at));
        event.subject = row.target.as_deref().and_then(fitting);
        event.actor = row.actor_id.parse().ok().map(UserId);
        let texts = [
            ("action", Some(row.action.as_str())),
            ("reference", Some(&row.reference)),
            ("name", Some(&row.actor_name)),
            ("agent", row.agent.as_deref()),
            ("way", Some(&row.way)),
            ("plan", plan),
            ("detail", row.detail.as_deref()),
        ];
        let texts = texts.into_iter().filter_map(|(key, text)| Some((key, text?)));
        Some(texts.fold(event, |event, (key, text)| event.with(key, text)))
    }
}

/// The text as it can be kept: none where it is empty or too long. `PostgreSQL` keeps no NUL.
fn fitting(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.chars().nth(LONGEST).is_none();
    fits.then(|| text.replace('\0', "␀"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_an_event_is_masked_and_left_out_where_it_is_too_long() {
        let redactor = Redactor::default();
        redactor.of(GuildId(1)).learn("correct-horse");
        let event = NewEvent::in_guild(Kind::ServerBlocked, GuildId(1), &redactor)
            .about("box-correct-horse")
            .with("detail", "with correct-horse")
            .with("long", &"x".repeat(LONGEST + 1))
            .with("whole", &"x".repeat(LONGEST));
        assert!(!format!("{:?} {:?}", event.subject, event.data).contains("correct-horse"));
        assert!(event.data.contains_key("whole") && !event.data.contains_key("long"));
    }
}
