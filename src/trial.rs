//! `nebula try`: a Discord on this machine with the real bot in it, for a person with a browser or for a script.
//!
//! **Invariant:** nothing leaves the machine, and nothing is left on it: the database lives in a directory that goes.

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use base::{Clock, GuildId};
use sandbox::{Sandbox, script};
use secrecy::SecretString;
use tokio::sync::watch;

use crate::{
    app, cli,
    config::{Config, Discord, StandIn},
    log,
};

/// Where the page is, if nobody else is there.
const PAGE_PORT: u16 = 8089;
/// A bot that has not come up by then will not.
const READY_DEADLINE: Duration = Duration::from_secs(30);
/// How often we look whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Play this conversation instead of opening a page, and print the transcript.
    #[arg(long, value_name = "FILE", value_parser = cli::path)]
    script: Option<PathBuf>,
    /// With --script: print one JSON object per message.
    #[arg(long, requires = "script")]
    json: bool,
    /// Serve the page on this port of 127.0.0.1; 8089 unless told, or any where that is taken.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

pub(crate) async fn run(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let script = match &options.script {
        Some(path) => Some(read(path)?),
        None => None,
    };
    let redactor = log::start(config.log.as_deref().unwrap_or(log::TRY_LEVEL));
    let started = Instant::now();
    let page_port = match options.port {
        Some(port) => {
            ensure!(port == 0 || free(port), "port {port} is taken: choose another with --port");
            Some(port)
        }
        None => Some(PAGE_PORT).filter(|&port| script.is_none() && free(port)),
    };
    let sandbox = sandbox::Options { page_port, pings_by_name: true, ..Default::default() };
    let sandbox = Sandbox::start(sandbox).await.context("the local Discord")?;
    let home = tempfile::tempdir().context("could not make a directory to work in")?;

    let (stop, stopped) = watch::channel(false);
    let (config, discord) = inside(&sandbox, home.path(), &config, script.is_some());
    let web = config.web;
    let mut bot = tokio::spawn(app::run(config, discord, redactor, stopped));
    let ready = tokio::select! {
        ready = registered(&sandbox) => ready,
        ended = &mut bot => return Err(why(ended)),
    };
    ensure!(
        ready,
        "the bot was not ready within {} s; NEBULA_LOG=info shows how far it came",
        READY_DEADLINE.as_secs()
    );

    let mut signal = app::stop_signal();
    let work = async {
        if let Some((script, base_dir)) = script {
            let name = options.script.as_deref().unwrap_or(Path::new("")).display().to_string();
            let play = script::PlayOptions { page_url: sandbox.page_url(), json: options.json, base_dir };
            let outcome = script::play(&script, &play, &mut std::io::stdout()).await.context(name)?;
            anyhow::Ok(if outcome.held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        } else {
            welcome(&sandbox.page_url(), web, started.elapsed());
            std::future::pending().await
        }
    };
    let code = tokio::select! {
        code = work => code,
        _ = signal.wait_for(|stop| *stop) => Ok(ExitCode::SUCCESS),
        ended = &mut bot => return Err(why(ended)),
    };
    stop.send_replace(true);
    let ended = bot.await;
    sandbox.stop().await;
    ended.context("the bot broke")??;
    code
}

/// A script, and where its `@path`s begin.
fn read(path: &Path) -> anyhow::Result<(script::Script, PathBuf)> {
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let script = script::parse(&text).with_context(|| path.display().to_string())?;
    Ok((script, path.parent().unwrap_or(Path::new(".")).to_owned()))
}

/// The bot's configuration inside the sandbox: its own throw-away database and passphrase.
fn inside(sandbox: &Sandbox, home: &Path, config: &Config, scripted: bool) -> (Config, Discord) {
    let clock = Clock::system();
    // Nobody reads the web pages of a script's run, and several may run at a time.
    let web = if !scripted && free(config.web.port()) {
        config.web
    } else {
        (Ipv4Addr::LOCALHOST, free_port(scripted)).into()
    };
    let inside = Config {
        look_every: config.look_every,
        jobs: config.jobs,
        discord: None,
        database: SecretString::from(format!("sqlite://{}", home.join("nebula.db").display())),
        web,
        web_address: Some(format!("http://{web}")),
        client_secret: None,
        passphrase: Some(SecretString::from(clock.key() + &clock.key())),
        next_passphrase: None,
        local: config.local.clone(),
        workspace: config.workspace.clone(),
        mcp: config.mcp.clone(),
        mcp_token: None,
        models: config.models.clone(),
        apps: config.apps.clone(),
        streams_every: config.streams_every,
        streams_presence: config.streams_presence,
        presence: config.presence.here(GuildId(sandbox.guild_id().parse().unwrap_or_default())),
        log: None,
    };
    let discord = Discord {
        token: SecretString::from(sandbox.bot_token().to_owned()),
        stand_in: Some(StandIn {
            address: sandbox.discord_address(),
            authority: sandbox.ca_pem().as_bytes().to_vec(),
            gateway: sandbox.gateway_url(),
            intents: 0,
        }),
    };
    (inside, discord)
}

/// Whether the bot has told the local Discord what can be typed.
async fn registered(sandbox: &Sandbox) -> bool {
    let wanted = commands::at_first().len();
    let registered = async {
        let mut looks = tokio::time::interval(LOOK_AGAIN);
        while sandbox.commands().len() < wanted {
            looks.tick().await;
        }
    };
    tokio::time::timeout(READY_DEADLINE, registered).await.is_ok()
}

fn free(port: u16) -> bool {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A port to print for people; where nobody asks, the system chooses when it is bound.
fn free_port(scripted: bool) -> u16 {
    if scripted {
        return 0;
    }
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_or(0, |address| address.port())
}

fn why(ended: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow::anyhow!("the bot stopped by itself"),
        Ok(Err(error)) => error.context("the bot stopped"),
        Err(error) => anyhow::Error::from(error).context("the bot broke"),
    }
}

fn welcome(page: &str, web: SocketAddr, took: Duration) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "Nebula is up in a Discord on this machine ({} ms).\n\n  \
           chat         {page}\n  status page  http://{web}/\n\n\
         As `admin`, type /server add and go on from there. Nothing leaves this machine, and everything is forgotten\n\
         when you press Ctrl-C.",
        took.as_millis()
    );
}
