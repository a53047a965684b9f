//! `/ticket panel` and `/ticket category`: what can be asked for, where, by whom, and who answers.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use std::time::Duration;

use base::{Error, Secret};
use poise::serenity_prelude as serenity;
use store::tickets::{Place, RolePart, Style};
use tickets::{
    AddTicketCategory, AskInCategory, CreateTicketPanel, EditTicketCategory, EditTicketPanel, Given,
    ImportTicketCategories, LARGEST_IMPORT, LARGEST_PICTURE, ListTicketCategories, NewPicture, PreviewTicketPanel,
    RemoveTicketCategory, RemoveTicketPanel, Rules, SendTicketPanel, SetTicketRole, questions as written,
};

use crate::{
    Context, Result, complete,
    form::Form,
    perform::Perform,
    ticket::{Urgency, clean, complete as complete_tickets, form::TicketForm},
};

/// What is attached is there by then, or Discord's 3 s are over.
const FETCHED_BY: Duration = Duration::from_millis(1_500);

/// Messages by which tickets are opened.
#[poise::command(
    slash_command,
    subcommand_required,
    subcommands("create", "edit", "send", "remove", "preview", "import")
)]
pub(crate) async fn panel(_: Context<'_>) -> Result {
    Ok(())
}

/// What can be asked for on a panel, and who answers.
#[poise::command(
    slash_command,
    subcommand_required,
    subcommands("category_add", "category_edit", "role", "questions", "category_remove", "list")
)]
pub(crate) async fn category(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Look {
    #[name = "buttons"]
    Buttons,
    #[name = "menu"]
    Menu,
}

impl From<Look> for Style {
    fn from(look: Look) -> Self {
        match look {
            Look::Buttons => Self::Buttons,
            Look::Menu => Self::Menu,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Home {
    #[name = "thread: private threads under its panel"]
    Thread,
    #[name = "channel: a channel each"]
    Channel,
}

impl From<Home> for Place {
    fn from(home: Home) -> Self {
        match home {
            Home::Thread => Self::Thread,
            Home::Channel => Self::Channel,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Without {
    #[name = "forum"]
    Forum,
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Whose {
    #[name = "staff: its holders answer"]
    Staff,
    #[name = "required: one such role must be held to ask"]
    Required,
    #[name = "excluded: its holders may not ask"]
    Excluded,
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Change {
    #[name = "add"]
    Add,
    #[name = "remove"]
    Remove,
}

/// Make a panel: a message by which tickets are opened.
#[poise::command(slash_command)]
async fn create(
    ctx: Context<'_>,
    #[description = "A name for those who set it up"]
    #[max_length = 32]
    name: String,
    #[description = "What stands on top"]
    #[max_length = 80]
    title: String,
    #[description = "What stands below"]
    #[max_length = 1000]
    text: String,
    #[description = "Its colour, such as #5865F2 or green"]
    #[max_length = 20]
    colour: Option<String>,
    #[description = "A button for each category, or one menu"] style: Option<Look>,
    #[description = "PNG, JPEG, WebP or GIF, at most 1 MiB"] picture: Option<serenity::Attachment>,
) -> Result {
    let (name, style) = (ctx.read(&name)?, style.map(Into::into));
    let mut create = CreateTicketPanel { name, title, text, colour, style, picture: None };
    if let Some(picture) = picture {
        // Nothing is fetched for somebody who may not.
        ctx.data().hub.check(&ctx.asked()?.actor, &create).await?;
        create.picture = Some(fetched(ctx, &picture).await?);
    }
    clean(ctx, create).await
}

/// Change what a panel says. What is not said stays as it is.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command)]
async fn edit(
    ctx: Context<'_>,
    #[description = "The panel"]
    #[autocomplete = "complete_tickets::panel"]
    #[max_length = 32]
    panel: String,
    #[description = "What stands on top"]
    #[max_length = 80]
    title: Option<String>,
    #[description = "What stands below"]
    #[max_length = 1000]
    text: Option<String>,
    #[description = "Its colour, such as #5865F2 or green; or none"]
    #[max_length = 20]
    colour: Option<String>,
    #[description = "A button for each category, or one menu"] style: Option<Look>,
    #[description = "PNG, JPEG, WebP or GIF, at most 1 MiB"] picture: Option<serenity::Attachment>,
    #[description = "False takes its picture away"] keep_picture: Option<bool>,
) -> Result {
    let (panel, style) = (ctx.read(&panel)?, style.map(Into::into));
    let none = (keep_picture == Some(false)).then_some(NewPicture::None);
    let mut edit = EditTicketPanel { panel, title, text, colour, style, picture: none };
    if let Some(picture) = picture {
        // Nothing is fetched for somebody who may not.
        ctx.data().hub.check(&ctx.asked()?.actor, &edit).await?;
        edit.picture = Some(fetched(ctx, &picture).await?);
    }
    clean(ctx, edit).await
}

/// A picture that was attached, as far as it is one.
async fn fetched(ctx: Context<'_>, file: &serenity::Attachment) -> Result<NewPicture> {
    if u64::from(file.size) > u64::try_from(LARGEST_PICTURE).unwrap_or(u64::MAX) {
        return Err(tickets::too_large(u64::from(file.size)));
    }
    let (data, guild) = (ctx.data(), ctx.asked()?.actor.guild);
    let bytes = attached(ctx, "picture", file, LARGEST_PICTURE).await?;
    data.tickets.keep_picture(guild, bytes)
}

/// What is in a file that was attached, within the time that there is to answer.
async fn attached(ctx: Context<'_>, what: &str, file: &serenity::Attachment, most: usize) -> Result<Vec<u8>> {
    let fetched = tokio::time::timeout(FETCHED_BY, ctx.data().hub.guilds().attached(what, &file.url, most)).await;
    let late = || Error::Busy("Discord did not hand me the file in time. Nothing was changed; try again.".to_owned());
    fetched.map_err(|_| late())?
}

/// Take over categories from a JSON file of the bot before.
#[poise::command(slash_command)]
async fn import(
    ctx: Context<'_>,
    #[description = "The panel"]
    #[autocomplete = "complete_tickets::panel"]
    #[max_length = 32]
    panel: String,
    #[description = "Whose holders answer, where the file does not say"] staff: serenity::Role,
    #[description = "The JSON file, at most 64 KiB"] file: serenity::Attachment,
) -> Result {
    let mut import = ImportTicketCategories { panel: ctx.read(&panel)?, staff: staff.id.get(), file: None };
    // Nothing is fetched for somebody who may not.
    ctx.data().hub.check(&ctx.asked()?.actor, &import).await?;
    if u64::from(file.size) > u64::try_from(LARGEST_IMPORT).unwrap_or(u64::MAX) {
        let size = base::measure::bytes(u64::from(file.size));
        return Err(Error::Invalid(format!("That file has {size}, and at most 64 KiB are read. Nothing was changed.")));
    }
    let bytes = attached(ctx, "list of categories", &file, LARGEST_IMPORT).await?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::Invalid("That file is no text (UTF-8). Nothing was changed.".to_owned()))?;
    import.file = Some(Secret::new(text));
    ctx.perform_aside(import).await
}

/// Put a panel into a channel: its tickets are private threads there.
#[poise::command(slash_command)]
async fn send(
    ctx: Context<'_>,
    #[description = "The panel"]
    #[autocomplete = "complete_tickets::panel"]
    #[max_length = 32]
    panel: String,
    #[description = "Where; here, unless told"] channel: Option<serenity::ChannelId>,
) -> Result {
    let channel = channel.unwrap_or(ctx.interaction.channel_id).get();
    ctx.perform_aside(SendTicketPanel { panel: ctx.read(&panel)?, channel }).await
}

/// Remove a panel that has no categories any more.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The panel"]
    #[autocomplete = "complete_tickets::panel"]
    #[max_length = 32]
    panel: String,
) -> Result {
    ctx.perform_aside(RemoveTicketPanel { panel: ctx.read(&panel)? }).await
}

/// Show a panel as it would stand in a channel.
#[poise::command(slash_command)]
async fn preview(
    ctx: Context<'_>,
    #[description = "The panel"]
    #[autocomplete = "complete_tickets::panel"]
    #[max_length = 32]
    panel: String,
) -> Result {
    ctx.perform_aside(PreviewTicketPanel { panel: ctx.read(&panel)? }).await
}

/// Make a category: what can be asked for on a panel.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command, rename = "add")]
async fn category_add(
    ctx: Context<'_>,
    #[description = "The panel"]
    #[autocomplete = "complete_tickets::panel"]
    #[max_length = 32]
    panel: String,
    #[description = "What it is called"]
    #[max_length = 40]
    name: String,
    #[description = "Whose holders answer"] staff: serenity::Role,
    #[description = "An emoji before its name"]
    #[max_length = 60]
    emoji: Option<String>,
    #[description = "What it is for, in a line"]
    #[max_length = 100]
    description: Option<String>,
    #[description = "What its tickets are at first"] priority: Option<Urgency>,
    #[description = "Between two tickets of one member, such as 10m"]
    #[max_length = 40]
    cooldown: Option<String>,
    #[description = "Open at once, of one member; 1 unless told"]
    #[min = 1]
    #[max = 25]
    limit: Option<i64>,
    #[description = "When it is open, such as 9:00-17:30"]
    #[max_length = 40]
    hours: Option<String>,
    #[description = "The time zone of those hours"]
    #[autocomplete = "complete::zone"]
    #[max_length = 64]
    zone: Option<String>,
    #[description = "Target of the first answer, such as 1h"]
    #[max_length = 40]
    answer: Option<String>,
    #[description = "Target of the solution, such as 2d"]
    #[max_length = 40]
    solve: Option<String>,
    #[description = "So long the member is asked before it closes, such as 1d"]
    #[max_length = 40]
    confirm: Option<String>,
    #[description = "Silence of the member until a warning, and again until it closes, such as 3d"]
    #[max_length = 40]
    idle: Option<String>,
    #[description = "After a missed target: the ping, then the escalation, such as 10m 1h"]
    #[max_length = 40]
    late: Option<String>,
    #[description = "Whose holders are called last"] escalate_to: Option<serenity::Role>,
    #[description = "What its tickets live in; threads unless told"] place: Option<Home>,
    #[description = "The category of Discord's for its channels; another is made where it is full"]
    #[channel_types("Category")]
    under: Option<serenity::ChannelId>,
    #[description = "A forum whose posts open tickets of it, too"]
    #[channel_types("Forum")]
    forum: Option<serenity::ChannelId>,
) -> Result {
    let (priority, place) = (priority.map(Into::into), place.map(Into::into));
    let escalate_to = escalate_to.map(|role| role.id.get());
    let id = |channel: Option<serenity::ChannelId>| channel.map(serenity::ChannelId::get);
    let (under, forum) = (id(under), id(forum));
    let rules = Rules {
        emoji,
        description,
        priority,
        cooldown,
        limit,
        hours,
        zone,
        answer,
        solve,
        confirm,
        idle,
        late,
        escalate_to,
        place,
        under,
        forum,
    };
    clean(ctx, AddTicketCategory { panel: ctx.read(&panel)?, name, staff: staff.id.get(), rules }).await
}

/// Change how a category goes. What is not said stays as it is.
#[expect(clippy::too_many_arguments, reason = "each is an option of the command")]
#[poise::command(slash_command, rename = "edit")]
async fn category_edit(
    ctx: Context<'_>,
    #[description = "The category"]
    #[autocomplete = "complete_tickets::category"]
    #[max_length = 40]
    category: String,
    #[description = "An emoji before its name; or none"]
    #[max_length = 60]
    emoji: Option<String>,
    #[description = "What it is for, in a line"]
    #[max_length = 100]
    description: Option<String>,
    #[description = "What its tickets are at first"] priority: Option<Urgency>,
    #[description = "Between two tickets of one member, such as 10m; or none"]
    #[max_length = 40]
    cooldown: Option<String>,
    #[description = "Open at once, of one member"]
    #[min = 1]
    #[max = 25]
    limit: Option<i64>,
    #[description = "When it is open, such as 9:00-17:30; or always"]
    #[max_length = 40]
    hours: Option<String>,
    #[description = "The time zone of those hours"]
    #[autocomplete = "complete::zone"]
    #[max_length = 64]
    zone: Option<String>,
    #[description = "Target of the first answer, such as 1h; or none"]
    #[max_length = 40]
    answer: Option<String>,
    #[description = "Target of the solution, such as 2d; or none"]
    #[max_length = 40]
    solve: Option<String>,
    #[description = "So long the member is asked before it closes; or none"]
    #[max_length = 40]
    confirm: Option<String>,
    #[description = "Silence of the member until a warning, and again until it closes; or none"]
    #[max_length = 40]
    idle: Option<String>,
    #[description = "After a missed target: the ping, then the escalation, such as 10m 1h"]
    #[max_length = 40]
    late: Option<String>,
    #[description = "Whose holders are called last"] escalate_to: Option<serenity::Role>,
    #[description = "What its tickets live in"] place: Option<Home>,
    #[description = "The category of Discord's for its channels; another is made where it is full"]
    #[channel_types("Category")]
    under: Option<serenity::ChannelId>,
    #[description = "A forum whose posts open tickets of it, too"]
    #[channel_types("Forum")]
    forum: Option<serenity::ChannelId>,
    #[description = "Posts open none any more"] without: Option<Without>,
) -> Result {
    let (priority, place) = (priority.map(Into::into), place.map(Into::into));
    let escalate_to = escalate_to.map(|role| role.id.get());
    let id = |channel: Option<serenity::ChannelId>| channel.map(serenity::ChannelId::get);
    let (under, forum) = (id(under), id(forum).or(without.map(|Without::Forum| 0)));
    let rules = Rules {
        emoji,
        description,
        priority,
        cooldown,
        limit,
        hours,
        zone,
        answer,
        solve,
        confirm,
        idle,
        late,
        escalate_to,
        place,
        under,
        forum,
    };
    clean(ctx, EditTicketCategory { category, rules }).await
}

/// Say who answers a category's tickets, who may ask, and who may not.
#[poise::command(slash_command)]
async fn role(
    ctx: Context<'_>,
    #[description = "The category"]
    #[autocomplete = "complete_tickets::category"]
    #[max_length = 40]
    category: String,
    #[description = "The role"] role: serenity::Role,
    #[description = "What it is to it"] part: Whose,
    #[description = "From now on, or no longer"] change: Change,
) -> Result {
    let part = match part {
        Whose::Staff => RolePart::Staff,
        Whose::Required => RolePart::Required,
        Whose::Excluded => RolePart::Excluded,
    };
    let change = match change {
        Change::Add => Given::Add,
        Change::Remove => Given::Remove,
    };
    clean(ctx, SetTicketRole { category, role: role.id.get(), part, change }).await
}

/// Say what whoever opens a ticket is asked, in a form.
#[poise::command(slash_command)]
async fn questions(
    ctx: Context<'_>,
    #[description = "The category"]
    #[autocomplete = "complete_tickets::category"]
    #[max_length = 40]
    category: String,
) -> Result {
    let (asked, data) = (ctx.asked()?, ctx.data());
    let ask = AskInCategory { category, questions: String::new() };
    crate::perform::refuse_secrets(&data.hub, asked.actor.guild, &ask)?;
    data.hub.check(&asked.actor, &ask).await?;
    let found = data.tickets.category(asked.actor.guild, &ask.category).await?;
    let text = written::written(&found.questions);
    Form::Ticket(TicketForm::Questions { category: found.name, text }).open(&asked, &data.hub).await
}

/// Remove a category of which no ticket goes on.
#[poise::command(slash_command, rename = "remove")]
async fn category_remove(
    ctx: Context<'_>,
    #[description = "The category"]
    #[autocomplete = "complete_tickets::category"]
    #[max_length = 40]
    category: String,
) -> Result {
    clean(ctx, RemoveTicketCategory { category }).await
}

/// List the panels and their categories, with all that is set.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListTicketCategories {}).await
}
