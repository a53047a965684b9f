//! Tickets in channels of their own, under a category of Discord's; another category is made where one is full.
//!
//! **Invariants:** a channel says in its topic whose it is, so it is found again after a kill. Who sees it is set as one whole: its
//! member, its staff's roles, whoever was brought along, the bot, and nobody else.

use base::{Error, Result};
use guilds::permission as may;
use poise::serenity_prelude as serenity;
use serde_json::Value;
use store::tickets::{Part, Person, Place as Home, State, Ticket};
use tickets::Tickets;

use super::{NO_CHANNEL, REFUSED, Shower, Step};
use crate::asked::{
    channel::{self, Channel, FOLDER, New, exception},
    code as discords_code, is_final, private, status,
};

/// Channels that a category of Discord's holds, and a guild.
const CHILDREN: usize = 50;
const CHANNELS: usize = 500;
/// "Maximum number of server channels reached".
const TOO_MANY: isize = 30_013;
/// Discord's own limit for a name.
const NAME: usize = 100;

const EMBED_LINKS: u64 = 1 << 14;
/// What somebody reads, and what they write with.
const READS: u64 = may::VIEW_CHANNEL.bit | may::READ_MESSAGE_HISTORY.bit;
const WRITES: u64 = may::SEND_MESSAGES.bit | may::ATTACH_FILES.bit | EMBED_LINKS;
/// What the bot itself needs there.
const OWN: u64 = READS | WRITES | may::MANAGE_CHANNELS.bit;

