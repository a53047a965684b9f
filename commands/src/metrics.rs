//! `/server metrics` and `/fleet`: how the machines are.

use metrics::{Period, ShowFleet, ShowMetrics, Watch, WatchServer};

use crate::{Context, Result, complete, perform::Perform};

/// Whether a server is looked at.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Watched {
    #[name = "on"]
    On,
    #[name = "off"]
    Off,
}

/// Show how a server is and was, or say whether it is watched.
#[poise::command(slash_command, rename = "metrics")]
pub(crate) async fn of_server(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "How far back; 6h unless told"]
    #[choices("1h", "6h", "24h", "7d", "30d", "1y")]
    period: Option<&'static str>,
    #[description = "Look at it by itself from now on, or no longer"] watch: Option<Watched>,
) -> Result {
    let server = ctx.read(&server)?;
    if let Some(watch) = watch {
        let watch = match watch {
            Watched::On => Watch::On,
            Watched::Off => Watch::Off,
        };
        return ctx.perform(WatchServer { server, watch }).await;
    }
    let period = period.map(str::parse::<Period>).transpose()?.unwrap_or_default();
    ctx.perform(ShowMetrics { server, period }).await
}

/// Show every server at a glance, the worst first.
#[poise::command(slash_command, guild_only)]
pub(crate) async fn fleet(
    ctx: Context<'_>,
    #[description = "Only servers with this tag, such as prod"]
    #[max_length = 32]
    tag: Option<String>,
) -> Result {
    ctx.perform(ShowFleet { tag, skip: 0 }).await
}
