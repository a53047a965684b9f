//! Puts the pieces together, and takes them apart in the right order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ai::runner::Runner;
use anyhow::Context;
use base::{Clock, Redactor};
use commands::{Crowd, Data, Link, Login, Place, Rest};
use futures::FutureExt;
use hub::Hub;
use platforms::Platforms;
use secrecy::ExposeSecret;
use store::{Lock, Store, Vault};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    acquaint::{self, Told},
    clock,
    config::{Config, Discord},
    discord,
    drafts::Drafts,
    services::Services,
    tidy, web,
};

/// A database that does not let go by then is left as it is: nothing more is written.
const CLOSE_DEADLINE: Duration = Duration::from_secs(3);

/// Told once that it is time to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// Everything, until `stop`.
#[expect(clippy::too_many_lines, reason = "what is put together reads best in a row")]
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
    let outside = (config.local, config.workspace, config.mcp);
    let platforms = Arc::new(Platforms::new(config.apps, &clock, &redactor));
    let shown = (platforms, config.presence);
    let services = Services::new(&store, vault, &clock, &redactor, outside, config.models, shown).await?;
    services.streams.know_every(config.streams_every);
    if config.passphrase.is_some() {
        // Before anybody can ask for anything that would print one.
        if let Err(error) = services.secrets.learn().await {
            tracing::error!("the secrets cannot be read: {error}");
        }
        if let Err(error) = services.models.learn().await {
            tracing::error!("the keys of providers of models cannot be read: {error}");
        }
        if let Err(error) = services.mcp.learn().await {
            tracing::error!("the tokens of MCP servers cannot be read: {error}");
        }
        if let Err(error) = services.accounts.learn().await {
            tracing::error!("the tokens of accounts cannot be read: {error}");
        }
        if let Err(error) = services.presence.learn().await {
            tracing::error!("the tokens of Plex cannot be read: {error}");
        }
    }
    let hub = services.hub(store.clone(), clock.clone(), redactor);
    let steps: Arc<dyn runbooks::Door> = Arc::new(commands::steps::Through(hub.clone()));
    services.runbooks.know_door(&steps);
    let door: Arc<dyn schedules::Door> = Arc::new(commands::scheduled::Through(hub.clone()));
    services.schedules.know_door(&door);
    let leave: Arc<dyn alerts::Door> = Arc::new(commands::looking::Through::new(hub.clone()));
    services.alerts.know_door(&leave);
    let bringing: Arc<dyn maps::Door> = Arc::new(commands::bringing::Through(hub.clone()));
    services.maps.know_door(&bringing);
    let resumed = services.schedules.resume().await?;
    if resumed > 0 {
        tracing::info!(resumed, "what was due before the last stop is gone on with");
    }
    let (link, crowd) = (Link::default(), Crowd::default());

    let listener = TcpListener::bind(config.web).await.with_context(|| taken(config.web))?;
    web::overlays::reached(&services.overlays, config.web_address.as_deref(), &listener);
    if let Some(address) = &config.web_address {
        services.files.know_address(address);
        services.maps.know_address(address);
        services.accounts.know_address(address);
        // Platforms tell nobody whom others could read along with.
        if config.passphrase.is_some() && address.starts_with("https://") {
            services.streams.know_address(address);
        }
    }
    if !services.streams.is_reached() {
        services.accounts.hear_over_them();
    }
    let way = discord::web(&discord)?;
    let rest = Rest::new(way.clone(), discord.token.expose_secret());
    let from_discord = discord::files(&discord)?;
    let login = config.web_address.as_ref().zip(config.client_secret.as_ref()).map(|(address, secret)| {
        services.tickets.know_address(address);
        Login::new(rest.clone(), from_discord.clone(), secret.expose_secret(), address)
    });
    services.tickets.know_threads(Arc::new(commands::TicketThreads::new(rest.clone(), from_discord)));
    let (hosts, files, maps) = (&services.hosts, &services.files, &services.maps);
    let shown = (Arc::clone(maps), Arc::clone(&services.incidents));
    let pages = web::Pages::new(
        hub.clone(),
        Arc::clone(hosts),
        Arc::clone(files),
        shown,
        Arc::clone(&services.mcp),
        link.clone(),
    )
    .with_tickets(Arc::clone(&services.tickets), login)
    .with_overlays(Arc::clone(&services.overlays))
    .with_accounts(Arc::clone(&services.accounts))
    .with_streams(Arc::clone(&services.streams));
    let web = tokio::spawn(web::serve(listener, pages, stop.clone()));

    let data = Data {
        hub: hub.clone(),
        hosts: Arc::clone(hosts),
        containers: Arc::clone(&services.containers),
        conversations: Arc::clone(&services.conversations),
        files: Arc::clone(files),
        policy: Arc::clone(&services.policy),
        schedules: Arc::clone(&services.schedules),
        secrets: Arc::clone(&services.secrets),
        maps: Arc::clone(maps),
        workspace: Arc::clone(&services.workspace),
        models: Arc::clone(&services.models),
        memories: Arc::clone(&services.memories),
        mcp: Arc::clone(&services.mcp),
        overlays: Arc::clone(&services.overlays),
        presence: Arc::clone(&services.presence),
        tickets: Arc::clone(&services.tickets),
        manager: Arc::clone(&services.manager),
        accounts: Arc::clone(&services.accounts),
        streams: Arc::clone(&services.streams),
        crowd: crowd.clone(),
        rest: rest.clone(),
        link: link.clone(),
    };
    let wanted = config.streams_presence.then_some(guilds::SEEN_STREAMING);
    let gateway = discord::Gateway { discord, web: way.clone(), data, wanted };
    let client = gateway.client().await?;
    hub.guilds().know_wanted(wanted);
    hub.guilds().know_discord(Arc::new(Place::new(rest.clone(), way, store.clone())));
    acquaint::all(&services, &hub, &rest);
    acquaint::status(&services, &hub, (link.clone(), crowd));
    let mut aside = aside(&services, &hub, &rest, config.look_every);
    let clock_ticks = tokio::spawn(clock::tick(rest, hub.clone(), Arc::clone(&services.schedules)));
    let mut gateway = tokio::spawn(gateway.listen(client));
    if config.passphrase.is_some() {
        let hosts = Arc::clone(hosts);
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
    let mut stopped = stop.clone();
    let ended = tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => Ok(()),
        () = lock.lost(&store) => Err(anyhow::anyhow!("another Nebula has taken this database over")),
        ended = &mut gateway => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the gateway closed for good")),
            Ok(Err(error)) => Err(error),
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
    link.shut_down().await;
    web.abort();
    aside.shutdown().await;
    close(lock, &store).await;
    ended
}

