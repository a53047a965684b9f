//! Settings, from the environment and `.env`, read once. One struct per concern; secrets in `SecretString`.

use std::{
    collections::HashMap,
    net::{SocketAddr, ToSocketAddrs},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use containers::Local;
use secrecy::SecretString;
use workspace::Folder;

const DEFAULT_DATABASE: &str = "sqlite://nebula.db";
const DEFAULT_WEB: &str = "127.0.0.1:8080";
/// What is waited for is mostly a server.
const DEFAULT_JOBS: usize = 64;
/// In seconds: more often would be a burden, more rarely no picture.
const LOOK_EVERY: RangeInclusive<u64> = 1..=3_600;
/// In seconds: who is live is to be known within a minute and a half.
const STREAMS_EVERY: RangeInclusive<u64> = 1..=300;
/// A shorter passphrase could be guessed from a stolen database.
const SHORTEST_PASSPHRASE: usize = 16;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// How to reach Discord; none without a token.
    pub(crate) discord: Option<Discord>,
    /// Where everything is kept: `sqlite://…` or `postgres://…`.
    pub(crate) database: SecretString,
    /// Where the web pages are served.
    pub(crate) web: SocketAddr,
    /// Where people reach the web pages; without it no links to them are made.
    pub(crate) web_address: Option<String>,
    /// The application's secret, by which people log in with Discord; without it nobody does.
    pub(crate) client_secret: Option<SecretString>,
    /// What seals passwords and keys; without it none are kept.
    pub(crate) passphrase: Option<SecretString>,
    /// What `nebula key rotate` seals them with instead.
    pub(crate) next_passphrase: Option<SecretString>,
    /// How many jobs this process does at a time; none leaves all of them to workers.
    pub(crate) jobs: usize,
    /// The container engine of this machine, and for which guilds it is there.
    pub(crate) local: Local,
    /// The folder of agents, skills, registries and playbooks, and for which guilds it is there.
    pub(crate) workspace: Folder,
    /// The MCP servers that whoever runs the bot named, and for which guilds they are there.
    pub(crate) mcp: mcp::Own,
    /// What lets `nebula mcp` in.
    pub(crate) mcp_token: Option<SecretString>,
    /// Who runs models for guilds, as the environment has it.
    pub(crate) models: models::Shared,
    /// The apps at platforms, as whom people's accounts and streams are asked for.
    pub(crate) apps: platforms::Apps,
    /// How often platforms are asked what is live.
    pub(crate) streams_every: Duration,
    /// Whether what members are seen to stream hastens a look.
    pub(crate) streams_presence: bool,
    /// Whose administrators decide about the bot's own status, and where Lanyard is.
    pub(crate) presence: presence::Settings,
    /// How often is looked at each server; none is never.
    pub(crate) look_every: Option<Duration>,
    /// What is logged, in `tracing`'s filter language.
    pub(crate) log: Option<String>,
}

/// How to reach Discord.
#[derive(Debug, Clone)]
pub(crate) struct Discord {
    /// The bot's token.
    pub(crate) token: SecretString,
    /// Another Discord on this machine, in place of the real one.
    pub(crate) stand_in: Option<StandIn>,
}

/// A server on loopback that stands in for Discord. Nothing else is then trusted or reached.
#[derive(Debug, Clone)]
pub(crate) struct StandIn {
    /// Its TLS address, for discord.com.
    pub(crate) address: SocketAddr,
    /// Its certificate authority, the only one then trusted, in PEM.
    pub(crate) authority: Vec<u8>,
    /// Its gateway, `ws://…`.
    pub(crate) gateway: String,
    /// Intents beside those we need, as bits: only benchmarks want to hear more.
    pub(crate) intents: u64,
}

