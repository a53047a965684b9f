//! What is wrong around the status in a guild, as far as somebody can do something about it.

use std::time::Duration;

use base::{GuildId, Millis, Result};

use crate::{Presence, feeds::Whom};

/// Who does not answer for so long may not do so by itself.
const LONG: Duration = Duration::from_mins(10);

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

impl Presence {
    /// What is wrong in a guild where it is on.
    pub async fn lacks(&self, guild: GuildId) -> Result<Vec<Lack>> {
        let mut lacks = Vec::new();
        if self.settings.is_for_nobody() {
            lacks.push(Lack {
                what: "my status: no server decides about it, so it says nothing".to_owned(),
                fix: format!("Whoever runs the bot sets `NEBULA_PRESENCE_GUILDS={guild}`."),
            });
        }
        let (plex, lent) = (self.store.plex(guild).await?, self.store.lanyards().await?);
        let now = self.clock.now();
        let feeds = self.feeds();
        let trouble = |whom: &Whom| {
            let (since, why) = feeds.trouble(whom)?;
            (feeds.lasts(whom) || now.since(since) >= LONG).then_some((since, why))
        };
        if let Some((since, why)) = plex.and_then(|plex| trouble(&Whom::Plex(plex))) {
            lacks.push(Lack {
                what: told("Plex", since, &why),
                fix: "`/presence plex set` names another address or token; `/presence plex remove` ends it.".to_owned(),
            });
        }
        let ours = lent.iter().filter(|lent| lent.guild == guild).map(Whom::lanyard);
        // Members whom it does not know are told apart from its own trouble, which is the same for all.
        let (unknown, silent): (Vec<Whom>, Vec<Whom>) =
            ours.filter(|whom| trouble(whom).is_some()).partition(|whom| feeds.lasts(whom));
        for whom in unknown {
            let (Whom::Lanyard(user), Some((since, why))) = (&whom, trouble(&whom)) else { continue };
            lacks.push(Lack {
                what: format!("{} (<@{user}>)", told("Lanyard", since, &why)),
                fix: "They join https://discord.gg/lanyard, or take it back with `/presence lanyard off`.".to_owned(),
            });
        }
        if let Some((since, why)) = silent.first().and_then(trouble) {
            lacks.push(Lack {
                what: told("Lanyard", since, &why),
                fix: "`/presence share lanyard:false` asks it no more.".to_owned(),
            });
        }
        Ok(lacks)
    }
}

fn told(who: &str, since: Millis, why: &str) -> String {
    format!("{who} {why}, since {}", since.relative())
}
