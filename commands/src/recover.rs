//! After a restart: whoever asked for work that died with the last process is told the truth.

use std::{sync::Arc, time::Duration};

use accounts::{Accounts, ConnectAccount};
use base::{Action, Card, GuildId, Result, UserId, Way};
use hosts::EndTerminal;
use hub::{Hub, runs::CancelJob};
use poise::serenity_prelude as serenity;
use serenity::{ChannelId, MessageId};
use store::{
    audit::{Entry, WAITING},
    in_flight::Left,
};
use workspace::{SettleStep, Workspace};

use crate::{
    asked::{self, Asked, Place, TOKEN_LASTS},
    face::Face,
    perform,
    rest::Rest,
};

/// What goes on elsewhere is looked at so often.
const LOOK: Duration = Duration::from_secs(1);

/// Answers what was left without an answer, and corrects every card that was left standing.
pub(crate) async fn tell(rest: &Rest, hub: &Hub, (workspace, accounts): (&Workspace, &Arc<Accounts>)) {
    if let Err(error) = go_on(rest, hub).await {
        tracing::error!("runs of before the restart could not be read: {error}");
    }
    // In this order: the answer to a press may be the card that was pressed, and that card's own story is the last word.
    if let Err(error) = answer(rest, hub, workspace, accounts).await {
        tracing::error!("what was left without an answer could not be read: {error}");
    }
    if let Err(error) = correct(rest, hub, accounts).await {
        tracing::error!("cards of before the restart could not be read: {error}");
    }
}

/// Goes on showing what goes on, and says of what has ended how it did.
async fn go_on(rest: &Rest, hub: &Hub) -> Result<()> {
    for left in hub.store().untold_runs(hub.began()).await? {
        let id = left.entry.id.parse().unwrap_or_default();
        let (Some(performing), Some(row)) = (hub.follow(id).await?, hub.store().run(id).await?) else { continue };
        let age = hub.clock().now().since(left.entry.started());
        let token_lasts = left.reply_to.as_ref().map_or(Duration::ZERO, |_| TOKEN_LASTS.saturating_sub(age));
        let place = left.card.as_ref().and_then(place);
        if place.is_none() && token_lasts.is_zero() {
            // There is nowhere left to say it; the log and `/job show` tell.
            hub.store().answered_audit(&left.entry.id).await?;
            continue;
        }
        let asked =
            Asked::again(row.actor(Vec::new(), false), rest, left.reply_to.as_deref().unwrap_or_default(), token_lasts);
        let (hub, began) = (hub.clone(), left.entry.started());
        tokio::spawn(async move { perform::show_again(asked, &hub, performing, place, began).await });
    }
    Ok(())
}

fn place((channel, message): &(String, String)) -> Option<Place> {
    let id = |text: &str| text.parse().ok().filter(|id| *id != 0);
    let (channel, message) = id(channel).zip(id(message))?;
    Some(Place { channel: ChannelId::new(channel), message: MessageId::new(message) })
}

async fn answer(rest: &Rest, hub: &Hub, workspace: &Workspace, accounts: &Arc<Accounts>) -> Result<()> {
    for left in hub.store().unanswered_audit(hub.began()).await? {
        let done = match fresh_token(hub, &left) {
            Some(_) if connects(rest, hub, accounts, &left) => false,
            // It was to show nothing: the card it was pressed on is that of the run, whose own story it tells.
            _ if shows_nothing(&left.entry) => true,
            // It was asked, and only that was not noted any more.
            _ if stands(hub, &left.entry).await? => true,
            Some(token) => {
                let card = board(workspace, &left.entry).await.unwrap_or_else(|| interrupted(&left.entry));
                settled(rest, hub, &asked::Left::Interaction(token), (&left.entry, card)).await
            }
            None => true,
        };
        if done {
            hub.store().answered_audit(&left.entry.id).await?;
        }
    }
    Ok(())
}

/// The card of a playbook, as far as people are with it now: what was pressed is that card, whatever became of the press.
async fn board(workspace: &Workspace, entry: &Entry) -> Option<Card> {
    if entry.action != <SettleStep as Action>::NAME || entry.way != Way::Press.as_str() {
        return None;
    }
    let step: SettleStep = serde_json::from_str(&entry.arguments).ok()?;
    let guild = GuildId(entry.guild_id.parse().unwrap_or_default());
    workspace.board(guild, &step.run).await.ok().flatten()
}

