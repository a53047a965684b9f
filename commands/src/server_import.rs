//! `/server import`: servers from an OpenSSH client's configuration.

use std::time::Duration;

use base::Error;
use hosts::{CONFIG_LIMIT, PlanImport};
use poise::serenity_prelude::Attachment;

use crate::{
    Context, Result, complete,
    perform::{self, Perform},
};

/// The file comes before the acknowledgement, which Discord wants within 3 s.
const FETCH: Duration = Duration::from_secs(2);

/// Add servers from an OpenSSH configuration; it is read first, and shown as a plan.
#[poise::command(slash_command)]
pub(crate) async fn import(
    ctx: Context<'_>,
    #[description = "Your ssh_config, as OpenSSH's client reads it"] file: Attachment,
    #[description = "The secret to log in with everywhere"]
    #[autocomplete = "complete::secret"]
    #[max_length = 200]
    secret: String,
    #[description = "Who logs in where the file names nobody, such as root"]
    #[max_length = 32]
    user: Option<String>,
) -> Result {
    let asked = ctx.asked()?;
    let mut plan = PlanImport { config: String::new(), secret: ctx.read(&secret)?, user };
    let hub = &ctx.data().hub;
    perform::refuse_secrets(hub, asked.actor.guild, &plan)?;
    // Nothing is fetched for whoever may not.
    hub.check(&asked.actor, &plan).await?;
    if usize::try_from(file.size).unwrap_or(usize::MAX) > CONFIG_LIMIT {
        let most = base::measure::bytes(CONFIG_LIMIT as u64);
        return Err(Error::Invalid(format!("A configuration has at most {most}. Nothing was added.")));
    }
    let fetched = tokio::time::timeout(FETCH, hub.guilds().attached("configuration", &file.url, CONFIG_LIMIT)).await;
    let late = || Error::Busy("Discord did not hand me the file in time. Nothing was added; try again.".to_owned());
    plan.config = String::from_utf8_lossy(&fetched.map_err(|_| late())??).into_owned();
    ctx.perform(plan).await
}
