//! Incidents: what is wrong in a guild, from the first alert to the last word, and who has it.
//!
//! **Invariants:** what becomes of an incident is decided by [`machine`] alone, on the guild's rows under their lock, and kept
//! whole: a kill anywhere says nothing twice and leaves nothing out. An alert is heard once. Nothing here talks to Discord: what is
//! to be seen stands in rows until it is.

mod acknowledge;
mod card;
mod configure;
mod depends;
mod escalate;
mod follow;
mod list;
pub mod machine;
mod note;
mod open;
mod place;
mod pressed;
pub mod quiet;
mod resolve;
mod settings;
mod show;
mod snooze;
mod words;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use base::{Clock, Error, GuildId, Millis, Redactor, Result, Run};
use futures::future::BoxFuture;
use store::{
    Store,
    events::{Kind, NewEvent},
    incidents::{Changed, Decided, Held, NewLine, Rules, Shown, State},
};
use tokio::sync::watch;

pub use acknowledge::AcknowledgeIncident;
pub use card::{Runbooks, Tickets};
pub use configure::ConfigureIncidents;
pub use depends::{Depends, Jumps};
pub use escalate::EscalateIncident;
pub use list::ListIncidents;
pub use note::NoteIncident;
pub use open::{OpenIncident, Severity};
pub use place::Place;
pub use resolve::ResolveIncident;
pub use settings::ShowIncidentSettings;
pub use show::ShowIncident;
pub use snooze::SnoozeIncident;

use machine::{Board, COMES_BACK, Effect, Incident, Level, Ping, Settings, Standing, Told};
use quiet::Quiet;

/// Whether incidents are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// The incidents of all guilds.
pub struct Incidents {
    store: Store,
    clock: Clock,
    redactor: Redactor,
    depends: RwLock<Vec<Arc<dyn Depends>>>,
    runbooks: OnceLock<Arc<dyn Runbooks>>,
    tickets: OnceLock<Arc<dyn Tickets>>,
    switch: OnceLock<Switch>,
    changed: watch::Sender<()>,
}

impl Incidents {
    /// The incidents of this database.
    pub fn new(store: Store, clock: Clock, redactor: Redactor) -> Self {
        let depends = RwLock::new(vec![Arc::new(Jumps(store.clone())) as Arc<dyn Depends>]);
        let (runbooks, tickets, switch) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { store, clock, redactor, depends, runbooks, tickets, switch, changed: watch::Sender::new(()) }
    }

    /// Tells it of another that knows what depends on what.
    pub fn know_depends(&self, depends: Arc<dyn Depends>) {
        self.depends.write().unwrap_or_else(PoisonError::into_inner).push(depends);
    }

    /// Tells it who has runbooks. Until then none is offered.
    pub fn know_runbooks(&self, runbooks: Arc<dyn Runbooks>) {
        // A process says so once.
        let _ = self.runbooks.set(runbooks);
    }

    /// Tells it who has tickets. Until then none is opened from an incident.
    pub fn know_tickets(&self, tickets: Arc<dyn Tickets>) {
        // A process says so once.
        let _ = self.tickets.set(tickets);
    }

