//! What a guild holds to be harmless, and what that makes of a command line.
//!
//! **Invariant:** a line is judged under the list as it stands in the database now, whichever process changed it.

mod allow;
mod explain;
mod forget;
mod list;

pub use allow::AllowCommand;
pub use explain::ExplainLines;
pub use forget::ForgetCommand;
pub use list::ListCommands;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base::{GuildId, Redactor, Result};
use shell::{Harmless, Judgement, judge};
use store::{
    Store,
    harmless::{Change, Changed},
};

/// The policies of all guilds.
pub struct Policy {
    store: Store,
    shipped: Arc<Harmless>,
    /// Each guild's list, and the version of its policy that it was read under or before.
    lists: Mutex<HashMap<GuildId, (i64, Arc<Harmless>)>>,
}

impl Policy {
    /// Nothing is read yet but the shipped list.
    pub fn new(store: Store) -> Self {
        Self { store, shipped: Arc::new(Harmless::shipped()), lists: Mutex::default() }
    }

    /// The commands that only look, as this guild has it: the shipped list without what it removed, and with what it added.
    pub async fn harmless(&self, guild: GuildId) -> Result<Arc<Harmless>> {
        let lists = || self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the changes: a change in between is read twice, and never missed.
        let version = self.store.policy_version(guild).await?;
        if let Some((_, list)) = lists().get(&guild).filter(|(of, _)| *of == version) {
            return Ok(Arc::clone(list));
        }
        let changes = self.store.harmless_changes(guild).await?;
        let list = if changes.is_empty() { Arc::clone(&self.shipped) } else { Arc::new(self.with(guild, &changes)) };
        lists().insert(guild, (version, Arc::clone(&list)));
        Ok(list)
    }

    /// How much a line could hurt, and why in words that show no secret. Nothing is run.
    pub async fn judge(&self, guild: GuildId, line: &str, redactor: &Redactor) -> Result<Judgement> {
        Ok(judged(line, &*self.harmless(guild).await?, redactor))
    }

    fn with(&self, guild: GuildId, changes: &[Changed]) -> Harmless {
        let mut list = Harmless::clone(&self.shipped);
        for changed in changes {
            match changed.change {
                Change::Removed => _ = list.remove(&changed.rule),
                Change::Added => {
                    if let Err(reason) = list.add(&changed.rule) {
                        tracing::warn!(%guild, rule = changed.rule, reason, "a rule no longer counts");
                    }
                }
            }
        }
        list
    }
}

/// A rule as it is kept and compared: with one space between its words.
fn written(rule: &str) -> String {
    rule.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A judgement quotes the line and cuts what it quotes, and half a secret is no longer recognised: so its words are of the masked
/// line, where there is anything to mask.
fn judged(line: &str, harmless: &Harmless, redactor: &Redactor) -> Judgement {
    let judgement = judge(line, harmless);
    let masked = redactor.mask(line);
    if masked == line {
        return judgement;
    }
    let why = match judge(&masked, harmless) {
        of_masked if of_masked.class == judgement.class => of_masked.why,
        _ => "A secret is in it, so it is not said here.".to_owned(),
    };
    Judgement { why, ..judgement }
}
