//! What else can be done with a ticket: a card for whoever of staff asked, alone.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    incidents::State as Going,
    tickets::{Priority, State},
};

use crate::{
    AddToTicket, AssignTicket, BlockFromTickets, Draft, DraftForTicket, EscalateTicket, LinkTicket, MoveTicket,
    NoteTicket, PrioritiseTicket, RemoveFromTicket, RenameTicket, ReplyToTicket, Tickets, words,
};

/// What a menu takes, and a line of it.
const OFFERED: usize = 25;
const LABEL: usize = 100;
/// So many incidents are looked through for those that go on.
const INCIDENTS: i64 = 100;

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
    /// Whether there is anybody who comes last, and was not called.
    escalates: bool,
    /// Incidents that go on, by number and what is wrong.
    incidents: Vec<(i64, String)>,
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
        let (guild, is_administrator) = (permit.actor().guild, permit.actor().administrator);
        let ticket = tickets.ticket(guild, permit.action().ticket).await?;
        let all = tickets.store.ticket_categories(guild).await?;
        let category = all.iter().find(|one| one.id == ticket.course.category);
        let escalates = ticket.course.escalated.is_none() && category.is_some_and(|one| one.escalate_to.is_some());
        let others = all.into_iter().filter(|one| one.id != ticket.course.category).map(|one| one.name);
        let people = tickets.store.ticket_people(&ticket).await?;
        let guests = people.iter().filter(|one| one.wanted && one.user != ticket.member).map(|one| one.user.0);
        let linked = tickets.store.incidents_of_ticket(&ticket).await?;
        let incidents = tickets.store.incidents(guild, tickets.clock.now(), INCIDENTS).await?.into_iter();
        let incidents = incidents.filter(|one| one.state == Going::Open && !linked.contains(&one.number));
        Ok(Options {
            // What is wrong is for whoever sees incidents, and staff of tickets need not.
            incidents: incidents
                .take(OFFERED)
                .map(|one| (one.number, if is_administrator { one.subject } else { String::new() }))
                .collect(),
            ticket: ticket.number,
            is_over: ticket.course.state == State::Closed,
            member: ticket.member.0,
            priority: ticket.course.priority,
            categories: others.take(OFFERED).collect(),
            guests: guests.take(OFFERED).collect(),
            escalates,
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
        let reply = json!({ "ticket": self.ticket, "text": "" });
        let mut card = card
            .row("An answer in your name", Some(form::<ReplyToTicket>("Reply…", reply)))
            .row("What Jarvis would answer; you send it or not", Some(self.drafts("Draft a reply", Draft::Reply)))
            .row("What Jarvis makes of it", Some(self.drafts("Summarise", Draft::Summary)))
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
        if self.escalates {
            let escalate = json!({ "ticket": self.ticket, "reason": "" });
            card = card.choice(form::<EscalateTicket>("Escalate…", escalate));
        }
        if !self.incidents.is_empty() {
            let line = |(number, subject): &(i64, String)| {
                let label: String = format!("incident {number} {subject}").trim_end().chars().take(LABEL).collect();
                offer(&number.to_string(), &label, Pre::Open)
            };
            let offers = Offers::Texts { of: self.incidents.iter().map(line).collect(), least: 1, most: 1 };
            card = card.menu(self.menu::<LinkTicket>("Link to an incident", "incident", offers));
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

    fn drafts(&self, label: &str, draft: Draft) -> Choice {
        Choice::perform(label, &DraftForTicket { ticket: self.ticket, draft }, Lands::Aside)
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