impl Shower {
    /// Makes its channel, or finds the one that an earlier try made.
    pub(super) async fn make_channel(&self, ticket: &Ticket) -> Result<()> {
        let store = self.hub.store();
        // One at a time: two would count the same channels.
        let _turn = self.rooms.turn(ticket.guild).await;
        let all = channel::all(&self.rest, ticket.guild).await;
        let all = all.map_err(|error| Error::internal("looking for a ticket's channel", error))?;
        let (name, topic) = (self.called(ticket), format!("Ticket {} · {}", ticket.number, ticket.id));
        if ticket.tried.is_some() {
            if let Some(found) = all.iter().find(|one| one.topic.as_deref() == Some(topic.as_str())) {
                return store.ticket_has_thread(ticket, found.id.get(), &name).await;
            }
            store.ticket_has_no_thread(ticket).await?;
        }
        if all.len() >= CHANNELS {
            return self.live_in_a_thread(ticket).await;
        }
        let under = match self.folder(ticket, &all).await? {
            Folder::At(under) => under,
            Folder::Later(why) => return store.ticket_waits(ticket, &why, REFUSED).await,
        };
        let people = store.ticket_people(ticket).await?;
        let exceptions = self.exceptions(ticket, &people).await?;
        store.try_ticket_thread(ticket).await?;
        let new = New { name: &name, topic: &topic, under, exceptions: &exceptions };
        match channel::make(&self.rest, ticket.guild, &new).await {
            Ok(channel) => {
                store.ticket_has_thread(ticket, channel, &name).await?;
                self.tickets.shown();
                Ok(())
            }
            Err(error) if discords_code(&error) == Some(TOO_MANY) => self.live_in_a_thread(ticket).await,
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "a ticket has no channel");
                store.ticket_has_no_thread(ticket).await?;
                store.ticket_waits(ticket, &self.not_made(ticket, &error), REFUSED).await
            }
            Err(error) => Err(Error::internal("making a ticket's channel", error)),
        }
    }

    /// There is no room for another channel in the guild: a thread is better than nothing.
    async fn live_in_a_thread(&self, ticket: &Ticket) -> Result<()> {
        let text = format!(
            "This server has {CHANNELS} channels, as many as Discord allows: tickets get threads until there is room."
        );
        self.tickets.tell_trouble(ticket.guild, "channels", &text).await?;
        self.hub.store().ticket_lives_in(ticket, Home::Thread).await
    }

    /// The category of Discord's with room for one more: the one that was set, or one of those made after it.
    async fn folder(&self, ticket: &Ticket, all: &[Channel]) -> Result<Folder> {
        let store = self.hub.store();
        let categories = store.ticket_categories(ticket.guild).await?;
        let category = categories.into_iter().find(|one| one.id == ticket.course.category);
        let Some(under) = category.and_then(|category| category.under) else { return Ok(Folder::At(None)) };
        let standing = |id: u64| all.iter().find(|one| one.id.get() == id && one.kind == FOLDER);
        let Some(first) = standing(under) else {
            let text = format!(
                "The category of Discord's {under}, under which tickets' channels are made, is gone: they stand on top."
            );
            self.tickets.tell_trouble(ticket.guild, &format!("folder {under}"), &text).await?;
            return Ok(Folder::At(None));
        };
        let has_room = |id: u64| {
            all.iter().filter(|one| one.parent_id.is_some_and(|parent| parent.get() == id)).count() < CHILDREN
        };
        if has_room(under) {
            return Ok(Folder::At(Some(under)));
        }
        let folders = store.ticket_folders(ticket.guild, under).await?;
        for folder in &folders {
            let found = if let Some(channel) = folder.channel {
                standing(channel).map(|_| channel)
            } else {
                // It was tried, and nobody knows what came of it: one of that name that is no other's is it.
                let known = |id: u64| folders.iter().any(|one| one.channel == Some(id));
                let is_it = |one: &&Channel| {
                    one.kind == FOLDER && one.name.as_deref() == Some(folder.name.as_str()) && !known(one.id.get())
                };
                let found = all.iter().find(is_it).map(|one| one.id.get()).filter(|_| folder.tried.is_some());
                if let Some(channel) = found {
                    store.ticket_folder_stands(ticket.guild, under, folder.step, Some(channel)).await?;
                }
                found
            };
            if let Some(channel) = found.filter(|channel| has_room(*channel)) {
                return Ok(Folder::At(Some(channel)));
            }
            if found.is_none() {
                return self.make_folder(ticket, first, under, folder.step).await;
            }
        }
        let step = folders.last().map_or(2, |last| last.step + 1);
        self.make_folder(ticket, first, under, step).await
    }

    async fn make_folder(&self, ticket: &Ticket, first: &Channel, under: u64, step: i64) -> Result<Folder> {
        let (store, guild) = (self.hub.store(), ticket.guild);
        let name: String = first.name.as_deref().unwrap_or("tickets").chars().take(NAME - 4).collect();
        let name = format!("{name} {step}");
        store.try_ticket_folder(guild, under, step, &name).await?;
        // Each channel says for itself who sees it.
        let me = self.rest.me().await.user.get();
        let hidden = [exception(guild.0, false, (0, may::VIEW_CHANNEL.bit)), exception(me, true, (OWN, 0))];
        match channel::make_folder(&self.rest, guild, &name, &hidden).await {
            Ok(channel) => {
                store.ticket_folder_stands(guild, under, step, Some(channel)).await?;
                Ok(Folder::At(Some(channel)))
            }
            Err(error) if discords_code(&error) == Some(TOO_MANY) => {
                store.ticket_folder_stands(guild, under, step, None).await?;
                self.live_in_a_thread(ticket).await?;
                Ok(Folder::Later("this server has as many channels as Discord allows".to_owned()))
            }
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "there is no category for more tickets");
                store.ticket_folder_stands(guild, under, step, None).await?;
                Ok(Folder::Later(self.not_made(ticket, &error)))
            }
            Err(error) => Err(Error::internal("making a category for tickets", error)),
        }
    }

    /// Has everybody see it who is to, and nobody else.
    pub(super) async fn let_in(&self, ticket: &Ticket, channel: u64, all: &[Person]) -> Result<Step> {
        let store = self.hub.store();
        if ticket.staffed && !ticket.locked && all.iter().all(|person| person.wanted == person.there) {
            return Ok(Step::Done);
        }
        let exceptions = self.exceptions(ticket, all).await?;
        match channel::open_to(&self.rest, channel, &exceptions).await {
            Ok(()) => {}
            Err(error) if discords_code(&error) == Some(NO_CHANNEL) => {
                return self.lost(ticket, &error).await.map(|()| Step::Again);
            }
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "who sees a ticket's channel cannot be set");
                let why = match status(&error) {
                    Some(403) => {
                        "I may not say who sees its channel: it takes Manage Channels and Manage Roles".to_owned()
                    }
                    _ => self.said(ticket, &error),
                };
                return store.ticket_waits(ticket, &why, REFUSED).await.map(|()| Step::Again);
            }
            Err(error) => return Err(Error::internal("saying who sees a ticket's channel", error)),
        }
        for person in all.iter().filter(|person| person.wanted != person.there) {
            store.ticket_person_is_there(ticket, person).await?;
        }
        Ok(Step::Done)
    }

    /// Has nobody but staff write in it any more.
    pub(super) async fn shut(&self, ticket: &Ticket, channel: u64) -> Result<Step> {
        let all = self.hub.store().ticket_people(ticket).await?;
        let exceptions = self.exceptions(ticket, &all).await?;
        match channel::open_to(&self.rest, channel, &exceptions).await {
            Ok(()) => {}
            Err(error) if is_final(&error) => tracing::warn!(%error, "a closed ticket's channel cannot be shut"),
            Err(error) => return Err(Error::internal("shutting a ticket's channel", error)),
        }
        self.hub.store().ticket_is_locked(ticket, true).await.map(|()| Step::Done)
    }

    async fn exceptions(&self, ticket: &Ticket, all: &[Person]) -> Result<Vec<Value>> {
        let me = self.rest.me().await.user.get();
        let writes = if ticket.course.state == State::Closed { (READS, WRITES) } else { (READS | WRITES, 0) };
        let mut exceptions =
            vec![exception(ticket.guild.0, false, (0, may::VIEW_CHANNEL.bit)), exception(me, true, (OWN, 0))];
        for role in self.staff_roles(ticket).await? {
            exceptions.push(exception(role.0, false, (READS | WRITES, 0)));
        }
        // Staff are there by their roles.
        let others = all.iter().filter(|person| person.wanted && person.part != Part::Staff);
        exceptions.extend(others.map(|person| exception(person.user.0, true, writes)));
        Ok(exceptions)
    }

    /// What its thread or channel is called.
    pub(super) fn called(&self, ticket: &Ticket) -> String {
        let name = private::name(&Tickets::name(ticket), &self.hub.redactor(ticket.guild));
        match ticket.place {
            Home::Thread => name,
            Home::Channel => channel_name(&name),
        }
    }

    fn not_made(&self, ticket: &Ticket, error: &serenity::Error) -> String {
        match status(error) {
            Some(403) => "I may not make channels: it takes Manage Channels and Manage Roles".to_owned(),
            _ => self.said(ticket, error),
        }
    }

    /// Whether the bot itself lacks what it takes to write in a ticket's thread.
    pub(super) async fn may_not_write(&self, ticket: &Ticket) -> Result<bool> {
        let facts = self.hub.guilds().facts(ticket.guild).await?;
        let parent = facts.channel(ticket.parent);
        Ok(parent.is_none_or(|parent| facts.allowed_in(parent) & may::SEND_MESSAGES_IN_THREADS.bit == 0))
    }
}

/// Where a channel can be made.
enum Folder {
    /// Under this one; none is on top.
    At(Option<u64>),
    /// Nowhere for a while, and why.
    Later(String),
}

/// A name as Discord writes those of channels.
fn channel_name(name: &str) -> String {
    let mut written = String::new();
    for letter in name.trim_start_matches('#').chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            written.push(letter);
        } else if !written.ends_with('-') {
            written.push('-');
        }
    }
    let name: String = format!("ticket-{}", written.trim_matches('-')).chars().take(NAME).collect();
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::channel_name;

    #[test]
    fn a_channel_is_called_as_discord_writes_it() {
        assert_eq!(channel_name("#12 The invoice is wrong!"), "ticket-12-the-invoice-is-wrong");
        assert_eq!(channel_name("#3 Größe & Preis"), "ticket-3-größe-preis");
        assert_eq!(channel_name("#3 …"), "ticket-3");
    }
}