/// Whether this is a question whose card stands.
async fn stands(hub: &Hub, entry: &Entry) -> Result<bool> {
    let question = entry.approval_id.as_ref().filter(|_| entry.outcome == WAITING).and_then(|id| id.parse().ok());
    let Some(question) = question else { return Ok(false) };
    let guild = GuildId(entry.guild_id.parse().unwrap_or_default());
    Ok(hub.store().approval(guild, question).await?.is_some_and(|asked| asked.place.is_some()))
}

/// Whether this is a press of a run's or a terminal's own button, which shows nothing by itself: what its token reaches is their card.
fn shows_nothing(entry: &Entry) -> bool {
    let own = [<CancelJob as Action>::NAME, <EndTerminal as Action>::NAME];
    own.contains(&entry.action.as_str()) && entry.way == Way::Press.as_str()
}

/// The interaction's token, where Discord still knows it. It also reaches places the bot itself cannot see.
fn fresh_token<'a>(hub: &Hub, left: &'a Left) -> Option<&'a str> {
    let fresh = hub.clock().now().since(left.entry.started()) < TOKEN_LASTS;
    left.reply_to.as_deref().filter(|_| fresh)
}

/// Whether an account was being connected, which goes on without whoever watched it: its card says how it ends, once it does.
fn connects(rest: &Rest, hub: &Hub, accounts: &Arc<Accounts>, left: &Left) -> bool {
    let asked = serde_json::from_str::<ConnectAccount>(&left.entry.arguments).ok();
    let Some(asked) = asked.filter(|_| left.entry.action == <ConnectAccount as Action>::NAME) else { return false };
    let (rest, hub, accounts, left) = (rest.clone(), hub.clone(), Arc::clone(accounts), left.clone());
    let user = UserId(left.entry.actor_id.parse().unwrap_or_default());
    tokio::spawn(async move {
        while let Some(token) = fresh_token(&hub, &left) {
            match accounts.ended_as(&left.entry.id, user, asked.platform).await {
                Ok(Some(card)) => {
                    let (reference, by) = (format!("ref {}", left.entry.reference), format!("by <@{user}>"));
                    let card = card.small(reference).small(by).small(hub.clock().now().relative());
                    if settled(&rest, &hub, &asked::Left::Interaction(token), (&left.entry, card)).await {
                        break;
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::warn!("how an account was connected is not known yet: {error}"),
            }
            tokio::time::sleep(LOOK).await;
        }
        if let Err(error) = hub.store().answered_audit(&left.entry.id).await {
            tracing::warn!("that somebody was told is not noted: {error}");
        }
    });
    true
}

async fn correct(rest: &Rest, hub: &Hub, accounts: &Arc<Accounts>) -> Result<()> {
    for left in hub.store().live_cards().await? {
        let done = match left.card.as_ref().and_then(place) {
            // Begun by this very process in the meantime: it shows itself.
            _ if left.entry.started() >= hub.began() => false,
            _ if fresh_token(hub, &left).is_some() && connects(rest, hub, accounts, &left) => false,
            Some(place) => {
                let place = fresh_token(hub, &left).map_or(asked::Left::Message(place), asked::Left::Interaction);
                settled(rest, hub, &place, (&left.entry, interrupted(&left.entry))).await
            }
            None => true,
        };
        if done {
            hub.store().answered_audit(&left.entry.id).await?;
        }
    }
    Ok(())
}

/// Whether there is nothing left to say: it is said, or its place is gone.
async fn settled(rest: &Rest, hub: &Hub, left: &asked::Left<'_>, (entry, card): (&Entry, Card)) -> bool {
    let guild = GuildId(entry.guild_id.parse().unwrap_or_default());
    match asked::settle(rest, left, &card, &mut Face::new(hub), guild).await {
        Ok(()) => true,
        Err(error) if perform::gone(&error) => true,
        Err(error) => {
            tracing::warn!(%error, reference = entry.reference, "could not tell how it ended; the next start tries again");
            false
        }
    }
}

fn interrupted(entry: &Entry) -> Card {
    let card = if entry.outcome == WAITING {
        Card::failed(format!("**Not asked** {}", entry.plan))
            .text("I was stopped before the question stood here. Nothing was run; ask again.")
    } else if entry.outcome == "interrupted" {
        Card::failed(format!("**Interrupted** {}", entry.plan))
            .fact(format!("began {}", entry.started().relative()))
            .text("I was stopped while this ran, and did not see how it ended. It may still be running there.")
    } else {
        Card::quiet(format!("**Ended** {}", entry.plan))
            .fact(format!("began {}", entry.started().relative()))
            .text(format!("I was stopped just as it ended: {}.", entry.detail.as_deref().unwrap_or(&entry.outcome)))
    };
    card.small(format!("ref {}", entry.reference)).small(format!("by <@{}>", entry.actor_id))
}
