//! `/probe`: what is asked again and again, from outside or on a server.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use alerts::{ListProbes, ProbeKind, RemoveProbe, SetProbe, TestProbe};

use crate::{
    Context, Result, complete, complete_alerts,
    perform::{Perform, refuse_secrets},
};

/// What is asked again and again, from outside or on a server.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "set", "test", "remove"))]
pub(crate) async fn probe(_: Context<'_>) -> Result {
    Ok(())
}

/// How a probe asks.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Kind {
    #[name = "http"]
    Http,
    #[name = "tcp"]
    Tcp,
    #[name = "ping"]
    Ping,
    #[name = "dns"]
    Dns,
    #[name = "certificate"]
    Certificate,
    #[name = "command"]
    Command,
}

/// List the probes and what they were answered last, the worst first.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListProbes::default()).await
}

/// Ask again and again whether something answers as it should; one of that name is replaced.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "The probe's name, such as shop"]
    #[autocomplete = "complete_alerts::probe"]
    #[max_length = 32]
    name: String,
    #[description = "How it asks"] kind: Kind,
    #[description = "What it asks: https://shop.example/health, db.example:5432, 10.0.0.7"]
    #[max_length = 400]
    target: Option<String>,
    #[description = "command: a line that only looks, such as systemctl is-active nginx; exit 0 is well"]
    #[max_length = 400]
    command: Option<String>,
    #[description = "http: the status it must answer with; 2xx or 3xx unless told"]
    #[min = 100]
    #[max = 599]
    status: Option<u16>,
    #[description = "http: words that must be in its body"]
    #[max_length = 100]
    words: Option<String>,
    #[description = "dns: the address that the name must have"]
    #[max_length = 45]
    address: Option<String>,
    #[description = "How often, such as 1m, which it is unless told; 15s at least, a command 30s"]
    #[max_length = 8]
    every: Option<String>,
    #[description = "How long an answer may take, such as 10s, which it is unless told"]
    #[max_length = 8]
    within: Option<String>,
    #[description = "For how long it must be wrong, such as 2m; two answers in a row unless told"]
    #[rename = "for"]
    #[max_length = 8]
    lasts: Option<String>,
    #[description = "How long it must be well before it is over"]
    #[max_length = 8]
    calm: Option<String>,
    #[description = "certificate: from how many days on its end is a warning; 14 unless told"]
    #[min = 0]
    #[max = 400]
    warn: Option<u32>,
    #[description = "certificate: and from how many on critical; 3 unless told"]
    #[min = 0]
    #[max = 400]
    critical: Option<u32>,
    #[description = "The server it is about, and where a command is run"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: Option<String>,
    #[description = "A runbook that is run when it opens an alert"]
    #[max_length = 32]
    runbook: Option<String>,
    #[description = "How long the runbook is not run again, such as 15m"]
    #[max_length = 8]
    cooldown: Option<String>,
    #[description = "How often in an hour the runbook is run at most"]
    #[min = 1]
    #[max = 60]
    most: Option<u32>,
) -> Result {
    let kind = match kind {
        Kind::Http => ProbeKind::Http,
        Kind::Tcp => ProbeKind::Tcp,
        Kind::Ping => ProbeKind::Ping,
        Kind::Dns => ProbeKind::Dns,
        Kind::Certificate => ProbeKind::Certificate,
        Kind::Command => ProbeKind::Command,
    };
    let server = server.map(|server| ctx.read(&server)).transpose()?;
    let runbook = runbook.map(|runbook| ctx.read(&runbook)).transpose()?;
    let name = ctx.read(&name)?;
    let action = SetProbe {
        name,
        kind,
        target,
        command,
        status,
        words,
        address,
        every,
        within,
        lasts,
        calm,
        warn,
        critical,
        server,
        runbook,
        cooldown,
        most,
    };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Ask a probe at once; its answer counts as any other.
#[poise::command(slash_command)]
async fn test(
    ctx: Context<'_>,
    #[description = "The probe"]
    #[autocomplete = "complete_alerts::probe"]
    #[max_length = 32]
    probe: String,
) -> Result {
    ctx.perform(TestProbe { name: ctx.read(&probe)? }).await
}

/// Ask a probe no more.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The probe"]
    #[autocomplete = "complete_alerts::probe"]
    #[max_length = 32]
    probe: String,
) -> Result {
    ctx.perform(RemoveProbe { name: ctx.read(&probe)? }).await
}
