//! `/service`: what the guild's service map says, and what is done by it.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use std::time::Duration;

use base::Error;
use maps::{
    Change, DrawMap, ForceStopService, ForgetMap, LONGEST, PlanMap, PublishService, RestartService, ServiceName,
    ServiceStatus, SetAutostart, SetPage, ShowMap, ShownIncidents, StartService, StopService, UnpublishService, With,
};
use poise::serenity_prelude::{self as serenity, CreateAutocompleteResponse};

use crate::{
    Context, Result,
    complete::{self, LENGTH, clean, held, offer},
    perform::{self, Perform},
};

/// The file comes before the acknowledgement, which Discord wants within 3 s.
const FETCH: Duration = Duration::from_secs(2);

/// Services, as your service map says what runs where.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands(
        "import",
        "map",
        "forget",
        "graph",
        "status",
        "start",
        "stop",
        "force_stop",
        "restart",
        "autostart",
        "publish",
        "unpublish",
        "page"
    )
)]
pub(crate) async fn service(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Switch {
    #[name = "on"]
    On,
    #[name = "off"]
    Off,
}

/// What else is meant.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Also {
    #[name = "dependants"]
    Dependants,
    #[name = "dependencies"]
    Dependencies,
}

impl Also {
    fn with(also: Option<Self>) -> With {
        match also {
            None => With::Alone,
            Some(Self::Dependants) => With::Dependants,
            Some(Self::Dependencies) => With::Dependencies,
        }
    }
}

/// Completes a service's name.
async fn named(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let mut names = ctx.data().maps.complete(actor.guild, typed).await.unwrap_or_default();
    names.retain(|name| held.sees("service", name, &[]) && name.chars().count() <= LENGTH);
    offer(clean(ctx, &actor, names))
}

/// Read a service map, and show as a plan what taking it would change.
#[poise::command(slash_command)]
async fn import(
    ctx: Context<'_>,
    #[description = "Your service-map.yml"] file: Option<serenity::Attachment>,
    #[description = "The server that the file is on, in place of an attached one"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: Option<String>,
    #[description = "Where it is there, in a directory that is open to files"]
    #[autocomplete = "complete::path"]
    #[max_length = 400]
    path: Option<String>,
    #[description = "Take a version again that stood before"]
    #[min = 1]
    #[max = 1_000_000]
    version: Option<i64>,
    #[description = "Which hosts are meant; production unless told"]
    #[max_length = 32]
    environment: Option<String>,
    #[description = "What ${NAME} stands for: NODE_IP=10.0.0.7 SUFFIX=.lan"]
    #[max_length = 1_000]
    values: Option<String>,
) -> Result {
    let asked = ctx.asked()?;
    let server = server.map(|server| ctx.read(&server)).transpose()?;
    let path = path.map(|path| ctx.read(&path)).transpose()?;
    let mut plan = PlanMap { file: None, server, path, version, environment, values };
    let hub = &ctx.data().hub;
    perform::refuse_secrets(hub, asked.actor.guild, &plan)?;
    if let Some(file) = file {
        // Nothing is fetched for whoever may not.
        hub.check(&asked.actor, &plan).await?;
        if usize::try_from(file.size).unwrap_or(usize::MAX) > LONGEST {
            let most = base::measure::bytes(LONGEST as u64);
            return Err(Error::Invalid(format!("A service map has at most {most}. Nothing was kept.")));
        }
        let fetched = tokio::time::timeout(FETCH, hub.guilds().attached("service map", &file.url, LONGEST)).await;
        let late = || Error::Busy("Discord did not hand me the file in time. Nothing was kept; try again.".to_owned());
        let bytes = fetched.map_err(|_| late())??;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Invalid("The file is no text. Nothing was kept.".to_owned()))?;
        if hub.redactor(asked.actor.guild).finds(&text) {
            return Err(Error::Invalid(
                "The map holds what looks like a secret. Everybody who may see the map would see it: write `${NAME}` in its \
                 place, and the server's own shell fills it in. Nothing was kept."
                    .to_owned(),
            ));
        }
        plan.file = Some(text);
    }
    ctx.perform(plan).await
}

/// Fetch the service map as the file it came in.
#[poise::command(slash_command)]
async fn map(
    ctx: Context<'_>,
    #[description = "One that stood before"]
    #[min = 1]
    #[max = 1_000_000]
    version: Option<i64>,
) -> Result {
    ctx.perform(ShowMap { version }).await
}

/// Forget the service map.
#[poise::command(slash_command)]
async fn forget(ctx: Context<'_>) -> Result {
    ctx.perform(ForgetMap {}).await
}

