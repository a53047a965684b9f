//! What people write to the bot alone: they are asked what it is about and where, and their words open a ticket there.
//!
//! **Invariants:** nothing that somebody wrote is shown to anybody before they chose where. It is not kept: it is read again where
//! they wrote it. Who they are there is asked at that moment, and every rule of the category holds.

use std::time::Duration;

use base::{
    Actor, Card, Error, GuildId, Result, UserId, Way,
    card::{Lands, Menu, Offer, Offers, Pick, Pre},
};
use futures::future::join_all;
use hub::Members as _;
use poise::serenity_prelude::{self as serenity, MessageType};
use serde_json::json;
use store::tickets::{Category, Letter};
use tickets::OpenTicket;

use crate::{
    Data, Discord,
    asked::{Asked, Opening, letter},
    jarvis_heard, perform,
};

/// Whoever writes is asked once in so long; all they write meanwhile belongs to it.
const ASKS: Duration = Duration::from_mins(10);
/// Guilds that are looked through, and what a menu takes.
const GUILDS: usize = 25;
const OFFERED: usize = 25;
const LABEL: usize = 100;
/// What every control of such a question begins with.
const MARK: &str = "letter/";

/// Somebody wrote something.
pub(crate) async fn heard(message: &serenity::Message, data: &Data) {
    let is_written = matches!(message.kind, MessageType::Regular | MessageType::InlineReply);
    if message.guild_id.is_some() || message.author.bot || !is_written {
        return;
    }
    let letter =
        Letter { user: UserId(message.author.id.get()), channel: message.channel_id.get(), message: message.id.get() };
    if let Err(error) = ask(&letter, data).await {
        tracing::warn!("somebody who wrote was not asked what it is about: {error}");
    }
}

async fn ask(letter: &Letter, data: &Data) -> Result<()> {
    let Some(key) = data.hub.store().write_letter(letter, ASKS).await? else { return Ok(()) };
    let offers = offers(letter.user, data).await?;
    let card = if offers.is_empty() {
        Card::quiet("**Nobody** reads what is written here")
            .text("Nothing can be asked for on a server that we share. Commands and panels there are how I am used.")
    } else {
        let menu = Menu {
            placeholder: "Where, and what is it about?".to_owned(),
            offers: Offers::Texts { of: offers, least: 1, most: 1 },
            pick: Pick {
                action: <OpenTicket as base::Action>::NAME.to_owned(),
                arguments: json!({}),
                field: "category".to_owned(),
                name: None,
                lands: Lands::Here,
            },
        };
        Card::attention("**Open a ticket?**")
            .text("What you wrote here goes to nobody yet. Choose whom it is for: it opens a ticket there, which you and its staff read.")
            .menu(menu)
            .small("what you add before you choose goes with it")
    };
    let card = card.redacted(&data.hub.redactor(GuildId(0)));
    let asked = letter::ask(&data.rest, letter.channel, &card, &format!("{MARK}{key}")).await;
    if asked.is_err() {
        // They were not asked, so the next thing they write asks them.
        data.hub.store().end_letter(letter.user, &key).await?;
    }
    asked.map_err(|error| Error::internal("asking what a direct message is about", error))
}

/// What somebody can ask for, where they are a member.
async fn offers(user: UserId, data: &Data) -> Result<Vec<Offer>> {
    let (store, discord) = (data.hub.store(), Discord(data.rest.clone()));
    let mut guilds = store.ticket_guilds().await?;
    guilds.truncate(GUILDS);
    let known = join_all(guilds.into_iter().map(|guild| {
        let discord = &discord;
        async move {
            let is_on = data.tickets.is_on(guild).await.unwrap_or(false);
            let is_member = is_on && matches!(discord.standing(guild, user).await, Ok(Some(_)));
            is_member.then_some(guild)
        }
    }));
    let mut offers = Vec::new();
    for guild in known.await.into_iter().flatten() {
        let name = data.hub.guilds().facts(guild).await.map(|facts| facts.name).unwrap_or_default();
        let sent: Vec<String> = store
            .ticket_panels(guild)
            .await?
            .into_iter()
            .filter(|panel| panel.channel.is_some())
            .map(|panel| panel.id)
            .collect();
        let all = store.ticket_categories(guild).await?;
        let redactor = data.hub.redactor(guild);
        let line = |text: &str| redactor.mask(text).chars().take(LABEL).collect::<String>();
        offers.extend(all.iter().filter(|one| sent.contains(&one.panel)).map(|one| Offer {
            value: format!("{guild}/{}", one.id),
            label: line(&one.name),
            description: line(&name),
            chosen: Pre::Open,
        }));
    }
    offers.truncate(OFFERED);
    Ok(offers)
}

