//! Decides when something is wrong for long enough that somebody must know, and when it is over. It posts nothing: it writes how an
//! alert stands and says what happened as an event.
//!
//! **Invariants:** what is not known is no value: it opens nothing and closes nothing. What was told is part of the row, written
//! together with the event that tells it, so a restart tells nothing again. However fast something flaps, people hear of it twice
//! in ten minutes at most. What a person removes, or no rule watches any more, is closed and said to be.

mod amount;
mod book;
mod engine;
mod hear;
mod kept;
mod list;
mod machine;
mod name;
mod named;
mod probe;
mod remove;
mod reset;
mod rule;
mod rules;
mod scope;
mod set;
mod span;
mod test;
mod wanted;
mod what;
mod words;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use base::{Clock, Error, GuildId, Redactor, Result, Run};
use futures::future::BoxFuture;
use hosts::Hosts;
use metrics::{Looked, Metrics};
use store::{Store, probes::Answered};
use tokio::sync::{Notify, mpsc};

use crate::probe::{Probe, Probed, Turns};
pub use list::ListAlerts;
pub use machine::{Alert, Happened, Level};
pub use name::RuleName;
pub(crate) use named::{Named, Origin};
pub use probe::{Door, Leave, ListProbes, ProbeKind, RemoveProbe, SetProbe, TestProbe};
pub use remove::RemoveRule;
pub use reset::ResetRule;
pub use rule::{DEFAULTS, Limits, Rule, Standard, Worse};
pub use rules::ListRules;
pub use set::SetRule;
pub use test::TestRule;
pub use wanted::{Offered, Sets, Wanted};
pub use what::{Measure, What};

/// The most rules of a guild: each is asked about every server at every look.
const MOST: i64 = 100;
/// Looks that wait to be judged; what is more is not known.
const WAITING: usize = 4_096;

/// Whether alerts are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// Probes by id.
type Probes = Arc<HashMap<String, Arc<Probe>>>;

/// A guild's rules, as they were read.
type Rules = Arc<Vec<Arc<Named>>>;

/// The alerts of all guilds.
pub struct Alerts {
    store: Store,
    hosts: Arc<Hosts>,
    metrics: Arc<Metrics>,
    clock: Clock,
    redactor: Redactor,
    switch: OnceLock<Switch>,
    /// Whoever gives leave to run a line.
    door: OnceLock<Weak<dyn Door>>,
    rules: RwLock<HashMap<GuildId, Rules>>,
    /// How often somebody changed a rule: what was read before that may be old.
    changed: AtomicU64,
    /// What came of looks; whoever judges it takes it.
    looks: Mutex<Option<mpsc::Receiver<Looked>>>,
    /// The probes that are asked, by id; none before they were read.
    probes: RwLock<Option<Probes>>,
    /// Somebody set one, or took one away.
    probes_changed: Notify,
    /// What each was answered last, as its row says it.
    last_answers: Mutex<HashMap<String, Answered>>,
    /// One question at a time of each.
    turns: Turns,
    /// What they are answered, and whoever judges it takes it.
    answers: mpsc::Sender<Probed>,
    answered: Mutex<Option<mpsc::Receiver<Probed>>>,
}

impl Alerts {
    /// Hears what comes of every look from now on; nothing is judged before [`Self::tend`].
    pub fn new(store: Store, hosts: Arc<Hosts>, metrics: Arc<Metrics>, clock: Clock, redactor: Redactor) -> Self {
        let (sender, looks) = mpsc::channel(WAITING);
        // What does not fit is a look that nobody took: the next one tells as much.
        metrics.know_ear(Box::new(move |looked| drop(sender.try_send(looked))));
        let (switch, rules, changed) = (OnceLock::new(), RwLock::default(), AtomicU64::new(0));
        let (answers, answered) = mpsc::channel(WAITING);
        Self {
            store,
            hosts,
            metrics,
            clock,
            redactor,
            switch,
            door: OnceLock::new(),
            rules,
            changed,
            looks: Mutex::new(Some(looks)),
            probes: RwLock::default(),
            probes_changed: Notify::new(),
            last_answers: Mutex::default(),
            turns: Turns::default(),
            answers,
            answered: Mutex::new(Some(answered)),
        }
    }

    /// Tells it where alerts are on. Until then they are nowhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    async fn is_on(&self, guild: GuildId) -> bool {
        let Some(switch) = self.switch.get() else { return false };
        switch(guild).await.unwrap_or_else(|error| {
            tracing::warn!(guild.id = guild.0, "whether alerts are on is not known: {error}");
            false
        })
    }

    /// Whether anything here tells of containers on a server of this name.
    pub async fn tells_of_containers(&self, guild: GuildId, server: &str) -> Result<bool> {
        if !self.is_on(guild).await {
            return Ok(false);
        }
        let known = server.parse().ok().and_then(|name| self.hosts.server(guild, &name).ok());
        let tags = known.map(|server| server.tags).unwrap_or_default();
        Ok(!named::of_containers(&self.rules_of(guild).await?, server, &tags).is_empty())
    }

    /// A guild's rules: its own, and those every guild begins with.
    pub(crate) async fn rules_of(&self, guild: GuildId) -> Result<Rules> {
        let known = self.rules.read().unwrap_or_else(PoisonError::into_inner).get(&guild).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let before = self.changed.load(Ordering::Acquire);
        let rows = self.store.alert_rules(guild).await?;
        let rules = Arc::new(named::all(guild, rows, self.gap()));
        let mut all = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        if self.changed.load(Ordering::Acquire) == before {
            all.insert(guild, Arc::clone(&rules));
        }
        Ok(rules)
    }

    /// Somebody changed a rule.
    fn forget_rules(&self, guild: GuildId) {
        self.changed.fetch_add(1, Ordering::AcqRel);
        self.rules.write().unwrap_or_else(PoisonError::into_inner).remove(&guild);
    }

    async fn rule(&self, guild: GuildId, name: &RuleName) -> Result<Arc<Named>> {
        let rules = self.rules_of(guild).await?;
        let found = rules.iter().find(|rule| rule.name == name.as_str()).cloned();
        found.ok_or_else(|| {
            Error::Invalid(format!(
                "There is no rule {} here. `/alert rules` shows those there are. Nothing was changed.",
                base::card::code(name.as_str())
            ))
        })
    }
}

/// What is typed here is shown and kept.
fn refuse_secrets(run: &Run, typed: &impl serde::Serialize) -> Result<()> {
    let typed = serde_json::to_value(typed).map_err(|error| Error::internal("reading what was typed", error))?;
    if run.redactor().mask_json(typed.clone()) == typed {
        return Ok(());
    }
    Err(Error::Invalid("One of the options holds a secret. Nothing was changed.".to_owned()))
}
