//! Buttons and menus: what stands behind a key, done as whoever pressed, every check anew.

use std::time::Duration;

use base::{
    Action as _, Error, Need, UserId,
    card::{Answer, Lands, Pick, Press},
};
use hub::{Decided, Hub};
use poise::serenity_prelude as serenity;
use serde_json::{Value, json};
use serenity::MessageId;
use store::approvals::Approval;
use uuid::Uuid;

use crate::{
    Data,
    asked::{Asked, Opening, Seen, direct},
    face::{self, Behind, Face},
    form::Form,
    incident,
    overlay::form as overlay_form,
    perform, question, terminal,
    ticket::{form as ticket_form, letter},
};

/// Later than this there is no time left to say so within Discord's 3 s.
const LOOK_UP_BY: Duration = Duration::from_secs(2);

/// Whoever answers next does not wait longer than this for the card of whoever answered before.
const DRAWN_BY: Duration = Duration::from_secs(5);

/// Answers a press.
pub(crate) async fn pressed(press: &serenity::ComponentInteraction, data: &Data) {
    if letter::is_its(press) {
        letter::pressed(press, data).await;
        return;
    }
    let asked = match Asked::press(press, &data.rest) {
        Some(asked) => Some(asked),
        None if press.guild_id.is_none() => direct::pressed(press, data).await,
        None => None,
    };
    let Some(asked) = asked else { return };
    if let Err(error) = dispatch(&asked, &press.data, press.message.id, data).await {
        asked.refuse(&error, None, &data.hub).await;
    }
}

async fn dispatch(
    asked: &Asked,
    data: &serenity::ComponentInteractionData,
    on: MessageId,
    all: &Data,
) -> base::Result<()> {
    let hub = &all.hub;
    let behind = behind(asked, &data.custom_id, hub).await?;
    let Behind::Press(press) = behind else { return Err(worn_out()) };
    match press {
        Press::Perform { action, arguments, .. } if terminal::is_key(&action) => {
            terminal::pressed(asked, &arguments, all).await?;
        }
        Press::Pick(pick) if terminal::is_key(&pick.action) => {
            terminal::pressed(asked, &picked(&pick, data)?, all).await?;
        }
        Press::Perform { action, arguments, .. } if incident::asks(&action, &arguments) => {
            incident::ask(asked, arguments, all).await?;
        }
        Press::Perform { action, arguments, .. } if ticket_form::asks(&action, &arguments) => {
            ticket_form::ask(asked, &action, arguments, all).await?;
        }
        Press::Pick(pick) if pick.action == overlays::EditOverlay::NAME && pick.field == "section" => {
            let arguments = picked(&pick, data)?;
            let arguments = only(&pick.field, arguments.clone()).unwrap_or(arguments);
            overlay_form::ask(asked, arguments, all).await?;
        }
        Press::Pick(pick) if ticket_form::asks(&pick.action, &pick.arguments) => {
            let arguments = picked(&pick, data)?;
            let arguments = only(&pick.field, arguments.clone()).unwrap_or(arguments);
            ticket_form::ask(asked, &pick.action, arguments, all).await?;
        }
        Press::Perform { action, arguments, lands } => {
            let performing = hub.perform_named(asked.actor.clone(), &action, arguments)?;
            perform::show(asked.clone(), hub, performing, opening(lands)).await;
        }
        Press::Pick(pick) => {
            let (arguments, lands) = (picked(&pick, data)?, pick.lands);
            let performing = match hub.perform_named(asked.actor.clone(), &pick.action, arguments.clone()) {
                // What takes one text is given one, and no list of it.
                Err(misfit) => match only(&pick.field, arguments) {
                    Some(one) => hub.perform_named(asked.actor.clone(), &pick.action, one)?,
                    None => return Err(misfit),
                },
                fits => fits?,
            };
            perform::show(asked.clone(), hub, performing, opening(lands)).await;
        }
        // Discord opens it, and tells nobody.
        Press::Open { .. } => return Err(worn_out()),
        Press::Decide { approval, answer } => decide(asked, approval, Some(on), answer, None, hub).await?,
        Press::Deny { approval } => {
            is_on_its_card(asked, approval, Some(on), hub).await?;
            // Nobody gives a reason only to hear that they may not.
            hub.may_deny(&asked.actor, approval).await?;
            Form::Deny { approval }.open(asked, hub).await?;
        }
        Press::Details { approval } => {
            let card = question::details(&hub.details(&asked.actor, approval).await?);
            if let Err(error) = asked.answer(&card, &mut Face::new(hub), Seen::ByOne).await {
                tracing::warn!(%error, "could not show the details of a question");
            }
        }
    }
    Ok(())
}

fn opening(lands: Lands) -> Opening {
    match lands {
        Lands::Here => Opening::Card,
        Lands::Below => Opening::Message,
        Lands::Aside => Opening::Aside,
        Lands::Nowhere => Opening::Nothing,
    }
}

