//! What else can be done with a ticket: a card for whoever of staff asked, alone.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::tickets::{Priority, State};

use crate::{
    AddToTicket, AssignTicket, BlockFromTickets, MoveTicket, NoteTicket, PrioritiseTicket, RemoveFromTicket,
    RenameTicket, Tickets, words,
};

/// What a menu takes.
const OFFERED: usize = 25;

/// Show what else can be done with a ticket.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TicketOptions {
    /// Its number.
    pub ticket: i64,
}

/// What can be done.
#[derive(Debug, Serialize)]
pub struct Options {
    ticket: i64,
    title: String,
    is_over: bool,
    member: u64,
    priority: Priority,
    /// Others than its own.
    categories: Vec<String>,
    /// Who was brought along.
    guests: Vec<u64>,
}

impl Action for TicketOptions {
    const NAME: &'static str = "ticket.options";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Options;

    fn plan(&self) -> String {
        format!("Show what can be done with ticket {}", self.ticket)
    }

    fn refusal(&self) -> String {
        "work on that ticket".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_staff(actor, self.ticket, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Options> {
        let guild = permit.actor().guild;
        let ticket = tickets.ticket(guild, permit.action().ticket).await?;
        let all = tickets.store.ticket_categories(guild).await?;
        let others = all.into_iter().filter(|one| one.id != ticket.course.category).map(|one| one.name);
        let people = tickets.store.ticket_people(&ticket).await?;
        let guests = people.iter().filter(|one| one.wanted && one.user != ticket.member).map(|one| one.user.0);
        Ok(Options {
            ticket: ticket.number,
            is_over: ticket.course.state == State::Closed,
            member: ticket.member.0,
            priority: ticket.course.priority,
            categories: others.take(OFFERED).collect(),
            guests: guests.take(OFFERED).collect(),
            title: ticket.course.title,
        })
    }
}

impl Report for Options {
    fn card(&self) -> Card {
        let card = Card::plain(format!("**Ticket {}**", self.ticket)).fact(code(&self.title));
        if self.is_over {
            return card.text("It is closed. `/ticket reopen` opens it again.");
        }
        let note = json!({ "ticket": self.ticket, "text": "" });
        let rename = json!({ "ticket": self.ticket, "title": "" });
        let block = json!({ "member": self.member, "reason": "" });
        let mut card = card
            .menu(self.menu::<PrioritiseTicket>("Priority", "priority", self.priorities()))
            .menu(self.menu::<AssignTicket>("Assign to", "to", Offers::Person))
            .menu(self.menu::<AddToTicket>("Bring somebody along", "person", Offers::Person));
        if !self.guests.is_empty() {
            card = card.menu(self.menu::<RemoveFromTicket>("Have somebody leave", "person", Offers::Person));
        }
        if !self.categories.is_empty() {
            let of = self.categories.iter().map(|name| offer(name, name, Pre::Open)).collect();
            let offers = Offers::Texts { of, least: 1, most: 1 };
            card = card.menu(self.menu::<MoveTicket>("Move to another category", "category", offers));
        }
        card.choice(form::<RenameTicket>("Rename…", rename))
            .choice(form::<NoteTicket>("Note…", note))
            .choice(form::<BlockFromTickets>("Block the member…", block).weigh(Weight::Danger))
    }
}

impl Options {
    fn priorities(&self) -> Offers {
        let of = Priority::ALL.iter().map(|priority| {
            let pre = if *priority == self.priority { Pre::Chosen } else { Pre::Open };
            offer(priority.as_str(), words::priority(*priority), pre)
        });
        Offers::Texts { of: of.collect(), least: 1, most: 1 }
    }

    fn menu<A: Action>(&self, placeholder: &str, field: &str, offers: Offers) -> Menu {
        let (arguments, field) = (json!({ "ticket": self.ticket }), field.to_owned());
        let pick = Pick { action: A::NAME.to_owned(), arguments, field, name: None, lands: Lands::Aside };
        Menu { placeholder: placeholder.to_owned(), offers, pick }
    }
}

fn offer(value: &str, label: &str, chosen: Pre) -> Offer {
    Offer { value: value.to_owned(), label: label.to_owned(), description: String::new(), chosen }
}

/// A button whose last field is asked for in a form.
fn form<A: Action>(label: &str, arguments: Value) -> Choice {
    let press = base::card::Press::Perform { action: A::NAME.to_owned(), arguments, lands: Lands::Aside };
    Choice { label: label.to_owned(), weight: Weight::Secondary, press }
}
