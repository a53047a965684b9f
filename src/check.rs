//! `nebula check`: one line per thing that must be right, what is wrong with it, and what to do.

use std::{io::Write, process::ExitCode, time::Duration};

use base::{Clock, GuildId};
use commands::{Place, Rest};
use guilds::{Finding, Guilds, Verdict, discord::Discord as _};
use poise::serenity_prelude as serenity;
use secrecy::ExposeSecret;
use store::{Store, Vault};
use tokio::net::TcpListener;

use crate::{app, config::Config, discord};

/// Longest wait for any one answer.
const DEADLINE: Duration = Duration::from_secs(15);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Verify the audit log instead: every row, and that none is missing, moved or added. The bot may be running.
    #[arg(long)]
    pub(crate) audit: bool,
    /// Ask the Nebula that runs here instead, whether its database and Discord are up: for a container's health check.
    #[arg(long, conflicts_with = "audit")]
    pub(crate) live: bool,
}

/// Checks everything that can be checked; a configuration that cannot be read is one failure and the end.
pub(crate) async fn run(config: anyhow::Result<Config>) -> ExitCode {
    let mut failures = 0u8;
    let mut say = |what: &str, found: anyhow::Result<String>| {
        let mut out = std::io::stdout().lock();
        let _ = match found {
            Ok(fine) => writeln!(out, "✓ {what:<14} {fine}"),
            Err(wrong) => {
                failures = failures.saturating_add(1);
                writeln!(out, "✕ {what:<14} {wrong:#}")
            }
        };
    };
    match config {
        Err(wrong) => say("configuration", Err(wrong)),
        Ok(config) => {
            say("configuration", Ok("read".to_owned()));
            let (database, secrets) = within(database(&config))
                .await
                .map_or_else(|wrong| (Err(wrong), None), |(fine, secrets)| (Ok(fine), Some(secrets)));
            say("database", database);
            if let Some(secrets) = secrets {
                say("NEBULA_SECRET", secrets);
            }
            let reached = within(discord(&config)).await;
            let is_reached = reached.is_ok();
            say("Discord", reached);
            if is_reached {
                guilds(&config, &mut say).await;
            }
            say("web", web(&config).await);
        }
    }
    ExitCode::from(failures)
}

async fn within<T>(check: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(DEADLINE, check)
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {} s", DEADLINE.as_secs())))
}

async fn database(config: &Config) -> anyhow::Result<(String, anyhow::Result<String>)> {
    let url = config.database.expose_secret();
    if let Some(file) = store::sqlite_file(url).filter(|file| !file.exists()) {
        let secrets = match config.passphrase {
            Some(_) => Ok("seals the first credential".to_owned()),
            None => Err(anyhow::anyhow!("is not set; `openssl rand -hex 32` makes one")),
        };
        return Ok((format!("{} is not there yet; the first start makes it", file.display()), secrets));
    }
    let store = Store::open(url, Clock::system()).await?;
    store.ping().await?;
    let fine = format!("{}, its tables are up to date", store.kind());
    let secrets = match Vault::new(store.clone(), config.passphrase.clone()).check().await {
        Ok(()) => Ok("opens the vault".to_owned()),
        Err(wrong) => Err(anyhow::anyhow!("{wrong}")),
    };
    store.close().await;
    Ok((fine, secrets))
}

async fn discord(config: &Config) -> anyhow::Result<String> {
    let Some(discord) = &config.discord else {
        anyhow::bail!(
            "DISCORD_TOKEN is not set; create a bot at https://discord.com/developers/applications and put its token into .env"
        );
    };
    let user = discord::http(discord, discord::web(discord)?).get_current_user().await.map_err(discord::explain)?;
    let place = if discord.stand_in.is_some() { " at a stand-in on this machine, NOT at Discord" } else { "" };
    Ok(format!("logs in as {}{place}", user.name))
}

/// Every guild the bot is in: what is on there, and what of what that needs is gone or missing. Nothing is changed.
async fn guilds(config: &Config, say: &mut impl FnMut(&str, anyhow::Result<String>)) {
    let url = config.database.expose_secret();
    let Some(discord) = &config.discord else { return };
    if store::sqlite_file(url).is_some_and(|file| !file.exists()) {
        return;
    }
    let looking = async {
        let store = Store::open(url, Clock::system()).await?;
        let way = discord::web(discord)?;
        let rest = Rest::new(way.clone(), discord.token.expose_secret());
        rest.ask_who_we_are().await.map_err(discord::explain)?;
        let all = all(&discord::http(discord, way.clone())).await?;
        anyhow::Ok((Guilds::new(store.clone()), Place::new(rest, way, store.clone()), all, store))
    };
    let (guilds, place, all, store) = match within(looking).await {
        Ok(looking) => looking,
        Err(wrong) => return say("guilds", Err(wrong.context("could not be listed"))),
    };
    let wanted = config.streams_presence.then_some(guilds::SEEN_STREAMING);
    for (guild, name) in all {
        let examined = within(async {
            let (on, settings) = (guilds.on(guild).await?, store.guild_settings(guild).await?);
            let facts = place.facts(guild).await?;
            Ok((guilds::examine(&facts, &settings, &on, wanted), on))
        });
        say(&format!("guild {name}"), examined.await.and_then(|(findings, on)| told(&findings, &on)));
    }
    store.close().await;
}

/// The guilds the bot is in, by number and name.
async fn all(http: &serenity::Http) -> anyhow::Result<Vec<(GuildId, String)>> {
    const PAGE: u64 = 200;
    let mut all: Vec<(GuildId, String)> = Vec::new();
    loop {
        let after = all.last().map(|(guild, _)| serenity::GuildPagination::After(serenity::GuildId::new(guild.0)));
        let page = http.get_guilds(after, Some(PAGE)).await.map_err(discord::explain)?;
        let last = (page.len() as u64) < PAGE;
        all.extend(page.into_iter().map(|guild| (GuildId(guild.id.get()), guild.name)));
        if last {
            return Ok(all);
        }
    }
}

/// What was found in a guild, in one line: what is wrong, or that nothing is.
fn told(findings: &[Finding], on: &[&'static guilds::Feature]) -> anyhow::Result<String> {
    let wrong = findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Missing | Verdict::Unknown));
    let wrong: Vec<String> = wrong
        .map(|finding| match &finding.fix {
            Some(fix) => format!("{} ({})", finding.what, fix.trim_end_matches('.')),
            None => finding.what.clone(),
        })
        .collect();
    anyhow::ensure!(wrong.is_empty(), wrong.join("; "));
    let on: Vec<&str> = on.iter().map(|feature| feature.name).collect();
    Ok(if on.is_empty() { "nothing is on".to_owned() } else { format!("{}: nothing is missing", on.join(", ")) })
}

async fn web(config: &Config) -> anyhow::Result<String> {
    match TcpListener::bind(config.web).await {
        Ok(_) => Ok(format!("{} is free", config.web)),
        Err(_) if ours(config.web).await => Ok(format!("{} is served by a Nebula that runs already", config.web)),
        Err(error) => Err(anyhow::Error::from(error).context(app::taken(config.web))),
    }
}

/// Whether what answers there is a Nebula.
async fn ours(address: std::net::SocketAddr) -> bool {
    let asked = reqwest::Client::builder().timeout(DEADLINE / 5).no_proxy().build();
    let Ok(client) = asked else { return false };
    match client.get(format!("http://{address}/healthz")).send().await {
        Ok(answer) => answer.text().await.is_ok_and(|text| text == "ok\n"),
        Err(_) => false,
    }
}