/// What goes on beside the gateway, for as long as the process lives.
fn aside(services: &Services, hub: &Hub, rest: &Rest, look_every: Option<Duration>) -> JoinSet<()> {
    let mut aside = JoinSet::new();
    aside.spawn(Arc::clone(&services.containers).watch().map(drop));
    let logs = Arc::clone(&services.logs);
    aside.spawn(async move { logs.fill().await });
    aside.spawn(Arc::clone(&services.alerts).probe().map(drop));
    aside.spawn(Arc::clone(&services.alerts).tend().map(drop));
    aside.spawn(Arc::clone(&services.incidents).follow().map(drop));
    let incidents = Arc::clone(&services.incidents);
    aside.spawn(commands::incident_board::show(rest.clone(), hub.clone(), incidents).map(drop));
    aside.spawn(Arc::clone(&services.tickets).follow().map(drop));
    let tickets = Arc::clone(&services.tickets);
    aside.spawn(commands::ticket::board::show(rest.clone(), hub.clone(), Arc::clone(&tickets)).map(drop));
    aside.spawn(Arc::clone(&tickets).fetch_files().map(drop));
    aside.spawn(Arc::clone(&tickets).write_up().map(drop));
    aside.spawn(commands::ticket::reconcile::keep(rest.clone(), hub.clone(), Arc::clone(&tickets)).map(drop));
    aside.spawn(commands::ticket::panels::show(rest.clone(), hub.clone(), tickets).map(drop));
    aside.spawn(Arc::clone(&services.overlays).tend());
    aside.spawn(Arc::clone(&services.accounts).tend());
    aside.spawn(Arc::clone(&services.accounts).look_after_lenders());
    aside.spawn(commands::account_board::tell(rest.clone(), hub.clone()).map(drop));
    aside.spawn(Arc::clone(&services.streams).look_out().map(drop));
    aside.spawn(Arc::clone(&services.streams).listen().map(drop));
    aside.spawn(Arc::clone(&services.streams).keep_sockets().map(drop));
    aside.spawn(Arc::clone(&services.streams).look_after_own());
    aside.spawn(commands::stream::endings::tell(rest.clone(), hub.clone()).map(drop));
    aside.spawn(commands::stream::board::show(rest.clone(), hub.clone(), Arc::clone(&services.streams)).map(drop));
    aside.spawn(Arc::clone(&services.presence).keep());
    aside.spawn(Arc::clone(&services.runbooks).heal());
    aside.spawn(Arc::clone(&services.workspace).watch().map(drop));
    aside.spawn(Arc::clone(&services.mcp).tend());
    let conversations = Arc::clone(&services.conversations);
    aside.spawn(commands::jarvis_board::show(rest.clone(), hub.clone(), Arc::clone(&conversations)).map(drop));
    let models = Arc::new(ai::Models::new(Arc::clone(&services.models), hub.clock().clone()));
    let hosts = Arc::clone(&services.hosts);
    models.know_hosts(Box::new(move |guild| {
        let names = hosts.of(guild).into_iter().map(|server| server.name).collect();
        Box::pin(std::future::ready(names))
    }));
    let drafts = Drafts { models: Arc::clone(&models), hub: hub.clone(), clock: hub.clock().clone() };
    services.tickets.know_assistant(Arc::new(drafts));
    aside.spawn(Runner::new(hub.clone(), conversations, models, Told::of(services)).run());
    aside.spawn(commands::outbox::post(rest.clone(), hub.clone()).map(drop));
    let hosts = Arc::clone(&services.hosts);
    aside.spawn(commands::terminal_screen::show(rest.clone(), hub.clone(), hosts).map(drop));
    aside.spawn(Arc::clone(&services.hosts).keep_terminals().map(drop));
    if let Some(every) = look_every {
        aside.spawn(Arc::clone(&services.metrics).look(every).map(drop));
        aside.spawn(Arc::clone(&services.maps).watch(every).map(drop));
        aside.spawn(Arc::clone(&services.maps).bring_up().map(drop));
    }
    let (schedules, files) = (Arc::clone(&services.schedules), Arc::clone(&services.files));
    aside.spawn(
        tidy::tidy(
            hub.store().clone(),
            schedules,
            files,
            (Arc::clone(&services.runbooks), Arc::clone(&services.workspace), Arc::clone(&services.overlays)),
        )
        .map(drop),
    );
    aside
}

/// Lets go of the database.
async fn close(lock: Lock, store: &Store) {
    // It may be a connection of the pool's, and the pool waits for every one.
    drop(lock);
    if tokio::time::timeout(CLOSE_DEADLINE, store.close()).await.is_err() {
        tracing::warn!("the database did not close in time");
    }
}

/// What the settings hold must never be shown.
pub(crate) fn learn(config: &Config, discord: &Discord, redactor: &Redactor) {
    let settings = [
        Some(&discord.token),
        config.client_secret.as_ref(),
        config.passphrase.as_ref(),
        config.next_passphrase.as_ref(),
    ];
    for secret in settings.into_iter().flatten() {
        redactor.learn(secret.expose_secret());
    }
    config.models.keys().for_each(|key| redactor.learn(key.expose()));
    config.apps.secrets().for_each(|secret| redactor.learn(secret.expose()));
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
    store.release_accounts().await?;
    store.consents_were_cut().await?;
    vault.sweep().await?;
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
