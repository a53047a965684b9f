//! Looks at what is on pages, by itself, and counts how it was.
//!
//! **Invariant:** only harmless lines are run for it, as for anybody who looks; who could not be asked counts as neither.

use std::{sync::Arc, time::Duration};

use base::{GuildId, Result};

use crate::{Maps, look::Seen};

/// No service is looked at more often.
const AT_MOST: Duration = Duration::from_secs(30);
/// Old days go so often.
const TIDY: u32 = 100;

impl Maps {
    /// Looks at all that is on pages, so often, for ever.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        // Who asks for less than a second is a test.
        let every = if every <= Duration::from_secs(1) { every } else { every.max(AT_MOST) };
        let mut round = 0_u32;
        loop {
            if let Err(error) = self.look_at_pages().await {
                tracing::warn!("what is on pages could not be looked at: {error}");
            }
            if round.is_multiple_of(TIDY)
                && let Err(error) = self.store.trim_service_days().await
            {
                tracing::warn!("old days of services could not be deleted: {error}");
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = self.pages_changed.notified() => {}
            }
        }
    }

    async fn look_at_pages(&self) -> Result<()> {
        let mut left = self.store.services_on_pages().await?;
        while let Some(guild) = left.first().map(|(guild, _)| *guild) {
            let (own, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|(of, _)| *of == guild);
            left = others;
            if self.is_on(guild).await? {
                self.look_at_page(guild, own.into_iter().map(|(_, service)| service)).await?;
            }
        }
        Ok(())
    }

    async fn look_at_page(&self, guild: GuildId, services: impl Iterator<Item = String> + Send) -> Result<()> {
        let Some(stands) = self.known(guild).await? else { return Ok(()) };
        let places: Vec<usize> = services.filter_map(|name| stands.map.place(&name)).collect();
        let redactor = self.redactor.of(guild);
        for (place, seen) in self.look_at(guild, &stands.map, &places, &redactor).await {
            let name = &stands.map.services[place].name;
            if let Some(well) = seen.is_well() {
                self.store.count_service_look(guild, name, well).await?;
            }
            self.remember_look(guild, name, seen.state);
        }
        Ok(())
    }

    pub(crate) async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }
}

impl Seen {
    /// Whether it was well; none where nobody knows.
    fn is_well(&self) -> Option<bool> {
        match self.state {
            crate::look::State::Up => Some(true),
            crate::look::State::Down => Some(false),
            crate::look::State::Unknown => None,
        }
    }
}
