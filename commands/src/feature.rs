//! `/feature`: what is on in this guild.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use guilds::{ListFeatures, SwitchOff, SwitchOn};

use crate::{Context, Result, complete, perform::Perform};

/// What is on here, and what is not.
#[poise::command(slash_command, guild_only, subcommand_required, subcommands("list", "on", "off"))]
pub(crate) async fn feature(_: Context<'_>) -> Result {
    Ok(())
}

/// List the features: which are on, what each needs, and what of that is missing.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListFeatures {}).await
}

/// Switch a feature on; its commands appear here.
#[poise::command(slash_command)]
async fn on(
    ctx: Context<'_>,
    #[description = "The feature"]
    #[autocomplete = "complete::feature"]
    #[max_length = 32]
    feature: String,
) -> Result {
    ctx.perform(SwitchOn { feature: ctx.read::<Name>(&feature)?.0 }).await
}

/// Switch a feature off; its commands go, and its buttons, forms and schedules are refused.
#[poise::command(slash_command)]
async fn off(
    ctx: Context<'_>,
    #[description = "The feature"]
    #[autocomplete = "complete::feature"]
    #[max_length = 32]
    feature: String,
) -> Result {
    ctx.perform(SwitchOff { feature: ctx.read::<Name>(&feature)?.0 }).await
}

/// A feature's name, as it is declared.
struct Name(String);

impl std::str::FromStr for Name {
    type Err = base::Error;

    fn from_str(typed: &str) -> Result<Self> {
        guilds::named(typed)
            .map(|feature| Self(feature.name.to_owned()))
            .ok_or_else(|| base::Error::NotFound { kind: "feature", name: typed.trim().to_owned() })
    }
}
