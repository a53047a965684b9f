//! `/server power`: servers switched off, on and on again.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use hosts::{ConfigurePower, How, PowerStatus, RestartServer, ShutDownServer, WakeServer};

use crate::{Context, Result, complete, perform::Perform};

/// Switch servers off and on, and say how.
#[poise::command(
    slash_command,
    subcommand_required,
    subcommands("status", "restart", "shutdown", "wake", "lan", "vm", "ipmi", "forget")
)]
pub(crate) async fn power(_: Context<'_>) -> Result {
    Ok(())
}

/// Show whether a server is on.
#[poise::command(slash_command)]
async fn status(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(PowerStatus { server: ctx.read(&server)? }).await
}

/// Restart a server, and wait until it is back.
#[poise::command(slash_command)]
async fn restart(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(RestartServer { server: ctx.read(&server)? }).await
}

/// Shut a server down.
#[poise::command(slash_command)]
async fn shutdown(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ShutDownServer { server: ctx.read(&server)? }).await
}

/// Wake a server, and wait until it answers.
#[poise::command(slash_command)]
async fn wake(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(WakeServer { server: ctx.read(&server)? }).await
}

/// A server is woken by a packet on its network.
#[poise::command(slash_command)]
async fn lan(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The address of its network card, such as 52:54:00:12:34:56"]
    #[max_length = 40]
    mac: String,
    #[description = "Where the packet is sent, such as 192.168.1.255; 255.255.255.255 unless told"]
    #[max_length = 40]
    to: Option<String>,
    #[description = "The server that sends it, if I am not on that network"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    relay: Option<String>,
) -> Result {
    let relay = relay.map(|name| ctx.read(&name)).transpose()?;
    let to = ctx.read(to.as_deref().unwrap_or("255.255.255.255"))?;
    let how = How::Lan { mac: ctx.read(&mac)?, to, relay };
    ctx.perform(ConfigurePower { server: ctx.read(&server)?, how: Some(how) }).await
}

/// A server is a virtual machine on another one.
#[poise::command(slash_command)]
async fn vm(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The server it is a guest of"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    host: String,
    #[description = "What virsh calls it"]
    #[max_length = 100]
    domain: String,
    #[description = "Which libvirt; qemu:///system unless told"]
    #[max_length = 100]
    uri: Option<String>,
) -> Result {
    let uri = ctx.read(uri.as_deref().unwrap_or("qemu:///system"))?;
    let how = How::Vm { host: ctx.read(&host)?, domain: ctx.read(&domain)?, uri };
    ctx.perform(ConfigurePower { server: ctx.read(&server)?, how: Some(how) }).await
}

/// A server has a management controller that speaks IPMI.
#[poise::command(slash_command)]
async fn ipmi(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "A server with ipmitool that reaches the controller"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    via: String,
    #[description = "The controller's name or address"]
    #[max_length = 200]
    controller: String,
    #[description = "Who logs in there"]
    #[max_length = 100]
    user: String,
    #[description = "The secret with the password"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    secret: String,
) -> Result {
    let (controller, user) = (ctx.read(&controller)?, ctx.read(&user)?);
    let how = How::Ipmi { via: ctx.read(&via)?, controller, user, secret: ctx.read(&secret)? };
    ctx.perform(ConfigurePower { server: ctx.read(&server)?, how: Some(how) }).await
}

/// Forget how a server is switched on.
#[poise::command(slash_command)]
async fn forget(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
) -> Result {
    ctx.perform(ConfigurePower { server: ctx.read(&server)?, how: None }).await
}
