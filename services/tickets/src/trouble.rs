//! What goes wrong around tickets: told once in the ops channel and as an event, and no longer known once it is right.
//!
//! **Invariant:** it is told before it is noted on the ticket, and told once, so a kill between the two leaves nothing out.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use base::{
    Card, GuildId, Result, RoleId,
    card::{Choice, Lands, Weight},
};
use store::{
    events::{Kind, NewEvent},
    tickets::{Category, NewTrouble, Place, Report, RolePart, State, Ticket, Trouble},
};
use tokio::sync::Notify;

use crate::{CloseTicket, RenewTicket, Tickets};

/// More that lost their places at once are one report.
const EACH: usize = 3;
/// So many of them are named.
const NAMED: usize = 20;

/// Guilds, and threads of theirs, that are to be looked at before their time.
#[derive(Default)]
pub(crate) struct Nudged {
    wanted: Mutex<BTreeSet<(GuildId, Option<u64>)>>,
    notify: Notify,
}

impl Tickets {
    /// Something changed in a guild, maybe with this thread or channel: it is looked at soon.
    pub fn nudge(&self, guild: GuildId, thread: Option<u64>) {
        self.nudged.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert((guild, thread));
        self.nudged.notify.notify_one();
    }

    /// Waits until something is to be looked at before its time.
    pub async fn nudged(&self) {
        self.nudged.notify.notified().await;
    }

    /// What that is; nothing of it is kept.
    pub fn take_nudged(&self) -> BTreeSet<(GuildId, Option<u64>)> {
        std::mem::take(&mut self.nudged.wanted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells of something that is wrong, once while it lasts.
    pub async fn tell_trouble(&self, guild: GuildId, about: &str, text: &str) -> Result<()> {
        self.report(guild, about, text, Card::attention("**Tickets** need a look").text(text.to_owned())).await
    }

    /// It is right again. What waited for it is tried at once.
    pub async fn end_trouble(&self, guild: GuildId, about: &str) -> Result<()> {
        if self.store.end_ticket_trouble(guild, about).await? {
            self.store.hasten_tickets(guild).await?;
            self.changed.send_replace(());
        }
        Ok(())
    }

    /// A role that was deleted, as was told, answers a category no more.
    pub async fn forget_role(&self, guild: GuildId, category: &Category, role: RoleId) -> Result<()> {
        self.store.remove_ticket_role(guild, category, role, RolePart::Staff).await
    }

    /// What is wrong in a guild.
    pub async fn troubles(&self, guild: GuildId) -> Result<Vec<Trouble>> {
        self.store.ticket_troubles(guild).await
    }

    /// The threads and channels of these are gone, as Discord itself says.
    pub async fn lost(&self, guild: GuildId, gone: &[Ticket]) -> Result<()> {
        let going_on: Vec<&Ticket> = gone.iter().filter(|ticket| ticket.course.state != State::Closed).collect();
        if going_on.len() > EACH {
            let numbers: Vec<String> = going_on.iter().take(NAMED).map(|one| one.number.to_string()).collect();
            let more = if going_on.len() > NAMED { " and more" } else { "" };
            let text = format!(
                "{} tickets lost their threads or channels: {}{more}. They are kept; `/ticket renew` gives one a new place.",
                going_on.len(),
                numbers.join(", ")
            );
            self.tell_trouble(guild, &format!("lost {}", numbers.join(" ")), &text).await?;
        } else {
            for ticket in going_on {
                let (text, card) = (gone_text(ticket), gone_card(ticket));
                self.report(guild, &about(ticket), &text, card).await?;
            }
        }
        for ticket in gone {
            let Some(thread) = ticket.thread else { continue };
            if self.store.ticket_is_lost(ticket, thread, what(ticket)).await? {
                self.changed.send_replace(());
            }
        }
        Ok(())
    }

    async fn report(&self, guild: GuildId, about: &str, text: &str, card: Card) -> Result<()> {
        let channel = self.store.guild_settings(guild).await?.ops_channel;
        let card = card.lasting().redacted(&self.redactor.of(guild));
        let report = channel.map(|channel| Report { channel, card: &card });
        let event = NewEvent::in_guild(Kind::TicketTrouble, guild, &self.redactor).about(text);
        let new = NewTrouble { guild, about, text };
        self.store.tell_ticket_trouble(new, report, event).await.map(drop)
    }
}

/// Under which word a ticket's own trouble is known.
pub(crate) fn about(ticket: &Ticket) -> String {
    format!("ticket {}", ticket.number)
}

/// What became of its place.
fn what(ticket: &Ticket) -> &'static str {
    match ticket.place {
        Place::Thread => "Its thread was deleted",
        Place::Channel => "Its channel was deleted",
    }
}

fn gone_text(ticket: &Ticket) -> String {
    let place = if ticket.place == Place::Thread { "thread" } else { "channel" };
    format!("The {place} of ticket {} was deleted. The ticket is kept.", ticket.number)
}

fn gone_card(ticket: &Ticket) -> Card {
    let number = ticket.number;
    let renew = Choice::perform("Open it anew", &RenewTicket { ticket: number }, Lands::Aside);
    let close = CloseTicket { ticket: number, outcome: None, reason: None };
    Card::attention(format!("**Ticket {number}** has no place"))
        .text(gone_text(ticket))
        .text(format!("It is of <@{}>. What was said in it is gone; what was asked is not.", ticket.member))
        .choice(renew.weigh(Weight::Primary))
        .choice(Choice::perform("Close…", &close, Lands::Aside))
}
