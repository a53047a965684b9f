//! What members do: open a ticket, by its category or about a message.

use base::Error;
use poise::serenity_prelude as serenity;
use serde_json::{Value, json};
use tickets::OpenTicket;

use super::{complete, form};
use crate::{
    Context, Result,
    perform::{Perform, refuse_secrets},
};

/// Open a ticket.
#[poise::command(slash_command)]
pub(super) async fn open(
    ctx: Context<'_>,
    #[description = "What it is about"]
    #[autocomplete = "complete::category"]
    #[max_length = 40]
    category: String,
    #[description = "For whom; you, unless told"] member: Option<serenity::User>,
) -> Result {
    let member = member.map(|member| member.id.get());
    let open = OpenTicket { category, member, ..OpenTicket::default() };
    refuse_secrets(&ctx.data().hub, ctx.asked()?.actor.guild, &open)?;
    form::open(&ctx.asked()?, open, ctx.data()).await
}

/// Open a ticket about a message.
#[poise::command(context_menu_command = "Open a ticket", guild_only)]
pub(crate) async fn open_about(ctx: Context<'_>, message: serenity::Message) -> Result {
    let asked = ctx.asked()?;
    let categories = ctx.data().hub.store().ticket_categories(asked.actor.guild).await?;
    let link = format!("https://discord.com/channels/{}/{}/{}", asked.actor.guild, message.channel_id, message.id);
    let quoted = Some(message.content.clone()).filter(|text| !text.trim().is_empty());
    let quoted = quoted.unwrap_or_else(|| "no text".to_owned());
    let quoted = ctx.data().hub.redactor(asked.actor.guild).mask(&quoted).into_owned();
    let open = OpenTicket { about: Some(link), quoted: Some(quoted), ..OpenTicket::default() };
    match categories.as_slice() {
        [] => Err(Error::Busy("Nothing can be asked for here yet. No ticket was opened.".to_owned())),
        [only] => form::open(&asked, OpenTicket { category: only.name.clone(), ..open }, ctx.data()).await,
        several => {
            let arguments: Value = json!({ "about": open.about, "quoted": open.quoted });
            form::choose(&asked, several, arguments, ctx.data()).await
        }
    }
}
