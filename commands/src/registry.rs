//! `/registry`: things of one kind, and what is known of each. Forms are made of a registry's own fields.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use base::Error;
use workspace::{
    AddEntry, CreateRegistry, EditEntry, ItemName, ListRegistries, Registry, RemoveEntry, RemoveRegistry, ShowRegistry,
    Values,
};

use crate::{
    Context, Result, complete_workspace,
    form::Form,
    perform::{Perform, refuse_secrets},
};

/// Things of one kind, and what is known of each.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "show", "create", "add", "edit", "remove")
)]
pub(crate) async fn registry(_: Context<'_>) -> Result {
    Ok(())
}

/// List the registries.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform(ListRegistries {}).await
}

/// Show a registry, or all that is known of one of its entries.
#[poise::command(slash_command)]
async fn show(
    ctx: Context<'_>,
    #[description = "The registry"]
    #[autocomplete = "complete_workspace::registry"]
    #[max_length = 64]
    registry: String,
    #[description = "One entry"]
    #[autocomplete = "complete_workspace::entry"]
    #[max_length = 80]
    entry: Option<String>,
) -> Result {
    let action = ShowRegistry { registry: ctx.read(&registry)?, entry };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}

/// Make a registry for this server; a form asks for its fields.
#[poise::command(slash_command)]
async fn create(
    ctx: Context<'_>,
    #[description = "What it is called, such as domains"]
    #[max_length = 64]
    name: String,
) -> Result {
    let create = CreateRegistry { name: ctx.read(&name)?, description: String::new(), fields: Vec::new() };
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    hub.check(&asked.actor, &create).await?;
    Form::CreateRegistry(create).open(&asked, hub).await
}

/// Add an entry to a registry; a form asks for its fields.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "The registry"]
    #[autocomplete = "complete_workspace::registry"]
    #[max_length = 64]
    registry: String,
    #[description = "What the entry is called"]
    #[max_length = 80]
    entry: String,
) -> Result {
    let add = AddEntry { registry: ctx.read(&registry)?, entry, values: Values::new() };
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    refuse_secrets(hub, asked.actor.guild, &add)?;
    hub.check(&asked.actor, &add).await?;
    let registry = ctx.data().workspace.registry(asked.actor.guild, &add.registry).await?;
    if registry.entry(&add.entry).is_some() || registry.parts() == 0 {
        // There is nothing to ask, or it will not be.
        return ctx.perform(add).await;
    }
    Form::AddEntry { add, fields: registry.part(1).to_vec() }.open(&asked, hub).await
}

/// Change an entry of a registry; a form shows what it holds, five fields at a time.
#[poise::command(slash_command)]
async fn edit(
    ctx: Context<'_>,
    #[description = "The registry"]
    #[autocomplete = "complete_workspace::registry"]
    #[max_length = 64]
    registry: String,
    #[description = "The entry"]
    #[autocomplete = "complete_workspace::entry"]
    #[max_length = 80]
    entry: String,
    #[description = "Which five of its fields, where it has more; the first five unless told"]
    #[min = 1]
    #[max = 4]
    part: Option<u32>,
) -> Result {
    let mut edit = EditEntry { registry: ctx.read(&registry)?, entry, values: Values::new(), seen: None };
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    refuse_secrets(hub, asked.actor.guild, &edit)?;
    hub.check(&asked.actor, &edit).await?;
    let registry = ctx.data().workspace.registry(asked.actor.guild, &edit.registry).await?;
    let Some(now) = registry.entry(&edit.entry) else {
        // It says what there is not.
        return ctx.perform(edit).await;
    };
    let part = usize::try_from(part.unwrap_or(1)).unwrap_or(1);
    let fields = registry.part(part).to_vec();
    if fields.is_empty() {
        return Err(no_such_part(&registry, &edit.registry));
    }
    edit.seen = Some(now.digest());
    let values = now.values.clone();
    Form::EditEntry { edit, fields, values }.open(&asked, hub).await
}

fn no_such_part(registry: &Registry, name: &ItemName) -> Error {
    let name = base::card::code(name.as_str());
    Error::Invalid(match registry.parts() {
        0 => format!("{name} has no field but the one its entries are called by. Nothing was changed."),
        1 => format!("{name} has one part only: leave `part` out. Nothing was changed."),
        parts => format!("{name} has {parts} parts of five fields each. Nothing was changed."),
    })
}

/// Take an entry out of a registry, or remove a registry that was made here.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The registry"]
    #[autocomplete = "complete_workspace::registry"]
    #[max_length = 64]
    registry: String,
    #[description = "The entry; the whole registry where none is said"]
    #[autocomplete = "complete_workspace::entry"]
    #[max_length = 80]
    entry: Option<String>,
) -> Result {
    let registry = ctx.read(&registry)?;
    let Some(entry) = entry else { return ctx.perform(RemoveRegistry { registry }).await };
    let action = RemoveEntry { registry, entry };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &action)?;
    ctx.perform(action).await
}