/// The action's arguments with what was chosen. Whether that can be done is the action's to say: what a client sends may be
/// anything.
fn picked(pick: &Pick, data: &serenity::ComponentInteractionData) -> base::Result<Value> {
    use serenity::ComponentInteractionDataKind as Kind;
    let nothing = || Error::Invalid("Nothing was chosen, so nothing was done.".to_owned());
    let (value, name) = match &data.kind {
        Kind::StringSelect { values } => (json!(values), None),
        Kind::RoleSelect { values } => {
            let role = values.first().ok_or_else(nothing)?;
            let everyone = "@everyone";
            let name = data.resolved.roles.get(role).map(|role| role.name.as_str());
            let name = name.map(|name| if name == everyone { name.to_owned() } else { format!("@{name}") });
            (json!(role.get()), name)
        }
        Kind::UserSelect { values } => {
            let user = values.first().ok_or_else(nothing)?;
            (json!(user.get()), data.resolved.users.get(user).map(|user| user.name.clone()))
        }
        Kind::ChannelSelect { values } => {
            let channel = values.first().ok_or_else(nothing)?;
            let name = data.resolved.channels.get(channel).and_then(|channel| channel.name.clone());
            (json!(channel.get()), name)
        }
        _ => return Err(nothing()),
    };
    let mut arguments = pick.arguments.clone();
    arguments[&pick.field] = value;
    if let Some(field) = &pick.name {
        arguments[field] = json!(name.unwrap_or_default());
    }
    Ok(arguments)
}

/// The same arguments with the one text that was chosen; none where that was not one.
fn only(field: &str, mut arguments: Value) -> Option<Value> {
    let one = match arguments[field].as_array().map(Vec::as_slice) {
        Some([one]) => one.clone(),
        _ => return None,
    };
    arguments[field] = one;
    Some(arguments)
}

/// Answers a question, on its card. Who may do so is asked of Discord, and that may take longer than an acknowledgement.
pub(crate) async fn decide(
    asked: &Asked,
    approval: Uuid,
    on: Option<MessageId>,
    answer: Answer,
    reason: Option<&str>,
    hub: &Hub,
) -> base::Result<()> {
    if let Err(error) = asked.acknowledge(Opening::Card).await {
        tracing::warn!(%error, "could not acknowledge an answer");
    }
    is_on_its_card(asked, approval, on, hub).await?;
    // Nobody who stops something waits for those who would do it.
    let mut turn = if answer == Answer::Yes { Some(hub.turn(approval).await) } else { None };
    let mut by = asked.by();
    let card = match hub.decide(asked.actor.clone(), approval, answer, reason).await? {
        Decided::Granted { performing, asked: question, votes } => {
            let asked = if question.need == Need::Confirm {
                asked.clone()
            } else {
                asked.clone().signed(signed(&question, &votes))
            };
            drop(turn);
            perform::show(asked, hub, performing, Opening::Card).await;
            return Ok(());
        }
        Decided::Counted(waiting) => {
            by = format!("by <@{}>", waiting.asked_by);
            question::card(&waiting)
        }
        Decided::Dismissed(question) => {
            // A yes that was counted before it is drawn before it.
            turn = Some(hub.turn(approval).await);
            question::dismissed(&question, asked.actor.user)
        }
        Decided::Ended(error @ Error::Outside(_)) => error.card(),
        Decided::Ended(error) => return Err(error),
    };
    let question = hub.store().approval(asked.actor.guild, approval).await.ok().flatten();
    let over = question.as_ref().is_some_and(|question| question.ended.is_some());
    let card = match question.and_then(|question| question.reference) {
        Some(reference) => card.small(format!("ref {reference}")),
        None => card,
    };
    let card = face::dress(card, None, &by, hub.clock().now());
    match tokio::time::timeout(DRAWN_BY, asked.write(&card, &mut Face::new(hub))).await {
        // A vote leaves it open; whatever closed it is told now, and otherwise by the clock.
        Ok(Ok(_)) if over => {
            if let Err(error) = hub.store().told_end(asked.actor.guild, approval).await {
                tracing::warn!("a card that says how it ended is drawn once more: {error}");
            }
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "could not show an answer"),
        Err(_) => tracing::warn!("could not show an answer in time"),
    }
    drop(turn);
    Ok(())
}

/// A question is answered on its own card: whoever presses has read that one, and maybe no other.
async fn is_on_its_card(asked: &Asked, approval: Uuid, on: Option<MessageId>, hub: &Hub) -> base::Result<()> {
    let question = hub.store().approval(asked.actor.guild, approval).await?;
    let stands_at = question.and_then(|question| question.place).map(|(_, message)| message);
    match (stands_at, on) {
        (Some(card), Some(pressed)) if card != pressed.get() => Err(worn_out()),
        _ => Ok(()),
    }
}

/// Whose doing it is: who asked, and who said yes.
fn signed(question: &Approval, votes: &[UserId]) -> String {
    let votes: Vec<String> = votes.iter().map(|vote| format!("<@{vote}>")).collect();
    format!("by <@{}> · approved by {}", question.asked_by, votes.join(" and "))
}

/// What stands behind a key of this guild.
pub(crate) async fn behind(asked: &Asked, key: &str, hub: &Hub) -> base::Result<Behind> {
    let looked_up = tokio::time::timeout(LOOK_UP_BY, hub.store().button(asked.actor.guild, key)).await;
    let slow = |_| Error::Busy("My database is too slow just now. Nothing was done; try again.".to_owned());
    let text = looked_up.map_err(slow)??.ok_or_else(worn_out)?;
    serde_json::from_str(&text).map_err(|error| Error::internal("reading a button", error))
}

pub(crate) fn worn_out() -> Error {
    Error::Busy("That button is no longer in use. Nothing was done; use the command again.".to_owned())
}
