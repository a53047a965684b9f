//! The command line, written for people.

use std::{io::Write, path::PathBuf, process::ExitCode};

use base::Redactor;
use clap::{Parser, Subcommand};

use crate::{
    app, backup, check,
    config::{Config, Discord},
    explain, key, live, log, mcp, redact, trial, verify, worker,
};

/// Nebula: an operations bot that lives in Discord.
///
/// From the chat your crew already has open it runs commands on your servers, live, with permissions, confirmations and a
/// record of everything. Try it first with `nebula try`: no token, no account, nothing leaves this machine.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Settings come from the environment and from a file called .env; \
    .env.example lists them all."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Connect to Discord and work until told to stop. It needs a bot's token.
    Run,
    /// Do durable work beside a bot that shares its PostgreSQL, on this machine or another, until told to stop.
    ///
    /// It takes jobs as the bot does and is shown by it. Killing either loses nothing: the other goes on. It needs the bot's
    /// `DATABASE_URL`, `NEBULA_SECRET` and `DISCORD_TOKEN`.
    Worker,
    /// Start a Discord on this machine, with the real bot in it and a page to chat in.
    Try(trial::Options),
    /// Take secrets out of a text: from standard input to standard output, as they are taken out of everything the bot says.
    ///
    /// Private keys, tokens of the common services, passwords in URLs and `Authorization` headers are recognised by their
    /// shape; known values are found encoded, too. For logs you want to share.
    Redact(redact::Options),
    /// Look for what is wrong: configuration, database, Discord, web port. The exit code is the number of failures.
    Check(check::Options),
    /// Class command lines: what each could do to a server, and why. Nothing is run.
    #[command(subcommand)]
    Policy(explain::Policy),
    /// Let another assistant work as a person: the Model Context Protocol on standard input and output.
    ///
    /// It asks the bot that runs on this machine, at `NEBULA_WEB`, with the token in `NEBULA_MCP_TOKEN`; `/mcp token create` in Discord
    /// makes one. Whatever it asks for is checked as if that person's own assistant asked.
    Mcp,
    /// The key that passwords, private keys and named secrets are sealed with.
    #[command(subcommand)]
    Key(key::Key),
    /// Write everything in the database into one file, sealed with `NEBULA_SECRET`. The bot may be running.
    ///
    /// It is of one moment, is read back before it counts, and there whole or not at all. Either database restores it: SQLite's
    /// into PostgreSQL is the way to move.
    Backup(backup::Backup),
    /// Put a backup into an empty database, while Nebula is stopped.
    ///
    /// Everything is checked before anything is changed, and proven before it counts. Questions that were open in it have ended,
    /// and nothing that was going on is done again.
    Restore(backup::Restore),
}

impl Cli {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = Config::read();
        match self.what {
            What::Run => {
                let (config, discord, redactor) = ready(config?)?;
                app::run(config, discord, redactor, app::stop_signal()).await?;
                Ok(ExitCode::SUCCESS)
            }
            What::Worker => {
                let (config, discord, redactor) = ready(config?)?;
                worker::run(config, discord, redactor, app::stop_signal()).await?;
                Ok(ExitCode::SUCCESS)
            }
            What::Mcp => {
                mcp::run(&config?).await?;
                Ok(ExitCode::SUCCESS)
            }
            What::Try(options) => Box::pin(trial::run(config?, options)).await,
            What::Redact(options) => redact::run(&options),
            What::Backup(options) => backup::write(&options, &config?).await,
            What::Restore(options) => backup::restore(&options, &config?).await,
            What::Check(options) if options.live => live::run(&config?).await,
            What::Check(options) if options.audit => verify::run(&config?).await,
            What::Check(_) => Ok(check::run(config).await),
            What::Policy(policy) => explain::run(&policy),
            What::Key(key) => key::run(&key, &config?).await,
        }
    }
}

/// What works with Discord needs its token, and says what it does.
fn ready(config: Config) -> anyhow::Result<(Config, Discord, Redactor)> {
    let redactor = log::start(config.log.as_deref().unwrap_or(log::RUN_LEVEL));
    let discord = config.discord.clone().ok_or_else(|| {
        anyhow::anyhow!(
            "DISCORD_TOKEN is not set: create a bot at https://discord.com/developers/applications, put its token into .env, and \
             start again; or run `nebula try`, which needs none"
        )
    })?;
    Ok((config, discord, redactor))
}

/// Where the script or the answers go.
pub(crate) fn path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err("there is no such file".to_owned()) }
}

/// The last line of a process that could not do its work: what, why, in one line each.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    let mut stderr = std::io::stderr().lock();
    // A database's or Discord's own words may quote an address with a password in it.
    let _ = writeln!(stderr, "nebula: {}", Redactor::default().mask(&format!("{error:#}")));
    ExitCode::FAILURE
}
