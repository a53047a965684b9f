//! What somebody could ask for at all: what a model is told there is to ask for in their name.
//!
//! **Invariant:** it decides nothing. What is listed here is checked like anything else when it is asked for; this only keeps a
//! model from asking for what is off, or what would be refused in any case.

use base::{Actor, GuildId, Result};

use crate::{Entry, Hub, grants::Held};

impl Hub {
    /// Every action whose feature is on in the actor's guild, and of which they hold something; by name.
    pub async fn offered(&self, actor: &Actor) -> Result<Vec<&Entry>> {
        let held = self.held(actor).await?;
        self.offered_of(actor.guild, &held).await
    }

    /// The same where it is known what they hold.
    pub async fn offered_of(&self, guild: GuildId, held: &Held) -> Result<Vec<&Entry>> {
        let on = self.guilds().on(guild).await?;
        let is_on = |entry: &&Entry| match guilds::owner(entry.name) {
            Some(guilds::Owner::Core) => true,
            Some(guilds::Owner::Feature(feature)) => on.iter().any(|one| one.name == feature.name),
            None => false,
        };
        Ok(self.actions().filter(|entry| entry.own || held.allows_any(entry.name)).filter(is_on).collect())
    }
}
