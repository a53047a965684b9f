//! `/incident`: what is wrong, who has it, and what becomes of it.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use base::{Action, Error};
use incidents::{
    AcknowledgeIncident, ConfigureIncidents, EscalateIncident, ListIncidents, NoteIncident, OpenIncident,
    ResolveIncident, Severity, ShowIncident, ShowIncidentSettings, SnoozeIncident,
};
use poise::serenity_prelude as serenity;
use serde_json::Value;

use crate::{
    Context, Data, Result,
    asked::Asked,
    complete,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// What is wrong, who has it, and what becomes of it.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "show", "open", "acknowledge", "snooze", "escalate", "resolve", "note", "settings")
)]
pub(crate) async fn incident(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Bad {
    #[name = "warning"]
    Warning,
    #[name = "critical"]
    Critical,
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Nobody {
    #[name = "role"]
    Role,
    #[name = "escalation"]
    Escalation,
    #[name = "both"]
    Both,
}

/// The number of an incident, as people write it.
struct Number(i64);

impl std::str::FromStr for Number {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self> {
        let number = typed.trim().trim_start_matches('#').parse().ok().filter(|number| *number > 0);
        number.map(Self).ok_or_else(|| {
            let typed = base::card::code(typed);
            Error::Invalid(format!("{typed} is no number of an incident; one is written as `12`. Nothing was done."))
        })
    }
}

/// List the incidents: what is open, and what ended lately.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Also those that ended within so many days; 1 unless told"]
    #[min = 1]
    #[max = 365]
    days: Option<u32>,
) -> Result {
    ctx.perform(ListIncidents { days }).await
}

/// Show an incident and its timeline.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::incident"]
    #[max_length = 20]
    incident: String,
) -> Result {
    ctx.perform(ShowIncident { incident: ctx.read::<Number>(&incident)?.0 }).await
}

/// Open an incident by hand.
#[poise::command(slash_command)]
async fn open(
    ctx: Context<'_>,
    #[description = "What is wrong, in a line"]
    #[max_length = 300]
    title: String,
    #[description = "How bad it is"] severity: Bad,
) -> Result {
    let severity = match severity {
        Bad::Warning => Severity::Warning,
        Bad::Critical => Severity::Critical,
    };
    clean(ctx, OpenIncident { title, severity }).await
}

/// Take an incident: you look after it.
#[poise::command(slash_command)]
async fn acknowledge(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::incident"]
    #[max_length = 20]
    incident: String,
    #[description = "Who has it now, to take it over from them"] from: Option<serenity::User>,
) -> Result {
    let incident = ctx.read::<Number>(&incident)?.0;
    ctx.perform(AcknowledgeIncident { incident, from: from.map(|user| user.id.get()) }).await
}

/// Have an incident ping nobody for a while.
#[poise::command(slash_command)]
async fn snooze(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::incident"]
    #[max_length = 20]
    incident: String,
    #[description = "For how long, such as 15m, 4h; or morning"]
    #[max_length = 40]
    until: String,
) -> Result {
    let incident = ctx.read::<Number>(&incident)?.0;
    clean(ctx, SnoozeIncident { incident, until }).await
}

/// Ask others now: the role for escalation is pinged.
#[poise::command(slash_command)]
async fn escalate(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::incident"]
    #[max_length = 20]
    incident: String,
) -> Result {
    ctx.perform(EscalateIncident { incident: ctx.read::<Number>(&incident)?.0 }).await
}

/// Say that an incident is over, and what it was.
#[poise::command(slash_command)]
async fn resolve(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::incident"]
    #[max_length = 20]
    incident: String,
    #[description = "What it was, in a line; a form asks for it where it is not said"]
    #[max_length = 300]
    what: Option<String>,
) -> Result {
    let resolve = ResolveIncident { incident: ctx.read::<Number>(&incident)?.0, what };
    if resolve.what.is_some() {
        return clean(ctx, resolve).await;
    }
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    hub.check(&asked.actor, &resolve).await?;
    Form::ResolveIncident { incident: resolve.incident }.open(&asked, hub).await
}

/// Write a line into an incident's timeline.
#[poise::command(slash_command)]
async fn note(
    ctx: Context<'_>,
    #[description = "Its number"]
    #[autocomplete = "complete::incident"]
    #[max_length = 20]
    incident: String,
    #[description = "What is to be remembered"]
    #[max_length = 300]
    text: String,
) -> Result {
    let incident = ctx.read::<Number>(&incident)?.0;
    clean(ctx, NoteIncident { incident, text }).await
}

/// Show or set who incidents ping, and when; without options it shows.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn settings(
    ctx: Context<'_>,
    #[description = "Who is pinged"] role: Option<serenity::Role>,
    #[description = "Who is pinged where nobody took it"] escalation: Option<serenity::Role>,
    #[description = "Ping nobody any more, in place of a role"] nobody: Option<Nobody>,
    #[description = "Escalated after how long without anybody, such as 15m; or never"]
    #[max_length = 40]
    after: Option<String>,
    #[description = "For how long all must be well before one is over, such as 5m"]
    #[max_length = 40]
    calm: Option<String>,
    #[description = "Hours in which only what is critical pings, such as 22:00-07:00; or off"]
    #[max_length = 40]
    quiet: Option<String>,
    #[description = "The time zone of those hours, such as Europe/Rome"]
    #[autocomplete = "complete::zone"]
    #[max_length = 64]
    zone: Option<String>,
) -> Result {
    let id = |role: Option<serenity::Role>| role.map(|role| role.id.get());
    let mut set = ConfigureIncidents { role: id(role), escalation: id(escalation), after, calm, quiet, zone };
    if matches!(nobody, Some(Nobody::Role | Nobody::Both)) {
        set.role = Some(0);
    }
    if matches!(nobody, Some(Nobody::Escalation | Nobody::Both)) {
        set.escalation = Some(0);
    }
    let says_nothing = set == ConfigureIncidents::default();
    if says_nothing { ctx.perform(ShowIncidentSettings {}).await } else { clean(ctx, set).await }
}

/// Performs what people typed, unless that holds a secret.
async fn clean<A: Action>(ctx: Context<'_>, action: A) -> Result {
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Whether a button asks what an incident was before anything is done.
pub(crate) fn asks(action: &str, arguments: &Value) -> bool {
    action == ResolveIncident::NAME && arguments["what"].is_null()
}

/// Asks what an incident was.
pub(crate) async fn ask(asked: &Asked, arguments: Value, data: &Data) -> Result {
    let resolve: ResolveIncident =
        serde_json::from_value(arguments).map_err(|error| Error::internal("reading a button", error))?;
    // Nobody writes a line only to hear that they may not.
    data.hub.check(&asked.actor, &resolve).await?;
    Form::ResolveIncident { incident: resolve.incident }.open(asked, &data.hub).await
}
