//! A model that somebody wishes for by its name: who has it, and whether it may be asked.
//!
//! **Invariant:** a wish chooses among what a guild lets be asked. It takes nothing out of the house, and into no cloud that
//! administrators did not put into the order.

use base::{GuildId, Result, card::code};

use crate::{Candidate, Cloud, Provider, Providers, service::is};

/// What becomes of it.
#[derive(Debug)]
pub enum Wish {
    /// It may be asked.
    Granted(Candidate),
    /// It may not, or nobody has it: why, as people read it.
    Unmet(String),
}

impl Providers {
    /// The model of this name, or of this provider and name (`ollama/qwen3:8b`): at home before anywhere else.
    pub async fn wished(&self, guild: GuildId, wish: &str) -> Result<Wish> {
        let sees = self.cloud(guild).await?;
        let mut all = self.of(guild).await?;
        all.retain(|provider| provider.is_on);
        all.sort_by_key(Provider::is_cloud);
        let named = wish.split_once('/').and_then(|(name, model)| {
            let provider = all.iter().find(|provider| provider.name.eq_ignore_ascii_case(name))?;
            Some((provider.id.clone(), model))
        });
        let (only, model) = named.map_or((None, wish), |(id, model)| (Some(id), model));
        let (mut kept_home, mut unchosen) = (false, None);
        for provider in all.into_iter().filter(|provider| only.as_ref().is_none_or(|id| *id == provider.id)) {
            if provider.is_cloud() && sees == Cloud::Nothing {
                kept_home = true;
                continue;
            }
            let health = self.health(&provider).await;
            let found = health.found.iter().flatten().find(|known| is(&known.name, model));
            let Some(model) = found.map(|known| known.name.clone()) else { continue };
            if provider.is_cloud() && !self.is_in_order(guild, &provider.id).await? {
                unchosen = Some(provider.name);
                continue;
            }
            return Ok(Wish::Granted(Candidate { provider, model }));
        }
        Ok(Wish::Unmet(match unchosen {
            Some(provider) => format!("It is in the cloud, and `/ai use` names no model of {}.", code(provider)),
            None if kept_home => "No provider of the house has it, and this guild lets nothing leave it.".to_owned(),
            None => "No provider that answers has it.".to_owned(),
        }))
    }

    async fn is_in_order(&self, guild: GuildId, provider: &str) -> Result<bool> {
        Ok(self.candidates(guild).await?.iter().any(|one| one.provider.id == provider))
    }
}
