//! Where an incident is talked about: its thread.

use base::{GuildId, Millis, Result};
use store::incidents::Shown;

use crate::{
    Incidents,
    machine::{COMES_BACK, Standing},
};

/// What is looked through for an alert's incident: those that are open, and the newest of those that ended.
const LOOKED_AT: i64 = 200;
/// A part of a part of a part is as far as anything is folded.
const FOLDS: usize = 8;

/// Where something about an incident is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In its thread.
    Thread(u64),
    /// Its thread is still to come.
    Coming,
    /// It has none, and gets none.
    Nowhere,
}

impl Incidents {
    /// Where the incident of this number, or of this alert, is talked about.
    pub async fn place(&self, guild: GuildId, number: Option<i64>, alert: Option<&str>) -> Result<Place> {
        if !self.is_on(guild).await? || self.store.guild_settings(guild).await?.ops_channel.is_none() {
            return Ok(Place::Nowhere);
        }
        let found = match (number, alert) {
            (Some(number), _) => self.store.incident(guild, number).await?,
            (None, Some(alert)) => self.of_alert(guild, alert).await?,
            (None, None) => return Ok(Place::Nowhere),
        };
        // An alert that was heard just now has its incident in a moment.
        let Some(found) = found else {
            return Ok(if number.is_some() { Place::Nowhere } else { Place::Coming });
        };
        let whole = self.whole(found).await?;
        Ok(match whole.thread {
            Some(0) => Place::Nowhere,
            Some(thread) => Place::Thread(thread),
            None if whole.trouble.is_some() => Place::Nowhere,
            None => Place::Coming,
        })
    }

    async fn of_alert(&self, guild: GuildId, alert: &str) -> Result<Option<Shown>> {
        let lately = i64::try_from(COMES_BACK.as_millis()).unwrap_or(i64::MAX);
        let since = Millis(self.clock.now().0.saturating_sub(lately));
        let all = self.store.incidents(guild, since, LOOKED_AT).await?;
        let has = |shown: &Shown| Self::read(shown).is_ok_and(|incident| incident.alerts.contains_key(alert));
        Ok(all.into_iter().find(has))
    }

    /// The incident that one came to be a part of.
    async fn whole(&self, shown: Shown) -> Result<Shown> {
        let mut shown = shown;
        for _ in 0..FOLDS {
            let Standing::Folded(into) = Self::read(&shown)?.standing else { break };
            let Some(next) = self.store.incident(shown.guild, into).await? else { break };
            shown = next;
        }
        Ok(shown)
    }
}