impl Config {
    /// Reads the environment over `.env`.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let mut settings = HashMap::new();
        // Only the one in this directory: a parent's may be somebody else's, and says whom to hand the token to.
        match dotenvy::from_path_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    // The error quotes the line, and the line may hold a secret.
                    let (key, value) = line.map_err(|_| anyhow::anyhow!(".env has a line that is not KEY=value"))?;
                    settings.insert(key, value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(error) => return Err(error).context("could not read .env"),
        }
        settings.extend(
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
        );
        Self::from(&settings)
    }

    fn from(settings: &HashMap<String, String>) -> anyhow::Result<Self> {
        let set = |key: &str| settings.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
        let web = set("NEBULA_WEB").unwrap_or(DEFAULT_WEB);
        let passphrase = |key: &str| {
            let text = set(key);
            ensure!(
                text.is_none_or(|text| text.chars().count() >= SHORTEST_PASSPHRASE),
                "{key} is shorter than {SHORTEST_PASSPHRASE} characters; `openssl rand -hex 32` makes a good one"
            );
            Ok(text.map(|text| SecretString::from(text.to_owned())))
        };
        let stand_in = StandIn::from(&set)?;
        Ok(Self {
            discord: set("DISCORD_TOKEN")
                .map(|token| token.trim_start_matches("Bot ").to_owned())
                .map(|token| Discord { token: SecretString::from(token), stand_in }),
            database: SecretString::from(set("DATABASE_URL").unwrap_or(DEFAULT_DATABASE).to_owned()),
            web: web.parse().with_context(|| format!("NEBULA_WEB is `{web}`, not an address like {DEFAULT_WEB}"))?,
            web_address: set("NEBULA_WEB_URL").map(reachable).transpose()?,
            client_secret: set("DISCORD_CLIENT_SECRET").map(|secret| SecretString::from(secret.to_owned())),
            passphrase: passphrase("NEBULA_SECRET")?,
            next_passphrase: passphrase("NEBULA_SECRET_NEW")?,
            jobs: set("NEBULA_JOBS")
                .map(|jobs| {
                    jobs.parse()
                        .with_context(|| format!("NEBULA_JOBS is `{jobs}`, not a number such as {DEFAULT_JOBS}"))
                })
                .transpose()?
                .unwrap_or(DEFAULT_JOBS),
            local: Local::new(set("DOCKER_HOST"), set("NEBULA_LOCAL_GUILDS").unwrap_or_default())
                .map_err(anyhow::Error::msg)
                .context("NEBULA_LOCAL_GUILDS")?,
            workspace: Folder::new(set("NEBULA_WORKSPACE"), set("NEBULA_WORKSPACE_GUILDS").unwrap_or_default())
                .map_err(anyhow::Error::msg)
                .context("NEBULA_WORKSPACE")?,
            mcp: mcp::Own::new(set("NEBULA_MCP"), set("NEBULA_MCP_GUILDS").unwrap_or_default())
                .map_err(anyhow::Error::msg)
                .context("NEBULA_MCP")?,
            mcp_token: set("NEBULA_MCP_TOKEN").map(|token| SecretString::from(token.to_owned())),
            models: models::Shared::new(&models::Settings {
                ollama_url: set("OLLAMA_URL"),
                openai_key: set("OPENAI_API_KEY"),
                openai_url: set("OPENAI_BASE_URL"),
                anthropic_key: set("ANTHROPIC_API_KEY"),
                anthropic_url: set("ANTHROPIC_BASE_URL"),
                guilds: set("NEBULA_MODEL_GUILDS"),
                local_guilds: set("NEBULA_LOCAL_GUILDS"),
            })
            .map_err(anyhow::Error::msg)?,
            apps: platforms::Apps::new(&platforms::Settings {
                twitch: (set("TWITCH_CLIENT_ID"), set("TWITCH_CLIENT_SECRET")),
                youtube: (set("YOUTUBE_CLIENT_ID"), set("YOUTUBE_CLIENT_SECRET")),
                youtube_key: set("YOUTUBE_API_KEY"),
                kick: (set("KICK_CLIENT_ID"), set("KICK_CLIENT_SECRET")),
                spotify: (set("SPOTIFY_CLIENT_ID"), set("SPOTIFY_CLIENT_SECRET")),
                twitch_url: set("NEBULA_TWITCH_URL"),
                youtube_url: set("NEBULA_YOUTUBE_URL"),
                kick_url: set("NEBULA_KICK_URL"),
                spotify_url: set("NEBULA_SPOTIFY_URL"),
            })
            .map_err(anyhow::Error::msg)?,
            presence: presence::Settings::new(&presence::Named {
                guilds: set("NEBULA_PRESENCE_GUILDS"),
                local_guilds: set("NEBULA_LOCAL_GUILDS"),
                lanyard_url: set("NEBULA_LANYARD_URL"),
            })
            .map_err(anyhow::Error::msg)?,
            streams_every: streams_every(set("NEBULA_STREAMS_EVERY"))?,
            streams_presence: is_on("NEBULA_STREAMS_PRESENCE", set("NEBULA_STREAMS_PRESENCE"))?,
            look_every: look_every(set("NEBULA_LOOK_EVERY"))?,
            log: set("NEBULA_LOG").map(str::to_owned),
        })
    }
}

