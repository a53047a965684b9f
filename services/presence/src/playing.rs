//! Shows what plays on the pages of a guild that want it.
//!
//! **Invariants:** a page of a guild where nobody is to be asked is left as its people set it. The same track is not told again, and nothing is
//! told before anybody answered.

use std::collections::BTreeMap;

use base::{GuildId, Result, UserId};
use futures::future::BoxFuture;

use crate::{
    Presence,
    feeds::{Track, Whom},
};

/// Where what plays is shown.
pub trait Stage: Send + Sync {
    /// The guilds where somebody looks at it now.
    fn open(&self) -> Vec<GuildId>;

    /// Whose Spotify guilds show.
    fn listeners(&self) -> BoxFuture<'_, Result<Vec<(GuildId, UserId)>>>;

    /// Shows a track in a guild, or none.
    fn play<'a>(&'a self, guild: GuildId, track: Option<&'a Track>) -> BoxFuture<'a, Result<()>>;
}

/// What each guild was told last.
pub(crate) type Played = BTreeMap<GuildId, Option<Track>>;

impl Presence {
    /// Whom to ask for the pages that are open, the first to be shown first.
    pub(crate) async fn wanted_for_pages(&self) -> Result<BTreeMap<GuildId, Vec<Whom>>> {
        let Some(stage) = self.stage.get() else { return Ok(BTreeMap::new()) };
        let open = stage.open();
        if open.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (listeners, plexes) = (stage.listeners().await?, self.store.plexes().await?);
        let mut all = BTreeMap::new();
        for guild in open {
            let theirs = listeners.iter().filter(|(of, _)| *of == guild);
            let mut whom: Vec<Whom> = theirs.map(|(_, user)| Whom::Spotify(*user)).collect();
            if let Some(plex) = plexes.iter().find(|plex| plex.guild == guild)
                && self.is_on(guild).await?
            {
                whom.push(Whom::Plex(plex.clone()));
            }
            if !whom.is_empty() {
                all.insert(guild, whom);
            }
        }
        Ok(all)
    }

    /// Tells pages what plays by now.
    pub async fn play(&self) -> Result<()> {
        let Some(stage) = self.stage.get() else { return Ok(()) };
        let mut played = self.played.lock().await;
        let wanted = self.wanted_for_pages().await?;
        for (guild, whom) in &wanted {
            let track = {
                let (feeds, now) = (self.feeds(), self.clock.now());
                // The first to be shown may not have answered yet: what another says would be there for a moment only.
                if !whom.iter().all(|whom| feeds.is_known(whom)) {
                    continue;
                }
                whom.iter().find_map(|whom| feeds.says(whom, now))
            };
            if played.get(guild) == Some(&track) {
                continue;
            }
            // One guild's trouble is no other's; it is tried again.
            match stage.play(*guild, track.as_ref()).await {
                Ok(()) => drop(played.insert(*guild, track)),
                Err(error) => tracing::warn!(guild.id = guild.0, "what plays cannot be shown: {error}"),
            }
        }
        // Where nobody is asked any more, what was played is not played for ever.
        let over: Vec<GuildId> = played.keys().filter(|guild| !wanted.contains_key(guild)).copied().collect();
        for guild in over {
            if let Some(Some(_)) = played.get(&guild) {
                stage.play(guild, None).await?;
            }
            played.remove(&guild);
        }
        Ok(())
    }
}
