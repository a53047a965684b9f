//! What whoever runs the bot allows.

use base::GuildId;
use reqwest::Url;

/// What the environment says of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// `NEBULA_PRESENCE_GUILDS`: whose administrators decide about the status, and may share something in it.
    pub guilds: Option<&'a str>,
    /// `NEBULA_LOCAL_GUILDS`: which guilds may ask what runs on the bot's own machine.
    pub local_guilds: Option<&'a str>,
    /// `NEBULA_LANYARD_URL`: a stand-in on this machine.
    pub lanyard_url: Option<&'a str>,
}

/// What is allowed, and where.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    guilds: Vec<GuildId>,
    local_guilds: Vec<GuildId>,
    pub(crate) lanyard: Place,
}

/// Where Lanyard is asked.
#[derive(Debug, Clone, Default)]
pub(crate) enum Place {
    /// Where it is.
    #[default]
    Own,
    /// What stands in for it on this machine.
    StandIn(Url),
    /// Nowhere: nothing is to leave this machine.
    Nowhere,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The sentence names the setting and says what is wrong with it.
    pub fn new(named: &Named<'_>) -> Result<Self, String> {
        let guilds = ids("NEBULA_PRESENCE_GUILDS", named.guilds.unwrap_or_default())?;
        let local_guilds = ids("NEBULA_LOCAL_GUILDS", named.local_guilds.unwrap_or_default())?;
        let stand_in = named.lanyard_url.map(|url| platforms::stand_in("NEBULA_LANYARD_URL", url)).transpose()?;
        let lanyard = stand_in.map_or(Place::Own, Place::StandIn);
        Ok(Self { guilds, local_guilds, lanyard })
    }

    /// The same for a guild on this machine, which decides: nothing is asked on the internet.
    #[must_use]
    pub fn here(&self, guild: GuildId) -> Self {
        let lanyard = match &self.lanyard {
            Place::StandIn(url) => Place::StandIn(url.clone()),
            Place::Own | Place::Nowhere => Place::Nowhere,
        };
        Self { guilds: vec![guild], local_guilds: vec![guild], lanyard }
    }

    /// Whether a guild decides about the status, and may share something in it.
    pub(crate) fn is_for(&self, guild: GuildId) -> bool {
        self.guilds.contains(&guild)
    }

    /// Whether no guild decides about the status.
    pub(crate) fn is_for_nobody(&self) -> bool {
        self.guilds.is_empty()
    }

    /// Whether a guild may ask what runs on the bot's own machine.
    pub(crate) fn is_local_for(&self, guild: GuildId) -> bool {
        self.local_guilds.contains(&guild)
    }
}

fn ids(setting: &str, guilds: &str) -> Result<Vec<GuildId>, String> {
    let ids = guilds.split([',', ' ']).map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| id.parse().map(GuildId).map_err(|_| format!("{setting}: `{id}` is no server's id"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_decides_about_the_status_until_whoever_runs_the_bot_says_who() {
        assert!(!Settings::default().is_for(GuildId(1)));
        let named = Named { guilds: Some("1, 2"), ..Named::default() };
        let set = Settings::new(&named).unwrap();
        assert!(set.is_for(GuildId(2)) && !set.is_for(GuildId(3)) && !set.is_local_for(GuildId(2)));
        assert!(Settings::new(&Named { guilds: Some("mine"), ..named }).unwrap_err().contains("PRESENCE_GUILDS"));
    }

    #[test]
    fn lanyard_is_its_own_or_a_stand_in_on_this_machine() {
        let at = |url| Settings::new(&Named { lanyard_url: Some(url), ..Named::default() });
        assert!(at("http://127.0.0.1:9").is_ok());
        for wrong in ["https://lanyard.example", "http://192.0.2.1:1", "127.0.0.1:1"] {
            assert!(at(wrong).unwrap_err().contains("NEBULA_LANYARD_URL"), "{wrong}");
        }
    }
}
