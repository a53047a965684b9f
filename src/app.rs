//! Puts the pieces together, and takes them apart in the right order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use base::{Clock, Redactor};
use commands::{Crowd, Data, Link, Place, Rest};
use containers::Containers;
use events::Logs;
use futures::FutureExt;
use hosts::{Files, Hosts};
use schedules::Schedules;
use secrecy::ExposeSecret;
use store::{Lock, Store, Vault, events::Retention};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    clock,
    config::{Config, Discord},
    discord,
    services::Services,
    web,
};

/// Every run leaves a button or two behind.
const TIDY_EVERY: Duration = Duration::from_hours(1);
/// A run's log can be had again for a week.
const KEEP_LOGS: Duration = Duration::from_hours(7 * 24);
/// A run is listed for a quarter of a year.
const KEEP_RUNS: Duration = Duration::from_hours(90 * 24);
/// So many rows go with one transaction: nobody waits for it.
const FORGET_AT_ONCE: i64 = 500;
/// A database that does not let go by then is left as it is: nothing more is written.
const CLOSE_DEADLINE: Duration = Duration::from_secs(3);

/// Told once that it is time to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// Everything, until `stop`.
pub(crate) async fn run(config: Config, discord: Discord, redactor: Redactor, stop: Stop) -> anyhow::Result<()> {
    learn(&config, &discord, &redactor);
    let clock = Clock::system();
    let store = Store::open(config.database.expose_secret(), clock.clone()).await.context("database")?;
    let mut lock = store.lock().await?;
    if let Some(unfinished) = store.unfinished_rotation().await? {
        anyhow::bail!(unfinished);
    }
    let vault = Vault::new(store.clone(), config.passphrase.clone());
    leave_the_past(&store, &vault).await?;
    if store.bot_began().await? {
        tracing::warn!("the bot that ran before ended without a word");
    }
    let services = Services::new(&store, vault, &clock, &redactor, config.local).await?;
    if config.passphrase.is_some() {
        // Before anybody can ask for anything that would print one.
        if let Err(error) = services.secrets.learn().await {
            tracing::error!("the secrets cannot be read: {error}");
        }
    }
    let hub = services.hub(store.clone(), clock.clone(), redactor);
    let Services { hosts, containers, files, policy, schedules, secrets, logs, metrics, .. } = services;
    let door: Arc<dyn schedules::Door> = Arc::new(commands::scheduled::Through(hub.clone()));
    schedules.know_door(&door);
    let resumed = schedules.resume().await?;
    if resumed > 0 {
        tracing::info!(resumed, "what was due before the last stop is gone on with");
    }
    let (link, crowd) = (Link::default(), Crowd::default());

    let listener = TcpListener::bind(config.web).await.with_context(|| taken(config.web))?;
    config.web_address.iter().for_each(|address| files.know_address(address));
    let pages = web::Pages::new(hub.clone(), Arc::clone(&hosts), Arc::clone(&files), link.clone());
    let web = tokio::spawn(web::serve(listener, pages, stop.clone()));

    let way = discord::web(&discord)?;
    let rest = Rest::new(way.clone(), discord.token.expose_secret());
    let framework = commands::framework(Data {
        hub: hub.clone(),
        hosts: Arc::clone(&hosts),
        containers: Arc::clone(&containers),
        files: Arc::clone(&files),
        policy,
        schedules: Arc::clone(&schedules),
        secrets,
        crowd,
        rest: rest.clone(),
        link: link.clone(),
    });
    let mut client = discord::client(&discord, way.clone(), framework, &link, &rest).await?;
    hub.know_members(Arc::new(commands::Discord(rest.clone())));
    hub.guilds().know_discord(Arc::new(Place::new(rest.clone(), way, store.clone())));
    acquaint(&hub, &rest, (&hosts, &containers, &logs, &metrics));
    let mut aside = JoinSet::new();
    aside.spawn(containers.watch().map(drop));
    aside.spawn(async move { logs.fill().await });
    aside.spawn(commands::outbox::post(rest.clone(), hub.clone()).map(drop));
    aside.spawn(commands::terminal_screen::show(rest.clone(), hub.clone(), Arc::clone(&hosts)).map(drop));
    aside.spawn(Arc::clone(&hosts).keep_terminals().map(drop));
    let shards = Arc::clone(&client.shard_manager);
    let clock_ticks = tokio::spawn(clock::tick(rest, hub.clone(), Arc::clone(&schedules)));
    let mut gateway = tokio::spawn(async move { client.start().await });
    if config.passphrase.is_some() {
        tokio::spawn(async move { hosts.learn_secrets().await });
    } else {
        tracing::warn!("NEBULA_SECRET is not set: servers cannot be added or used");
    }

    let jobs = hub.clone();
    let work = tokio::spawn(async move {
        if let Err(error) = jobs.work(hub::Role::Bot, config.jobs).await {
            tracing::error!("durable runs are not done: {error}");
        }
    });
    if let Some(every) = config.look_every {
        aside.spawn(metrics.look(every).map(drop));
    }
    aside.spawn(tidy(store.clone(), schedules, files).map(drop));
    let mut stopped = stop.clone();
    let ended = tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => Ok(()),
        () = lock.lost(&store) => Err(anyhow::anyhow!("another Nebula has taken this database over")),
        ended = &mut gateway => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the gateway closed for good")),
            Ok(Err(error)) => Err(discord::explain(error)),
            Err(panic) => Err(anyhow::Error::from(panic).context("the Discord client broke")),
        },
    };
    tracing::info!("stopping");
    // Nothing more comes due here: the next process does it. Then what runs, so that its cards still get their last word; then Discord;
    // then the database.
    clock_ticks.abort();
    hub.shut_down().await;
    if tokio::time::timeout(CLOSE_DEADLINE, work).await.is_err() {
        tracing::warn!("durable runs were not let go of in time; they are taken up all the same");
    }
    if let Err(error) = store.bot_stops().await {
        tracing::warn!("that it stops is not on record: {error}");
    }
    shards.shutdown_all().await;
    web.abort();
    aside.shutdown().await;
    close(lock, &store).await;
    ended
}