/// Where people reach the pages: what goes over it is files, so nobody on the way may read along.
fn reachable(address: &str) -> anyhow::Result<String> {
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let host = address.strip_prefix("https://").unwrap_or_default();
    let own = loopback
        .iter()
        .any(|own| address.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    let fits = (!host.is_empty() || own) && !address.contains([' ', '?', '#', '@', '(', ')']);
    ensure!(fits, "NEBULA_WEB_URL is `{address}`, not an address like https://nebula.example");
    Ok(address.trim_end_matches('/').to_owned())
}

/// A number of seconds.
fn streams_every(set: Option<&str>) -> anyhow::Result<Duration> {
    let Some(seconds) = set else { return Ok(streams::EVERY) };
    let every = seconds.parse().ok().filter(|number| STREAMS_EVERY.contains(number)).map(Duration::from_secs);
    every.with_context(|| {
        let (from, to) = (STREAMS_EVERY.start(), STREAMS_EVERY.end());
        format!("NEBULA_STREAMS_EVERY is `{seconds}`, not a number of seconds from {from} to {to}")
    })
}

/// Off unless it says otherwise.
fn is_on(name: &str, set: Option<&str>) -> anyhow::Result<bool> {
    match set {
        None | Some("off") => Ok(false),
        Some("on") => Ok(true),
        Some(other) => bail!("{name} is `{other}`, not `on` or `off`"),
    }
}

/// A number of seconds; 0 is never.
fn look_every(set: Option<&str>) -> anyhow::Result<Option<Duration>> {
    let Some(seconds) = set else { return Ok(Some(metrics::EVERY)) };
    match seconds.parse() {
        Ok(0) => Ok(None),
        Ok(number) if LOOK_EVERY.contains(&number) => Ok(Some(Duration::from_secs(number))),
        _ => bail!(
            "NEBULA_LOOK_EVERY is `{seconds}`, not 0 for never or a number of seconds from {} to {}",
            LOOK_EVERY.start(),
            LOOK_EVERY.end()
        ),
    }
}

impl StandIn {
    fn from<'a>(set: &impl Fn(&str) -> Option<&'a str>) -> anyhow::Result<Option<Self>> {
        let all = (set("DISCORD_TEST_ADDRESS"), set("DISCORD_TEST_CA"), set("DISCORD_TEST_GATEWAY"));
        let (address, authority, gateway) = match all {
            (None, None, None) => return Ok(None),
            (Some(address), Some(authority), Some(gateway)) => (address, authority, gateway),
            _ => bail!(
                "DISCORD_TEST_ADDRESS, DISCORD_TEST_CA and DISCORD_TEST_GATEWAY go together: set all three or none"
            ),
        };
        let reached = gateway
            .strip_prefix("ws://")
            .map(|rest| rest.split(['/', '?']).next().unwrap_or_default())
            .with_context(|| format!("DISCORD_TEST_GATEWAY is `{gateway}`, not a ws:// URL"))?;
        let authority = PathBuf::from(authority);
        let intents = set("DISCORD_TEST_INTENTS").unwrap_or("0");
        Ok(Some(Self {
            address: loopback("DISCORD_TEST_ADDRESS", address)?,
            authority: std::fs::read(&authority)
                .with_context(|| format!("DISCORD_TEST_CA: could not read {}", authority.display()))?,
            gateway: loopback("DISCORD_TEST_GATEWAY", reached).map(|_| gateway.to_owned())?,
            intents: intents.parse().with_context(|| format!("DISCORD_TEST_INTENTS is `{intents}`, not a number"))?,
        }))
    }
}

