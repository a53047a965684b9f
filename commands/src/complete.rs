//! Names are never typed blind: completion of what the person may see, and of nothing else.
//!
//! **Invariant:** what cannot be completed in time is left out; a completion never says what is there but may not be seen.

use std::{borrow::Cow, sync::Arc, time::Duration};

use base::{Actor, ServerName, Way};
use containers::Of;
use hosts::Server;
use hub::grants::{BESIDES, Held, line};
use poise::serenity_prelude::{AutocompleteChoice, CreateAutocompleteResponse, ResolvedValue};
use schedules::{options::Next, when::Zone};
use store::runs::State;

use crate::Context;

/// Discord's own limits.
pub(crate) const CHOICES: usize = 25;
pub(crate) const LENGTH: usize = 100;
/// A completion that is not there by then is of no use.
const PATHS_BY: Duration = Duration::from_secs(2);

/// Completes a server's name.
pub(crate) async fn server(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let seen = |server: &Server| held.sees("server", &server.name, &server.tags);
    offer(clean(ctx, &actor, ctx.data().hosts.complete(actor.guild, typed, seen)))
}

/// Completes a container's name, on the server that was chosen.
pub(crate) async fn container(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    on_engine(ctx, "container", Of::Containers, typed).await
}

/// Completes an image's name, there.
pub(crate) async fn image(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    on_engine(ctx, "image", Of::Images, typed).await
}

/// Completes the name of a Compose project that is allowed there.
pub(crate) async fn project(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let Some((server, tags)) = chosen(ctx, &actor) else { return offer([]) };
    if !held.sees("compose", server.as_str(), &tags) {
        return offer([]);
    }
    let names = ctx.data().containers.projects(actor.guild, &server).await;
    offer(fitting(clean(ctx, &actor, names), typed))
}

/// The server that was chosen, and its tags.
fn chosen(ctx: Context<'_>, actor: &Actor) -> Option<(ServerName, Vec<String>)> {
    let chosen = ctx.args.iter().find(|option| option.name == "server").and_then(|option| match option.value {
        ResolvedValue::String(server) => server.parse::<ServerName>().ok(),
        _ => None,
    })?;
    let tags = ctx.data().hosts.server(actor.guild, &chosen).map(|server| server.tags).unwrap_or_default();
    Some((chosen, tags))
}

/// Completes a volume's name, there.
pub(crate) async fn volume(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    on_engine(ctx, "volume", Of::Volumes, typed).await
}

/// Completes a network's name, there.
pub(crate) async fn network(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    on_engine(ctx, "network", Of::Networks, typed).await
}

/// The names of a kind on the engine that was chosen, of whoever may see them there.
async fn on_engine(ctx: Context<'_>, kind: &str, of: Of, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let Some((server, tags)) = chosen(ctx, &actor) else { return offer([]) };
    if !held.sees(kind, server.as_str(), &tags) {
        return offer([]);
    }
    let names = ctx.data().containers.complete(actor.guild, &server, of, typed);
    offer(clean(ctx, &actor, names).into_iter().filter(|name| name.chars().count() <= LENGTH))
}

/// Completes the name of a server, or of this machine, for what runs on its engine.
pub(crate) async fn engine(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let kinds = ["container", "image", "compose", "volume", "network"];
    let may_see = |name: &str, tags: &[String]| kinds.iter().any(|kind| held.sees(kind, name, tags));
    let seen = |server: &Server| may_see(&server.name, &server.tags);
    let mut names = clean(ctx, &actor, ctx.data().hosts.complete(actor.guild, typed, seen));
    let local = "local".to_owned();
    let fits = local.contains(&typed.trim().to_lowercase()) && may_see(&local, &[]);
    if ctx.data().containers.is_local_for(actor.guild) && fits && !names.contains(&local) {
        names.insert(0, local);
    }
    offer(names)
}

