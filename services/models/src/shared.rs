//! The providers of the environment: whoever runs the bot shares them with guilds.

use base::{GuildId, Secret};
use reqwest::Url;

use crate::{Kind, Place, Provider, address};

/// What the environment says of models.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// `OLLAMA_URL`.
    pub ollama_url: Option<&'a str>,
    /// `OPENAI_API_KEY`.
    pub openai_key: Option<&'a str>,
    /// `OPENAI_BASE_URL`.
    pub openai_url: Option<&'a str>,
    /// `ANTHROPIC_API_KEY`.
    pub anthropic_key: Option<&'a str>,
    /// `ANTHROPIC_BASE_URL`.
    pub anthropic_url: Option<&'a str>,
    /// `NEBULA_MODEL_GUILDS`: without it, every guild has them.
    pub guilds: Option<&'a str>,
    /// `NEBULA_LOCAL_GUILDS`: which guilds may ask what runs on the bot's own machine by an address of their own.
    pub local_guilds: Option<&'a str>,
}

/// The providers of the environment, and who has them.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    providers: Vec<Provider>,
    /// None is everybody.
    guilds: Option<Vec<GuildId>>,
    local_guilds: Vec<GuildId>,
}

impl Shared {
    /// Reads the settings.
    ///
    /// # Errors
    /// The sentence names the setting and says what is wrong with it.
    pub fn new(settings: &Settings<'_>) -> Result<Self, String> {
        let mut providers = Vec::new();
        if let Some(url) = settings.ollama_url {
            providers.push(shared(Kind::Ollama, "OLLAMA_URL", url, None)?);
        }
        if settings.openai_key.is_some() || settings.openai_url.is_some() {
            let url = settings.openai_url.unwrap_or(Kind::OpenAi.usual_address());
            providers.push(shared(Kind::OpenAi, "OPENAI_BASE_URL", url, settings.openai_key)?);
        }
        if let Some(key) = settings.anthropic_key {
            let url = settings.anthropic_url.unwrap_or(Kind::Anthropic.usual_address());
            providers.push(shared(Kind::Anthropic, "ANTHROPIC_BASE_URL", url, Some(key))?);
        }
        let guilds = settings.guilds.map(|guilds| ids("NEBULA_MODEL_GUILDS", guilds)).transpose()?;
        let local_guilds = ids("NEBULA_LOCAL_GUILDS", settings.local_guilds.unwrap_or_default())?;
        Ok(Self { providers, guilds, local_guilds })
    }

    /// Those that a guild has.
    pub(crate) fn of(&self, guild: GuildId) -> &[Provider] {
        let has = self.guilds.as_ref().is_none_or(|guilds| guilds.contains(&guild));
        if has { &self.providers } else { &[] }
    }

    /// Whether a guild may ask what runs on the bot's own machine by an address of its own.
    pub(crate) fn is_local_for(&self, guild: GuildId) -> bool {
        self.local_guilds.contains(&guild)
    }

    /// The keys, to be masked wherever they would be shown.
    pub fn keys(&self) -> impl Iterator<Item = &Secret> {
        self.providers.iter().filter_map(|provider| provider.key.as_ref())
    }

    /// Where each is, as its address says: an address on no internet is of the house.
    pub(crate) async fn place_all(&mut self) {
        for provider in &mut self.providers {
            provider.place = address::place(&provider.address).await;
        }
    }
}

fn ids(setting: &str, guilds: &str) -> Result<Vec<GuildId>, String> {
    let ids = guilds.split([',', ' ']).map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| id.parse().map(GuildId).map_err(|_| format!("{setting}: `{id}` is no server's id"))).collect()
}

fn shared(kind: Kind, setting: &str, url: &str, key: Option<&str>) -> Result<Provider, String> {
    let address = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
        // What stands in it may be a password.
        .filter(|url| url.username().is_empty() && url.password().is_none() && url.query().is_none())
        .ok_or_else(|| format!("{setting} is no address like {}", kind.usual_address()))?;
    Ok(Provider {
        id: format!("env:{}", kind.as_str()),
        name: kind.as_str().to_owned(),
        kind,
        address,
        key: key.map(Secret::new),
        place: Place::Cloud,
        window: None,
        is_shared: true,
        is_on: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guild_has_what_the_environment_names_unless_its_owner_says_who() {
        let settings =
            Settings { ollama_url: Some("http://127.0.0.1:11434"), openai_key: Some("k"), ..Settings::default() };
        let all = Shared::new(&settings).unwrap();
        assert_eq!(all.of(GuildId(1)).len(), 2);
        assert!(!all.is_local_for(GuildId(1)));
        let few = Shared::new(&Settings { guilds: Some("2, 3"), ..settings }).unwrap();
        assert_eq!((few.of(GuildId(1)).len(), few.of(GuildId(3)).len()), (0, 2));
        for wrong in [
            Settings { guilds: Some("my guild"), ..settings },
            Settings { ollama_url: Some("127.0.0.1:11434"), ..settings },
            Settings { openai_url: Some("https://user:pw@x"), ..settings },
        ] {
            let why = Shared::new(&wrong).unwrap_err();
            assert!(!why.contains("pw"), "{why}");
        }
    }
}