/// Draw the service map, with how each service is.
#[poise::command(slash_command)]
async fn graph(
    ctx: Context<'_>,
    #[description = "Only what is around this one"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: Option<String>,
) -> Result {
    let service = service.map(|service| ctx.read::<ServiceName>(&service)).transpose()?;
    ctx.perform(DrawMap { service }).await
}

/// Show how the services are, what is wrong first.
#[poise::command(slash_command)]
async fn status(
    ctx: Context<'_>,
    #[description = "One of them, with what is around it"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: Option<String>,
) -> Result {
    let service = service.map(|service| ctx.read::<ServiceName>(&service)).transpose()?;
    ctx.perform(ServiceStatus { service }).await
}

/// Start a service, and wait until it is up.
#[poise::command(slash_command)]
async fn start(
    ctx: Context<'_>,
    #[description = "The service"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: String,
    #[description = "What else: those that need it, or those it needs"] with: Option<Also>,
) -> Result {
    ctx.perform(StartService { service: ctx.read(&service)?, with: Also::with(with) }).await
}

/// Stop a service, and wait until it is down.
#[poise::command(slash_command)]
async fn stop(
    ctx: Context<'_>,
    #[description = "The service"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: String,
    #[description = "What else: those that need it, or those it needs"] with: Option<Also>,
) -> Result {
    ctx.perform(StopService { service: ctx.read(&service)?, with: Also::with(with) }).await
}

/// Force a service to end that did not when it was stopped, by the map's own line for that.
#[poise::command(slash_command, rename = "force-stop")]
async fn force_stop(
    ctx: Context<'_>,
    #[description = "The service"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: String,
) -> Result {
    ctx.perform(ForceStopService { service: ctx.read(&service)? }).await
}

/// Restart a service, and wait until it is up again.
#[poise::command(slash_command)]
async fn restart(
    ctx: Context<'_>,
    #[description = "The service"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: String,
    #[description = "What else: those that need it, or those it needs"] with: Option<Also>,
) -> Result {
    ctx.perform(RestartService { service: ctx.read(&service)?, with: Also::with(with) }).await
}

/// Whether services come up by themselves when their server comes back, as the map says of each.
#[poise::command(slash_command)]
async fn autostart(
    ctx: Context<'_>,
    #[description = "On: in your name, and asking what your policy asks of automations"] switch: Switch,
) -> Result {
    ctx.perform(SetAutostart { on: matches!(switch, Switch::On) }).await
}

/// Put a service or a server on a page for everybody, with its history.
#[poise::command(slash_command)]
async fn publish(
    ctx: Context<'_>,
    #[description = "What it is called there"]
    #[rename = "as"]
    #[max_length = 60]
    shown_as: String,
    #[description = "The service"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: Option<String>,
    #[description = "Or a server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: Option<String>,
) -> Result {
    let service = service.map(|service| ctx.read(&service)).transpose()?;
    let server = server.map(|server| ctx.read(&server)).transpose()?;
    ctx.perform(PublishService { service, server, shown_as }).await
}

/// Take a service or a server off the page for everybody.
#[poise::command(slash_command)]
async fn unpublish(
    ctx: Context<'_>,
    #[description = "The service"]
    #[autocomplete = "named"]
    #[max_length = 100]
    service: Option<String>,
    #[description = "Or a server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: Option<String>,
) -> Result {
    let service = service.map(|service| ctx.read(&service)).transpose()?;
    let server = server.map(|server| ctx.read(&server)).transpose()?;
    ctx.perform(UnpublishService { service, server }).await
}

/// What becomes of the page.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Becomes {
    #[name = "new address"]
    NewAddress,
    #[name = "remove"]
    Remove,
}

/// Which incidents the page shows.
#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Which {
    #[name = "published"]
    Published,
    #[name = "others too"]
    Others,
    #[name = "none"]
    None,
}

/// Show the page for everybody, or change its address or title. Only whoever asks sees the answer.
#[poise::command(slash_command)]
async fn page(
    ctx: Context<'_>,
    #[description = "What its address ends in, such as crew"]
    #[max_length = 40]
    word: Option<String>,
    #[description = "What stands on top"]
    #[max_length = 60]
    title: Option<String>,
    #[description = "Those of what is on it, of others too in general words, or none"] incidents: Option<Which>,
    #[description = "An address that nobody knows, or no page any more"] change: Option<Becomes>,
) -> Result {
    let change = change.map(|change| match change {
        Becomes::NewAddress => Change::NewAddress,
        Becomes::Remove => Change::Remove,
    });
    let incidents = incidents.map(|incidents| match incidents {
        Which::Published => ShownIncidents::Published,
        Which::Others => ShownIncidents::Others,
        Which::None => ShownIncidents::None,
    });
    ctx.perform_aside(SetPage { word, title, incidents, change }).await
}