/// A `host:port` whose every address is this machine's own: a stand-in anywhere else would be handed the token.
fn loopback(key: &str, address: &str) -> anyhow::Result<SocketAddr> {
    let all: Vec<SocketAddr> = address
        .to_socket_addrs()
        .with_context(|| format!("{key} is `{address}`, not an address like 127.0.0.1:8443"))?
        .collect();
    let first = all.first().copied().with_context(|| format!("{key}: `{address}` has no address"))?;
    ensure!(
        all.iter().all(|address| address.ip().is_loopback()),
        "{key} is `{address}`, which is not this machine: refused"
    );
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> anyhow::Result<Config> {
        Config::from(&settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn how_often_is_looked_is_a_number_of_seconds_or_never() {
        let every = |set| look_every(set).ok();
        assert_eq!(every(None), Some(Some(metrics::EVERY)));
        assert_eq!([every(Some("0")), every(Some("5"))], [Some(None), Some(Some(Duration::from_secs(5)))]);
        assert_eq!([every(Some("3601")), every(Some("-1")), every(Some("often"))], [None, None, None]);
    }

    #[test]
    fn what_members_do_is_seen_only_where_that_is_on() {
        let presence = |set| read(&[("NEBULA_STREAMS_PRESENCE", set)]).map(|config| config.streams_presence).ok();
        assert_eq!(
            [presence(""), presence("off"), presence("on"), presence("yes")],
            [Some(false), Some(false), Some(true), None]
        );
    }

    #[test]
    fn nothing_set_is_a_configuration_without_discord() {
        let config = read(&[]).unwrap();
        assert!(config.discord.is_none() && config.passphrase.is_none());
        assert_eq!(config.web.to_string(), DEFAULT_WEB);
    }

    #[test]
    fn a_stand_in_that_is_not_on_this_machine_is_refused() {
        let ca = tempfile::NamedTempFile::new().unwrap();
        let ca = ca.path().to_str().unwrap();
        for (address, gateway) in [
            ("192.0.2.1:443", "ws://127.0.0.1:1"),
            ("127.0.0.1:443", "ws://192.0.2.1:1/"),
            ("127.0.0.1:443", "ws://192.0.2.1:1/?127.0.0.1:1"),
            ("127.0.0.1:443", "wss://127.0.0.1:1"),
            ("127.0.0.1", "ws://127.0.0.1:1"),
        ] {
            let refused = read(&[
                ("DISCORD_TOKEN", "t"),
                ("DISCORD_TEST_ADDRESS", address),
                ("DISCORD_TEST_CA", ca),
                ("DISCORD_TEST_GATEWAY", gateway),
            ]);
            assert!(refused.is_err(), "{address} {gateway}");
        }
        assert!(read(&[("DISCORD_TEST_ADDRESS", "127.0.0.1:443")]).is_err());
    }

    #[test]
    fn secrets_are_not_in_the_debug_text() {
        let config = read(&[
            ("DISCORD_TOKEN", "token-token-token"),
            ("NEBULA_SECRET", "passphrase-passphrase"),
            ("DATABASE_URL", "postgres://bot:hunter2@127.0.0.1/db"),
            ("OPENAI_API_KEY", "sk-key-of-openai"),
            ("DISCORD_CLIENT_SECRET", "client-secret-of-ours"),
            ("TWITCH_CLIENT_ID", "app"),
            ("TWITCH_CLIENT_SECRET", "twitch-secret"),
            ("YOUTUBE_API_KEY", "youtube-key"),
        ]);
        let text = format!("{:?}", config.unwrap());
        for secret in
            ["token-token", "passphrase-", "hunter2", "sk-key", "client-secret", "twitch-secret", "youtube-key"]
        {
            assert!(!text.contains(secret), "{text}");
        }
    }

    #[test]
    fn links_lead_only_where_nobody_reads_along() {
        for good in
            ["https://nebula.example", "https://nebula.example:8443/ops/", "http://127.0.0.1:8080", "http://localhost"]
        {
            assert!(read(&[("NEBULA_WEB_URL", good)]).is_ok(), "{good}");
        }
        for bad in [
            "http://nebula.example",
            "nebula.example",
            "https://",
            "http://127.0.0.1.example",
            "https://a b",
            "https://a?b",
        ] {
            assert!(read(&[("NEBULA_WEB_URL", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        assert!(read(&[("NEBULA_SECRET", "short")]).unwrap_err().to_string().contains("openssl rand"));
    }
}