/// Lets go of the database.
async fn close(lock: Lock, store: &Store) {
    // It may be a connection of the pool's, and the pool waits for every one.
    drop(lock);
    if tokio::time::timeout(CLOSE_DEADLINE, store.close()).await.is_err() {
        tracing::warn!("the database did not close in time");
    }
}

/// Tells what does things of the guilds that want it, and of the way to Discord.
fn acquaint(
    hub: &hub::Hub,
    rest: &Rest,
    (hosts, containers, logs, metrics): (&Hosts, &Containers, &Logs, &metrics::Metrics),
) {
    let discord = || Arc::new(commands::Discord(rest.clone()));
    hosts.terminals().know_threads(discord());
    containers.know_switch(switch(hub, "container.watch"));
    containers.know_channels(discord());
    logs.know_switch(switch(hub, "log.setup"));
    logs.know_channels(discord());
    metrics.know_switch(switch(hub, "metrics.show"));
    metrics.know_eyes(eyes(hub.store()));
}

/// Whether the feature of an action is on in a guild.
fn switch(hub: &hub::Hub, action: &'static str) -> metrics::Switch {
    let guilds = Arc::clone(hub.guilds());
    Box::new(move |guild| {
        let guilds = Arc::clone(&guilds);
        Box::pin(async move { Ok(guilds.refuse_off(guild, action).await.is_ok()) })
    })
}

/// Whoever holds anything of a server, or may look at it, sees it in the fleet.
fn eyes(store: &Store) -> metrics::Eyes {
    let store = store.clone();
    Box::new(move |actor| {
        let store = store.clone();
        Box::pin(async move {
            let held = hub::grants::Held::by(&actor, &store).await?;
            let seen = move |server: &hosts::Server| {
                ["server", "metrics"].iter().any(|kind| held.sees(kind, &server.name, &server.tags))
            };
            Ok(Box::new(seen) as metrics::Seen)
        })
    })
}

/// What the settings hold must never be shown.
pub(crate) fn learn(config: &Config, discord: &Discord, redactor: &Redactor) {
    let settings = [Some(&discord.token), config.passphrase.as_ref(), config.next_passphrase.as_ref()];
    for secret in settings.into_iter().flatten() {
        redactor.learn(secret.expose_secret());
    }
    if let Some(password) = url_password(config.database.expose_secret()) {
        redactor.learn(password);
    }
}

/// Completes what a process that died left open. The lock says that there is no other.
async fn leave_the_past(store: &Store, vault: &Vault) -> anyhow::Result<()> {
    let adopted = store.adopt_audit().await?;
    if adopted > 0 {
        tracing::info!(entries = adopted, "brought what older versions recorded into the audit log");
    }
    let interrupted = store.interrupt_audit().await?;
    for entry in &interrupted {
        tracing::warn!(reference = entry.reference, action.name = entry.action, "interrupted by the last stop");
    }
    let reopened = store.reopen_approvals().await?;
    if reopened > 0 {
        tracing::warn!(reopened, "answered with yes just before the last stop, and not begun: they wait again");
    }
    store.end_unasked().await?;
    store.unseal_ended().await?;
    store.unseal_ended_runs().await?;
    vault.sweep().await?;
    Ok(())
}

/// What can no longer be pressed or is too old goes, at the start and from time to time.
async fn tidy(store: Store, schedules: Arc<Schedules>, files: Arc<Files>) {
    let mut hours = tokio::time::interval(TIDY_EVERY);
    loop {
        hours.tick().await;
        if let Err(error) = store.forget_buttons().await {
            tracing::warn!("old buttons could not be deleted: {error}");
        }
        if let Err(error) = store.forget_posts().await {
            tracing::warn!("old posts could not be deleted: {error}");
        }
        if let Err(error) = forget_runs(&store).await {
            tracing::warn!("old runs could not be deleted: {error}");
        }
        if let Err(error) = store.trim_events(&Retention::default()).await {
            tracing::warn!("old events could not be deleted: {error}");
        }
        if let Err(error) = schedules.tidy().await {
            tracing::warn!("what was long over of schedules could not be deleted: {error}");
        }
        if let Err(error) = files.tidy().await {
            tracing::warn!("old versions of files could not be deleted: {error}");
        }
    }
}

/// What the runs printed goes before the runs themselves; what was asked for, and by whom, stays in the audit log.
async fn forget_runs(store: &Store) -> base::Result<()> {
    let ago = |span: Duration| base::Millis(store.now().0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(0)));
    store.forget_run_files(ago(KEEP_LOGS)).await?;
    while store.forget_runs(ago(KEEP_RUNS), FORGET_AT_ONCE).await? > 0 {}
    Ok(())
}

/// Ctrl-C or SIGTERM, whichever comes first.
pub(crate) fn stop_signal() -> Stop {
    use tokio::signal::unix::{SignalKind, signal};
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stop.send_replace(true);
        // A second one is somebody who will not wait.
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    stopped
}

pub(crate) fn taken(address: SocketAddr) -> String {
    format!("the web pages could not be served at {address}: set NEBULA_WEB to another address")
}

fn url_password(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    authority.rsplit_once('@')?.0.split_once(':').map(|(_, password)| password)
}
