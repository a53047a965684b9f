//! Closes a ticket, with what became of it and why; the member is asked first where its category wants that.

use base::{Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{LineKind, Outcome, State};

use crate::{Tickets, desk::step::Says, is_person, machine::Press, refuse_secrets, words};

/// Close a ticket, with what became of it and why.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CloseTicket {
    /// Its number.
    pub ticket: i64,
    /// What became of it; a form asks where that is not said.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Why: the member reads it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// It is over, or the member is asked whether it is.
#[derive(Debug, Serialize)]
pub struct Closed {
    ticket: i64,
    title: String,
    outcome: Outcome,
    reason: String,
    /// Until when the member is asked, in milliseconds since 1970; none where it is over.
    asked_until_ms: Option<i64>,
}

impl Action for CloseTicket {
    const NAME: &'static str = "ticket.close";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Closed;

    fn plan(&self) -> String {
        format!("Close ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "close that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        let ticket = tickets.store.ticket(actor.guild, self.ticket).await?;
        // Whose it is may say that they were helped.
        if is_person(actor) && ticket.is_some_and(|ticket| ticket.member == actor.user) {
            return Ok(Assessment { own: true, ..Assessment::of(Self::RISK) });
        }
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Closed> {
        let (actor, asked) = (permit.actor(), permit.action());
        let nothing = || Error::Invalid("Say why it is closed: the member reads it. Nothing was changed.".to_owned());
        let typed = asked.reason.as_deref().ok_or_else(nothing)?;
        refuse_secrets(run, typed)?;
        let reason = words::text(typed, words::TEXT)?;
        let outcome = asked.outcome.unwrap_or(Outcome::Solved);
        let was = tickets.ticket(actor.guild, asked.ticket).await?;
        // Nobody is asked what they say themselves.
        let category = if was.member == actor.user { None } else { tickets.category_of(&was).await? };
        let ask = category.and_then(|category| category.ask_for);
        let press = Press::Close { outcome, reason: reason.clone(), ask };
        let verb = if ask.is_some() && was.course.state != State::Resolved { "holds it to be" } else { "closed it:" };
        let text = format!("{verb} {}. {}", words::outcome(outcome), code(&reason));
        let says = Says { kind: LineKind::Said, ..Says::step(text) };
        let ticket = tickets.press(actor, asked.ticket, &press, &says).await?;
        let asked_until_ms = ticket.course.closes.map(|closes| closes.0);
        Ok(Closed { ticket: asked.ticket, title: ticket.course.title, outcome, reason, asked_until_ms })
    }
}

impl Report for Closed {
    fn card(&self) -> Card {
        let card = match self.asked_until_ms {
            None => Card::ok(format!("**Closed** ticket {}", self.ticket)).fact(words::outcome(self.outcome)),
            Some(until) => Card::attention(format!("**Asked** whether ticket {} is over", self.ticket))
                .fact(words::outcome(self.outcome))
                .text(format!("It closes {} unless the member says otherwise.", Millis(until).relative())),
        };
        card.fact(code(&self.title)).text(code(&self.reason))
    }
}
