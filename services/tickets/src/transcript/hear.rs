//! Hears what is said in tickets' threads, and writes it down without secrets.

use base::{GuildId, Result};
use store::tickets::{NewMessage, Reacted, State, Ticket};

use crate::Tickets;

impl Tickets {
    /// Somebody wrote in a channel, or changed what they wrote.
    pub async fn written(&self, guild: GuildId, thread: u64, new: NewMessage) -> Result<()> {
        match self.heard_in(guild, thread).await? {
            Some(ticket) => self.keep(&ticket, vec![new]).await,
            None => Ok(()),
        }
    }

    /// Something of a message changed, and nobody heard what: it is read again.
    pub async fn changed(&self, guild: GuildId, thread: u64, message: u64) -> Result<()> {
        match self.heard_in(guild, thread).await? {
            Some(ticket) => self.store.ticket_message_is_partial(&ticket, message).await,
            None => Ok(()),
        }
    }

    /// Messages of a channel were deleted.
    pub async fn deleted(&self, guild: GuildId, thread: u64, messages: &[u64]) -> Result<()> {
        match self.heard_in(guild, thread).await? {
            Some(ticket) => self.store.ticket_messages_are_gone(&ticket, messages).await,
            None => Ok(()),
        }
    }

    /// Somebody reacted to a message, or no longer.
    pub async fn reacted(&self, guild: GuildId, thread: u64, message: u64, reacted: &Reacted) -> Result<()> {
        match self.heard_in(guild, thread).await? {
            Some(ticket) => self.store.react_in_ticket(&ticket, message, reacted).await,
            None => Ok(()),
        }
    }

    /// The ticket in whose thread something is heard. Of most channels there is none, which an index says.
    async fn heard_in(&self, guild: GuildId, thread: u64) -> Result<Option<Ticket>> {
        let Some(ticket) = self.store.ticket_in(guild, thread).await? else { return Ok(None) };
        // What is forgotten is not filled again.
        let is_over = ticket.course.state == State::Closed && ticket.forgotten.is_some();
        Ok((!is_over && self.is_on(guild).await?).then_some(ticket))
    }

    /// Writes messages down.
    pub(super) async fn keep(&self, ticket: &Ticket, new: Vec<NewMessage>) -> Result<()> {
        let redactor = self.redactor.of(ticket.guild);
        let mask = |text: &mut String| *text = redactor.mask(text).into_owned();
        let clean = new.into_iter().map(|mut one| {
            one.says = one.says.map(mask);
            mask(&mut one.name);
            one.files.iter_mut().for_each(|file| mask(&mut file.name));
            one
        });
        self.store.hear_in_ticket(ticket, &clean.collect::<Vec<_>>()).await
    }
}
