//! One step of a ticket, for whoever takes it.

use base::{Actor, Error, Result};
use store::{
    events::{Kind, NewEvent},
    tickets::{LineKind, NewLine, NewPerson, State, Ticket},
};

use crate::{
    Tickets,
    machine::{self, Press, Refused},
};

/// Whoever lost this often against others is told to look again.
const TRIES: usize = 20;

/// What is said of a step.
pub(crate) struct Says {
    /// The words, on behalf of whoever takes it.
    pub(crate) text: String,
    /// Where they are read.
    pub(crate) kind: LineKind,
    /// Who comes, and who goes.
    pub(crate) people: Vec<NewPerson>,
}

impl Says {
    pub(crate) fn step(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: LineKind::Step, people: Vec::new() }
    }
}

impl Tickets {
    /// Does what somebody wants with a ticket, if that can be. The answer is the ticket as it is then.
    pub(crate) async fn press(&self, actor: &Actor, number: i64, press: &Press, says: &Says) -> Result<Ticket> {
        let text = self.redactor.of(actor.guild).mask(&says.text).into_owned();
        let line = NewLine { kind: says.kind, by: Some(actor.user), text };
        for _ in 0..TRIES {
            let was = self.ticket(actor.guild, number).await?;
            let mut course = was.course.clone();
            machine::press(&mut course, actor.user, press, self.clock.now())
                .map_err(|refused| sentence(number, refused))?;
            let events = self.told(&was, course.state, press).map(|event| event.by(actor.user));
            let (said, events) = (std::slice::from_ref(&line), events.into_iter().collect());
            if self.store.change_ticket(&was, &course, said, &says.people, events).await? {
                self.changed.send_replace(());
                return Ok(Ticket { version: was.version + 1, course, ..was });
            }
        }
        Err(Error::Busy(format!("Others change ticket {number} just now. Nothing was changed; look again.")))
    }

    /// Writes a line about a ticket that changes nothing of how it goes.
    pub(crate) async fn tell(&self, actor: &Actor, number: i64, says: &Says) -> Result<Ticket> {
        let text = self.redactor.of(actor.guild).mask(&says.text).into_owned();
        let line = NewLine { kind: says.kind, by: Some(actor.user), text };
        for _ in 0..TRIES {
            let was = self.ticket(actor.guild, number).await?;
            if was.course.state == State::Closed {
                return Err(sentence(number, Refused::Over));
            }
            let said = std::slice::from_ref(&line);
            if self.store.change_ticket(&was, &was.course, said, &says.people, Vec::new()).await? {
                self.changed.send_replace(());
                return Ok(was);
            }
        }
        Err(Error::Busy(format!("Others change ticket {number} just now. Nothing was changed; look again.")))
    }

    /// What others hear of a step. Of whom and of what a ticket is, no log tells.
    fn told(&self, was: &Ticket, now: State, press: &Press) -> Option<NewEvent> {
        let kind = match press {
            Press::Claim => Kind::TicketClaimed,
            Press::Reopen => Kind::TicketReopened,
            Press::Close { .. } if now == State::Closed => Kind::TicketClosed,
            _ => return None,
        };
        Some(self.event(kind, was))
    }

    pub(crate) fn event(&self, kind: Kind, ticket: &Ticket) -> NewEvent {
        let number = ticket.number.to_string();
        NewEvent::in_guild(kind, ticket.guild, &self.redactor)
            .about(&format!("ticket {number}"))
            .with("ticket", &number)
    }
}

pub(crate) fn sentence(number: i64, refused: Refused) -> Error {
    let busy = |text: String| Error::Busy(format!("{text} Nothing was changed."));
    match refused {
        Refused::Over => busy(format!("Ticket {number} is closed.")),
        Refused::GoesOn => busy(format!("Ticket {number} is not closed.")),
        Refused::Taken(owner) => busy(format!("<@{owner}> has ticket {number}.")),
        Refused::Already => busy(format!("Ticket {number} is so already.")),
    }
}