    /// Tells it where incidents are on. Until then they are everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Whether incidents are on in a guild.
    pub async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }

    /// Tells of every change that this process made.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// An incident, as the machine knows it.
    pub fn read(shown: &Shown) -> Result<Incident> {
        serde_json::from_str(&shown.body).map_err(|error| Error::internal("reading an incident", error))
    }

    /// What a thread is called.
    pub fn name(incident: &Incident) -> String {
        format!("#{} {}", incident.number, words::short(incident))
    }

    /// Decides about a guild's incidents, one at a time; `number` is one that is needed, however long ago it ended.
    async fn decide<T: Send>(
        &self,
        guild: GuildId,
        number: Option<i64>,
        seen: Option<i64>,
        decide: impl FnOnce(&mut Board, i64, Millis) -> Result<T> + Send,
    ) -> Result<T> {
        let now = self.clock.now();
        let lately = Millis(now.0.saturating_sub(i64::try_from(COMES_BACK.as_millis()).unwrap_or(i64::MAX)));
        let answer = self.store.decide_incidents(guild, lately, number, |held| {
            let (mut board, before) = board(&held);
            let answer = decide(&mut board, held.seen, now)?;
            board.settle(now);
            let seen = seen.filter(|seen| *seen > held.seen);
            Ok((self.decided(guild, &board, &before, seen)?, answer))
        });
        let answer = answer.await?;
        self.changed.send_replace(());
        Ok(answer)
    }

    fn decided(&self, guild: GuildId, board: &Board, before: &Before, seen: Option<i64>) -> Result<Decided> {
        let mut decided = Decided { seen, ..Decided::default() };
        let redactor = self.redactor.of(guild);
        for incident in &board.incidents {
            let was = before.get(&incident.number);
            let mut lines = Vec::new();
            for effect in board.said(incident.number) {
                match effect {
                    Effect::Say { at, text, ping } => {
                        lines.push(NewLine { at: *at, text: redactor.mask(text).into_owned(), ping: ping.map(word) });
                    }
                    Effect::Tell(told) => decided.events.push(self.event(guild, incident, *told)),
                }
            }
            if lines.is_empty() && was.is_some_and(|(_, was)| was == incident) {
                continue;
            }
            let body =
                serde_json::to_string(incident).map_err(|error| Error::internal("keeping an incident", error))?;
            decided.changed.push(Changed {
                id: was.map(|(id, _)| id.clone()),
                number: incident.number,
                state: match incident.standing {
                    Standing::Open => State::Open,
                    Standing::Resolved => State::Resolved,
                    Standing::Folded(_) => State::Folded,
                },
                level: if incident.level == Level::Critical { 2 } else { 1 },
                subject: redactor.mask(&words::short(incident)).into_owned(),
                opened: incident.opened,
                ended: incident.ended,
                due: incident.due,
                body,
                lines,
            });
        }
        Ok(decided)
    }

    fn event(&self, guild: GuildId, incident: &Incident, told: Told) -> NewEvent {
        let kind = match told {
            Told::Opened => Kind::IncidentOpened,
            Told::Acknowledged => Kind::IncidentAcknowledged,
            Told::Escalated => Kind::IncidentEscalated,
            Told::Resolved => Kind::IncidentResolved,
        };
        let event = NewEvent::in_guild(kind, guild, &self.redactor)
            .about(&words::short(incident))
            .with("incident", &incident.number.to_string())
            .with("level", incident.level.as_str());
        match incident.owner.filter(|_| told == Told::Acknowledged) {
            Some(owner) => event.by(owner.user),
            None => event,
        }
    }
}

/// The rows and what they held, by number.
type Before = HashMap<i64, (String, Incident)>;

fn board(held: &Held) -> (Board, Before) {
    let mut before = Before::new();
    let mut incidents = Vec::new();
    for kept in &held.incidents {
        match serde_json::from_str::<Incident>(&kept.body) {
            Ok(incident) => {
                before.insert(kept.number, (kept.id.clone(), incident.clone()));
                incidents.push(incident);
            }
            // One that cannot be read must not stop the others.
            Err(error) => tracing::error!(%error, incident = kept.number, "an incident cannot be read"),
        }
    }
    (Board::new(settings_of(&held.rules), incidents, held.last_number), before)
}

fn settings_of(rules: &Rules) -> Settings {
    let zone = rules.zone.parse().unwrap_or_else(|_| schedules::when::Zone::utc());
    let quiet = rules.quiet.map(|(from, to)| Quiet { from, to, zone });
    Settings { escalate_after: rules.escalate_after, calm: rules.calm, quiet }
}

/// The word that is kept of who is pinged.
fn word(ping: Ping) -> String {
    match ping {
        Ping::Crew => "crew".to_owned(),
        Ping::Escalation => "escalation".to_owned(),
        Ping::Owner(user) => user.to_string(),
    }
}

/// What is typed here is shown and kept.
fn refuse_secrets(run: &Run, text: &str) -> Result<()> {
    if !run.redactor().finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("What was typed holds a secret, and others see it. Nothing was changed.".to_owned()))
}