/// Completes a path on the server that was chosen.
pub(crate) async fn path(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let chosen = ctx.args.iter().find(|option| option.name == "server").and_then(|option| match option.value {
        ResolvedValue::String(name) => ctx.data().files.server(actor.guild, name),
        _ => None,
    });
    let Some(server) = chosen.filter(|server| held.allows("file.list", Some(&server.name), &server.tags)) else {
        return offer([]);
    };
    let on = ctx.data().hub.guilds().refuse_off(actor.guild, "file.list").await.is_ok();
    if !on {
        return offer([]);
    }
    // Who waits longer has typed on, and finds it then: it goes on by itself.
    let (files, typed) = (Arc::clone(&ctx.data().files), typed.to_owned());
    let found = tokio::spawn(async move { files.complete(&server, &typed).await });
    let paths = tokio::time::timeout(PATHS_BY, found).await.ok().and_then(Result::ok).unwrap_or_default();
    offer(clean(ctx, &actor, paths).into_iter().filter(|path| path.chars().count() <= LENGTH))
}

/// Completes a feature's name.
pub(crate) async fn feature(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    match held(ctx).await {
        Some((_, held)) if held.allows_any("feature.on") || held.allows_any("feature.off") => {
            offer(fitting(guilds::ALL.iter().map(|feature| feature.name.to_owned()), typed))
        }
        _ => offer([]),
    }
}

/// Completes a secret's name.
pub(crate) async fn secret(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let mut names = ctx.data().secrets.complete(actor.guild, typed);
    names.retain(|name| held.sees("secret", name, &[]));
    offer(clean(ctx, &actor, names))
}

/// Completes a pattern of actions.
pub(crate) async fn action(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((_, held)) = held(ctx).await else { return offer([]) };
    let all = ctx.data().hub.actions().map(|entry| entry.name).chain(BESIDES);
    let mut names: Vec<&str> = all.filter(|name| held.allows_any(name)).collect();
    names.sort_unstable();
    if names.is_empty() {
        return offer([]);
    }
    let mut kinds: Vec<String> =
        names.iter().filter_map(|name| name.split_once('.')).map(|(kind, _)| format!("{kind}.*")).collect();
    kinds.dedup();
    let all = names.into_iter().map(str::to_owned).chain(kinds).chain(["*".to_owned()]);
    offer(fitting(all, typed))
}

/// Completes a pattern of targets.
pub(crate) async fn target(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let seen = |server: &Server| held.sees("server", &server.name, &server.tags);
    let servers = clean(
        ctx,
        &actor,
        ctx.data().hosts.complete(actor.guild, typed.split_once('*').map_or(typed, |(before, _)| before), seen),
    );
    if servers.is_empty() && !held.allows("grant.give", None, &[]) {
        return offer([]);
    }
    let mut families: Vec<String> =
        servers.iter().filter_map(|name| name.rsplit_once('-')).map(|(family, _)| format!("{family}-*")).collect();
    families.dedup();
    offer(fitting(servers.into_iter().chain(families).chain(["*".to_owned()]), typed))
}