/// Whether that is the answer to what somebody was asked here.
pub(crate) fn is_its(press: &serenity::ComponentInteraction) -> bool {
    press.guild_id.is_none() && press.data.custom_id.starts_with(MARK)
}

/// Somebody chose.
pub(crate) async fn pressed(press: &serenity::ComponentInteraction, data: &Data) {
    let user = UserId(press.user.id.get());
    // As nobody in particular: until it is known where, nothing can be done.
    let nobody = Actor {
        guild: GuildId(0),
        user,
        name: press.user.name.clone(),
        administrator: false,
        roles: Vec::new(),
        agent: None,
        way: Way::Press,
        reply_to: None,
    };
    if let Err(error) = choose(press, user, data).await {
        Asked::press_as(nobody, press, &data.rest).refuse(&error, None, &data.hub).await;
    }
}

async fn choose(press: &serenity::ComponentInteraction, user: UserId, data: &Data) -> Result<()> {
    let worn_out = || Error::Busy("That question is over. Nothing was done; write again.".to_owned());
    let key = press.data.custom_id.strip_prefix(MARK).ok_or_else(worn_out)?;
    let (letter, _) = data.hub.store().letter(user, key).await?.ok_or_else(worn_out)?;
    let serenity::ComponentInteractionDataKind::StringSelect { values } = &press.data.kind else {
        return Err(worn_out());
    };
    let chosen = values.first().and_then(|value| value.split_once('/'));
    let (guild, category) = chosen.ok_or_else(worn_out)?;
    let guild = GuildId(guild.parse().map_err(|_| worn_out())?);
    let actor = jarvis_heard::actor(&data.rest, guild, user).await?.ok_or_else(worn_out)?;
    let actor = Actor { way: Way::Press, ..actor };
    let all = data.hub.store().ticket_categories(guild).await?;
    let category: &Category = all.iter().find(|one| one.id == category).ok_or_else(worn_out)?;
    data.tickets.may_open(&actor, user, category).await?;
    let asked = Asked::press_as(actor.clone(), press, &data.rest);
    if let Err(error) = asked.acknowledge(Opening::Card).await {
        tracing::warn!(%error, "could not acknowledge a choice");
    }
    let quoted = match read(&letter, guild, data).await {
        Ok(quoted) => quoted,
        Err(error) => {
            asked.refuse(&error, None, &data.hub).await;
            return Ok(());
        }
    };
    let open = OpenTicket {
        category: category.id.clone(),
        quoted: Some(quoted),
        key: Some(format!("letter/{key}")),
        ..OpenTicket::default()
    };
    let performing = data.hub.perform(actor, open);
    data.hub.store().end_letter(user, key).await?;
    perform::show(asked, &data.hub, performing, Opening::Card).await;
    Ok(())
}

/// What they wrote, without what is secret where it goes.
async fn read(letter: &Letter, guild: GuildId, data: &Data) -> Result<String> {
    let written = letter::written(&data.rest, letter.channel, letter.user.0, letter.message).await;
    let (text, files) = written.map_err(|error| Error::internal("reading what was written", error))?;
    let files = if files == 0 { String::new() } else { format!("\n({files} attached where it was written)") };
    let text = data.hub.redactor(guild).mask(&format!("{text}{files}")).trim().to_owned();
    if text.is_empty() {
        return Err(Error::Busy("Nothing of what you wrote is there any more. No ticket was opened.".to_owned()));
    }
    Ok(text)
}
