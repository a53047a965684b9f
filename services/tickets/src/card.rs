//! A ticket's face: how it stands, whose turn it is, how long there is left; then what was asked, and what can be done.

use base::{
    Card, Result,
    card::{Choice, Lands, Tone, Weight, code},
};
use store::tickets::{Away, Line, LineKind, State, Ticket};

use crate::{ClaimTicket, CloseTicket, ReopenTicket, TicketOptions, Tickets, words};

impl Tickets {
    /// The face of a ticket, as it stands in its thread.
    pub async fn card(&self, ticket: &Ticket) -> Result<Card> {
        Ok(buttons(self.face(ticket).await?, ticket).lasting())
    }

    /// The same without its buttons.
    pub(crate) async fn face(&self, ticket: &Ticket) -> Result<Card> {
        let category = self.category_of(ticket).await?.map(|category| category.name);
        let incidents = self.store.incidents_of_ticket(ticket).await?;
        Ok(self.standing(ticket, category, &incidents))
    }

    fn standing(&self, ticket: &Ticket, category: Option<String>, incidents: &[i64]) -> Card {
        let course = &ticket.course;
        let mut card = Card::new(tone(ticket), format!("**Ticket {}** {}", ticket.number, code(&course.title)))
            .fact(words::state(course.state))
            .fact(words::priority(course.priority))
            .fact(course.owner.map_or("nobody has it".to_owned(), |owner| format!("<@{owner}> has it")));
        let times = [("first answer", course.answer_by), ("solution", course.solve_by)];
        let now = self.clock.now();
        let times = times.into_iter().filter_map(|(what, by)| {
            let by = by?;
            let verb = if by < now { "was due" } else { "due" };
            Some(format!("{what} {verb} {}", by.relative()))
        });
        let times: Vec<String> = times.collect();
        if !times.is_empty() {
            card = card.text(times.join(" · "));
        }
        if let (Some(escalated), true) = (course.escalated, course.state != State::Closed) {
            card = card.text(format!("escalated {}", escalated.relative()));
        }
        if let (State::Resolved, Some(closes)) = (course.state, course.closes) {
            card = card.text(format!(
                "<@{}>, is it? It closes {} unless you say otherwise.",
                ticket.member,
                closes.relative()
            ));
        }
        if let (Some(outcome), Some(reason)) = (course.outcome, &course.reason) {
            let by = course.ended_by.map(|by| format!(" · <@{by}>")).unwrap_or_default();
            card = card.text(format!("{}{by}: {}", words::outcome(outcome), code(reason)));
        }
        match course.away {
            Some(Away::Left) => card = card.text(format!("! <@{}> left the server.", ticket.member)),
            Some(Away::Banned) => card = card.text(format!("! <@{}> is banned.", ticket.member)),
            None => {}
        }
        let from = format!("opened by <@{}> {}", ticket.member, course.opened.relative());
        let mut about = vec![category.map_or("of a category that is gone".to_owned(), code), from];
        about.extend(ticket.about.as_deref().map(|link| format!("[the message]({link})")));
        about.extend(incidents.iter().map(|number| format!("incident {number}")));
        card = card.text(about.join(" · "));
        for one in &ticket.answers {
            card = card.text(format!("**{}**", one.question)).code("", one.answer.clone());
        }
        card
    }
}

fn tone(ticket: &Ticket) -> Tone {
    match ticket.course.state {
        State::Open | State::WaitingStaff => Tone::Attention,
        State::WaitingMember | State::Resolved => Tone::Working,
        State::Closed => Tone::Ok,
    }
}

/// In the thread, what comes of a press is seen on the card itself.
fn buttons(card: Card, ticket: &Ticket) -> Card {
    let number = ticket.number;
    let close = CloseTicket { ticket: number, outcome: None, reason: None };
    let options = Choice::perform("More", &TicketOptions { ticket: number }, Lands::Aside);
    let reopen = |label: &str| Choice::perform(label, &ReopenTicket { ticket: number }, Lands::Nowhere);
    match ticket.course.state {
        State::Closed => card.choice(reopen("Reopen")),
        State::Resolved => {
            let (outcome, reason) = (ticket.course.outcome, ticket.course.reason.clone());
            let yes = CloseTicket { ticket: number, outcome, reason };
            card.choice(Choice::perform("Yes, close it", &yes, Lands::Nowhere).weigh(Weight::Primary))
                .choice(reopen("Not yet"))
                .choice(options)
        }
        _ => {
            let claim = Choice::perform("Claim", &ClaimTicket { ticket: number }, Lands::Nowhere);
            let card = if ticket.course.owner.is_none() { card.choice(claim.weigh(Weight::Primary)) } else { card };
            card.choice(Choice::perform("Close…", &close, Lands::Nowhere)).choice(options)
        }
    }
}

/// What is said in a ticket's thread.
pub fn said(ticket: &Ticket, line: &Line) -> Card {
    let who = line.by.map(|by| format!("<@{by}> ")).unwrap_or_default();
    if line.kind == LineKind::Reply {
        return Card::plain(format!("{who}answers")).text(line.text.clone()).small(line.at.relative());
    }
    let is_late = matches!(line.kind, LineKind::Reminded | LineKind::Late | LineKind::Escalated);
    let tone = if is_late { Tone::Attention } else { Tone::Quiet };
    let card = Card::new(tone, format!("**Ticket {}**", ticket.number)).text(format!("{who}{}", line.text));
    card.small(line.at.relative())
}
