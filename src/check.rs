//! `nebula check`: one line per thing that must be right, what is wrong with it, and what to do.

use std::{io::Write, process::ExitCode, time::Duration};

use base::Clock;
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
            say("Discord", within(discord(&config)).await);
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
