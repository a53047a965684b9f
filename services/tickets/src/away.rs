//! Whose ticket it is leaves the guild, is banned, or comes back: staff are told once, and nobody waits for who is not there.

use base::{GuildId, Result, UserId};
use store::tickets::{Away, LineKind, NewLine, NewPerson, Part, Ticket};

use crate::{Tickets, machine};

/// Whoever lost this often against others comes again.
const TRIES: usize = 20;

impl Tickets {
    /// Somebody is no longer in a guild.
    pub async fn left(&self, guild: GuildId, user: UserId, away: Away) -> Result<()> {
        for ticket in self.store.tickets_of_member(guild, user).await? {
            self.change_away(guild, ticket.number, Some(away)).await?;
        }
        Ok(())
    }

    /// Somebody is in a guild again.
    pub async fn came(&self, guild: GuildId, user: UserId) -> Result<()> {
        for ticket in self.store.tickets_of_member(guild, user).await? {
            self.change_away(guild, ticket.number, None).await?;
        }
        Ok(())
    }

    async fn change_away(&self, guild: GuildId, number: i64, away: Option<Away>) -> Result<()> {
        for _ in 0..TRIES {
            let Some(was) = self.store.ticket(guild, number).await? else { return Ok(()) };
            let mut course = was.course.clone();
            let is_news = match away {
                Some(away) => machine::left(&mut course, away),
                None => machine::came(&mut course, self.clock.now()),
            };
            if !is_news {
                return Ok(());
            }
            // Discord takes whoever leaves out of every thread: they are brought in again when they are back.
            let people = [NewPerson { user: was.member, part: away.is_none().then_some(Part::Member) }];
            if self.store.change_ticket(&was, &course, &[line(&was, away)], &people, Vec::new()).await? {
                self.changed.send_replace(());
                return Ok(());
            }
        }
        tracing::warn!(ticket.number = number, "who left or came was not noted: it changes all the time");
        Ok(())
    }
}

fn line(was: &Ticket, away: Option<Away>) -> NewLine {
    let member = was.member;
    let (kind, text) = match away {
        Some(Away::Left) => (
            LineKind::Late,
            format!("<@{member}> left the server. Nobody is waited for; they are brought in again if they come back."),
        ),
        Some(Away::Banned) => {
            (LineKind::Late, format!("<@{member}> is banned. The ticket goes on until staff close it."))
        }
        None => (LineKind::Said, format!("<@{member}> is back.")),
    };
    NewLine { kind, by: None, text }
}
