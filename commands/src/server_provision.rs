//! `/server provision`: a new machine, made one's own.

use base::SecretName;
use hosts::{Docker, LinuxUser, Old, PlanProvision};

use crate::{Context, Result, complete, perform::Perform};

/// Make a new server one's own: user, key, sudo, Docker. It is looked at first, and planned.
#[poise::command(slash_command)]
pub(crate) async fn provision(
    ctx: Context<'_>,
    #[description = "The server, logged in to as root or as somebody whom sudo trusts"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "Who logs in from then on; nebula unless told"]
    #[max_length = 32]
    user: Option<String>,
    #[description = "Docker; it is installed where it is missing unless told"]
    #[choices("install", "leave")]
    docker: Option<&'static str>,
    #[description = "A secret that holds a Tailscale auth key, to join its tailnet"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    tailscale: Option<String>,
    #[description = "The key that logged in before; it is taken off there unless told"]
    #[choices("remove", "keep")]
    old: Option<&'static str>,
) -> Result {
    let tailscale: Option<SecretName> = tailscale.map(|name| ctx.read(&name)).transpose()?;
    let docker = if docker == Some("leave") { Docker::Leave } else { Docker::Install };
    let old = if old == Some("keep") { Old::Keep } else { Old::Remove };
    let user = user.map(LinuxUser::from).unwrap_or_default();
    ctx.perform(PlanProvision { server: ctx.read(&server)?, user, docker, tailscale, old }).await
}