/// Completes a grant, by everything that is in it.
pub(crate) async fn grant(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    if !held.allows("grant.revoke", None, &[]) {
        return offer([]);
    }
    let grants = ctx.data().hub.store().grants(actor.guild).await.unwrap_or_default();
    let typed = typed.trim().to_lowercase();
    let named = grants.into_iter().map(|grant| (line(&grant), grant.id));
    let choices = named
        .filter(|(name, _)| typed.split_whitespace().all(|word| name.to_lowercase().contains(word)))
        .take(CHOICES)
        .map(|(name, id)| AutocompleteChoice::new(name.chars().take(LENGTH).collect::<String>(), id));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Completes a rule of the harmless commands.
pub(crate) async fn rule(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    match held(ctx).await {
        Some((actor, held)) if held.allows_any("policy.forget-command") => {
            offer(ctx.data().policy.complete(actor.guild, typed).await.unwrap_or_default())
        }
        _ => offer([]),
    }
}

/// Completes kinds of events, the last of several.
pub(crate) async fn kinds(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    if held(ctx).await.is_none_or(|(_, held)| !held.allows("log.setup", None, &[])) {
        return offer([]);
    }
    // A choice that does not fit could not be sent.
    let fitting =
        events::complete(typed).into_iter().filter(|(words, _)| words.chars().count() <= LENGTH).take(CHOICES);
    let choices = fitting.map(|(words, sentence)| {
        let name = format!("{words}  {sentence}").chars().take(LENGTH).collect::<String>();
        AutocompleteChoice::new(name, words)
    });
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Completes a schedule's name.
pub(crate) async fn schedule(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let schedules = ctx.data().hub.store().schedules(actor.guild).await.unwrap_or_default();
    let names = schedules.into_iter().map(|schedule| schedule.name).filter(|name| held.sees("schedule", name, &[]));
    offer(fitting(clean(ctx, &actor, names.collect()), typed))
}

/// Completes the number of an incident, those that are open first.
pub(crate) async fn incident(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    /// Those that ended before are typed.
    const LATELY: Duration = Duration::from_hours(7 * 24);
    const LOOKED_AT: i64 = 100;
    let Some((actor, _)) = held(ctx).await.filter(|(_, held)| held.allows("incident.show", None, &[])) else {
        return offer([]);
    };
    let hub = &ctx.data().hub;
    let since = base::Millis(hub.clock().now().0 - i64::try_from(LATELY.as_millis()).unwrap_or_default());
    let incidents = hub.store().incidents(actor.guild, since, LOOKED_AT).await.unwrap_or_default();
    let (redactor, typed) = (hub.redactor(actor.guild), typed.trim().trim_start_matches('#').to_lowercase());
    let named =
        incidents.into_iter().map(|one| (format!("{}  {}", one.number, redactor.mask(&one.subject)), one.number));
    let choices = named.filter(|(name, _)| name.to_lowercase().contains(&typed)).take(CHOICES).map(|(name, number)| {
        AutocompleteChoice::new(name.chars().take(LENGTH).collect::<String>(), number.to_string())
    });
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Completes a runbook's name.
pub(crate) async fn runbook(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let runbooks = ctx.data().hub.store().runbooks(actor.guild).await.unwrap_or_default();
    let names = runbooks.into_iter().map(|runbook| runbook.name).filter(|name| held.sees("runbook", name, &[]));
    offer(fitting(clean(ctx, &actor, names.collect()), typed))
}

/// The runbook that was chosen, if they see it: the guild, and its name.
pub(crate) async fn chosen_runbook(ctx: Context<'_>) -> Option<(base::GuildId, String)> {
    let (actor, held) = held(ctx).await?;
    let name = ctx.args.iter().find(|option| option.name == "name").and_then(|option| match option.value {
        ResolvedValue::String(name) => Some(name.to_lowercase()),
        _ => None,
    })?;
    held.sees("runbook", &name, &[]).then_some((actor.guild, name))
}

/// Completes an action that this person may have done by itself.
pub(crate) async fn schedulable(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((_, held)) = held(ctx).await else { return offer([]) };
    let offered = ctx.data().schedules.offered().into_iter().map(|offered| offered.name);
    offer(fitting(offered.filter(|name| held.allows_any(name)).map(str::to_owned), typed))
}

/// Completes the options of the action that was chosen: the next one's name, or its value where that is known.
pub(crate) async fn options(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, held)) = held(ctx).await else { return offer([]) };
    let action = ctx.args.iter().find(|option| option.name == "action").and_then(|option| match option.value {
        ResolvedValue::String(action) => Some(action),
        _ => None,
    });
    let offered = ctx.data().schedules.offered();
    let Some(chosen) = offered.iter().find(|offered| Some(offered.name) == action && held.allows_any(offered.name))
    else {
        return offer([]);
    };
    let fields = ::schedules::options::fields(&chosen.schema).unwrap_or_default();
    let (before, next) = ::schedules::options::next(&fields, typed);
    let values = match next {
        Next::Options(names) => names.into_iter().map(|name| format!("{name}:")).collect(),
        Next::Value(name, beginning) if name == "server" => {
            let seen = |server: &Server| held.sees("server", &server.name, &server.tags);
            clean(ctx, &actor, ctx.data().hosts.complete(actor.guild, &beginning, seen))
        }
        Next::Value(..) => Vec::new(),
    };
    offer(values.into_iter().map(|value| format!("{before}{value}")).filter(|whole| whole.chars().count() <= LENGTH))
}

/// Completes a time zone's name.
#[expect(clippy::unused_async, reason = "the framework awaits every completion")]
pub(crate) async fn zone(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    offer(Zone::complete(typed))
}

/// Completes what was acted on lately.
pub(crate) async fn acted_on(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await.filter(|(_, held)| held.allows("audit.search", None, &[])) else {
        return offer([]);
    };
    let hub = &ctx.data().hub;
    let redactor = hub.redactor(actor.guild);
    let targets = hub.store().audit_targets(actor.guild).await.unwrap_or_default();
    // What a secret is in is not worth completing: chosen, it would not be what is on record.
    let known =
        targets.into_iter().filter(|target| target.chars().count() <= LENGTH && redactor.mask(target) == *target);
    offer(fitting(known, typed))
}

/// Completes the reference of something asked lately.
pub(crate) async fn reference(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let Some((actor, _)) = held(ctx).await.filter(|(_, held)| held.allows("audit.show", None, &[])) else {
        return offer([]);
    };
    let hub = &ctx.data().hub;
    let redactor = hub.redactor(actor.guild);
    let (beginning, most) = (typed.trim().to_uppercase(), i64::try_from(CHOICES).unwrap_or_default());
    let found = hub.store().audit_references(actor.guild, &beginning, most).await.unwrap_or_default();
    let choices = found.into_iter().map(|(reference, plan)| {
        let what = redactor.mask(&plan).replace('`', "");
        let name = format!("{reference}  {what}").chars().take(LENGTH).collect::<String>();
        AutocompleteChoice::new(name, reference)
    });
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// Completes the reference of a job they see.
pub(crate) async fn job(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    jobs(ctx, typed, |_| true).await
}

/// The same, of one that has not ended.
pub(crate) async fn open_job(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    jobs(ctx, typed, State::is_open).await
}

/// The same, of one that has ended.
pub(crate) async fn ended_job(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    jobs(ctx, typed, |state| !state.is_open()).await
}

async fn jobs(ctx: Context<'_>, typed: &str, wanted: impl Fn(State) -> bool) -> CreateAutocompleteResponse {
    /// So many of the last ones are looked through.
    const LOOKED_AT: i64 = 200;
    let Some((actor, _)) = held(ctx).await else { return offer([]) };
    let hub = &ctx.data().hub;
    let redactor = hub.redactor(actor.guild);
    let typed = typed.trim().to_lowercase();
    let runs = hub.seen_runs(&actor, LOOKED_AT).await.unwrap_or_default();
    let named = runs.into_iter().filter(|run| wanted(run.state)).map(|run| {
        let plan = redactor.mask(&run.plan).replace('`', "");
        (format!("{}  {}  {plan}", run.reference, run.state.as_str()), run.reference)
    });
    let choices = named
        .filter(|(name, _)| name.to_lowercase().contains(&typed))
        .take(CHOICES)
        .map(|(name, reference)| AutocompleteChoice::new(name.chars().take(LENGTH).collect::<String>(), reference));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

/// The person at the keyboard, and what they hold.
pub(crate) async fn held(ctx: Context<'_>) -> Option<(Actor, Held)> {
    let interaction = ctx.interaction;
    let guild = base::GuildId(interaction.guild_id?.get());
    let feature = guilds::of_command(&interaction.data.name);
    if let Some(feature) = feature
        && !ctx.data().hub.guilds().is_on(guild, feature).await.unwrap_or_default()
    {
        // What is off offers nothing, not even names.
        return None;
    }
    let actor = crate::actor(interaction.guild_id, &interaction.user, interaction.member.as_deref(), Way::Command)?;
    let held = ctx.data().hub.held(&actor).await.ok()?;
    Some((actor, held))
}

/// A name that is itself a secret is not offered.
pub(crate) fn clean(ctx: Context<'_>, actor: &Actor, mut names: Vec<String>) -> Vec<String> {
    let redactor = ctx.data().hub.redactor(actor.guild);
    names.retain(|name| matches!(redactor.mask(name), Cow::Borrowed(_)));
    names
}

/// Those that contain what was typed, those that begin with it first.
pub(crate) fn fitting(names: impl IntoIterator<Item = String>, typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    let mut names: Vec<String> = names.into_iter().filter(|name| name.to_lowercase().contains(&typed)).collect();
    names.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    names
}

pub(crate) fn offer(names: impl IntoIterator<Item = String>) -> CreateAutocompleteResponse {
    let choices = names.into_iter().take(CHOICES).map(|name| AutocompleteChoice::new(name.clone(), name));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}
