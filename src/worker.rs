//! `nebula worker`: does durable work beside a bot that shares its PostgreSQL, on this machine or another. It has no connection to
//! Discord's gateway and serves no pages: what it does is shown by the bot.
//!
//! **Invariant:** it holds nothing that its end would lose. What it does is in the rows, and whoever finds it dead goes on with it.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base::{Clock, Redactor};
use commands::Rest;
use secrecy::ExposeSecret;
use store::{Kind, Store, Vault};

use crate::{
    app::{self, Stop},
    config::{Config, Discord},
    discord,
    services::Services,
};

/// A database that does not let go by then is left as it is: nothing more is written.
const CLOSE_DEADLINE: Duration = Duration::from_secs(3);

/// Works until `stop`.
pub(crate) async fn run(config: Config, discord: Discord, redactor: Redactor, mut stop: Stop) -> anyhow::Result<()> {
    app::learn(&config, &discord, &redactor);
    let clock = Clock::system();
    let store = Store::open(config.database.expose_secret(), clock.clone()).await.context("database")?;
    anyhow::ensure!(
        store.kind() == Kind::Postgres,
        "a worker shares its bot's database, which takes PostgreSQL: set DATABASE_URL to postgres://…. On SQLite the bot does \
         everything itself"
    );
    let lock = store.lock_for_work().await?;
    if let Some(unfinished) = store.unfinished_rotation().await? {
        anyhow::bail!(unfinished);
    }
    let vault = Vault::new(store.clone(), config.passphrase.clone());
    let outside = (config.local, config.workspace, config.mcp);
    let platforms = Arc::new(platforms::Platforms::new(config.apps, &clock, &redactor));
    let shown = (platforms, config.presence);
    let services = Services::new(&store, vault, &clock, &redactor, outside, config.models, shown).await?;
    if config.passphrase.is_none() {
        tracing::warn!("NEBULA_SECRET is not set: no server can be reached");
    }
    let hub = services.hub(store.clone(), clock.clone(), redactor);
    let rest = Rest::new(discord::web(&discord)?, discord.token.expose_secret());
    hub.know_members(Arc::new(commands::Discord(rest)));
    let (hosts, secrets, models, sealed) =
        (services.hosts, services.secrets, services.models, config.passphrase.is_some());
    // The bot may have added a server or rotated a secret since.
    hub.before_runs(Box::new(move || {
        let (hosts, secrets, models) = (Arc::clone(&hosts), Arc::clone(&secrets), Arc::clone(&models));
        Box::pin(async move {
            hosts.read_again().await?;
            if !sealed {
                return Ok(());
            }
            secrets.learn().await?;
            models.learn().await
        })
    }));
    tracing::info!(jobs = config.jobs, "working");
    let work = hub.clone();
    let mut working = tokio::spawn(async move { work.work(hub::Role::Worker, config.jobs).await });
    let ended = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {
            tracing::info!("stopping");
            hub.shut_down().await;
            working.await
        }
        ended = &mut working => ended,
    };
    drop(lock);
    if tokio::time::timeout(CLOSE_DEADLINE, store.close()).await.is_err() {
        tracing::warn!("the database did not close in time");
    }
    Ok(ended.context("its work broke")??)
}
