//! How members found it: asked once, after the ticket was closed; theirs alone to say, and to say otherwise for a while.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Press, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::tickets::Ticket;

use crate::{Tickets, is_person, refuse_secrets, words};

/// What was said can be changed for so long after it was asked.
const CHANGES: Duration = Duration::from_hours(7 * 24);
/// From the best to the worst, with their stars.
const SCALE: [(i64, &str, &str); 5] = [
    (5, "★★★★★", "very good"),
    (4, "★★★★☆", "good"),
    (3, "★★★☆☆", "so-so"),
    (2, "★★☆☆☆", "bad"),
    (1, "★☆☆☆☆", "very bad"),
];

/// Say how a ticket of yours was answered, from 1 to 5 stars, and why.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RateTicket {
    /// Its number.
    pub ticket: i64,
    /// From 1 to 5.
    #[serde(default)]
    pub stars: Option<i64>,
    /// In your words.
    #[serde(default)]
    pub comment: Option<String>,
}

/// It is kept.
#[derive(Debug, Serialize)]
pub struct Said {
    ticket: i64,
    stars: Option<i64>,
    comment: Option<String>,
}

impl Action for RateTicket {
    const NAME: &'static str = "ticket.rate";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Said;

    fn plan(&self) -> String {
        match self.stars {
            Some(stars) => format!("Give ticket {} {stars} of 5 stars", self.ticket),
            None => format!("Say something about how ticket {} was answered", self.ticket),
        }
    }

    fn refusal(&self) -> String {
        "say how that ticket was answered".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        let ticket = tickets.store.ticket(actor.guild, self.ticket).await?;
        let own = is_person(actor) && ticket.is_some_and(|ticket| ticket.member == actor.user);
        Ok(Assessment { own, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Said> {
        let (actor, asked) = (permit.actor(), permit.action());
        let ticket = tickets.ticket(actor.guild, asked.ticket).await?;
        if ticket.member != actor.user {
            let sentence = "Only whose ticket it was says how it was answered. Nothing was kept.";
            return Err(Error::Busy(sentence.to_owned()));
        }
        if asked.stars.is_some_and(|stars| !(1..=5).contains(&stars)) {
            return Err(Error::Invalid("That is from 1 to 5 stars. Nothing was kept.".to_owned()));
        }
        if asked.stars.is_none() && asked.comment.is_none() {
            return Err(Error::Invalid("Nothing was said. Nothing was kept.".to_owned()));
        }
        let comment = match &asked.comment {
            Some(comment) => {
                refuse_secrets(run, comment)?;
                Some(words::text(comment, words::TEXT)?)
            }
            None => None,
        };
        if !tickets.store.rate_ticket(&ticket, actor.user, (asked.stars, comment.as_deref()), CHANGES).await? {
            return Err(Error::Busy(
                "You were not asked about that ticket, or it is longer ago than 7 days. Nothing was kept.".to_owned(),
            ));
        }
        let rating = tickets.store.ticket_rating(&ticket).await?;
        let (stars, comment) = rating.map(|rating| (rating.stars, rating.comment)).unwrap_or_default();
        Ok(Said { ticket: ticket.number, stars, comment })
    }
}

impl Tickets {
    /// What whose ticket it was is asked once it is closed.
    pub async fn rating_card(&self, ticket: &Ticket) -> Result<Card> {
        let server = match self.members.get() {
            Some(members) => members.guild_name(ticket.guild).await?,
            None => String::new(),
        };
        let mut card = Card::plain(format!("**How was ticket {}?**", ticket.number)).fact(code(&ticket.course.title));
        if !server.is_empty() {
            card = card.fact(code(server));
        }
        if let (Some(outcome), Some(reason)) = (ticket.course.outcome, &ticket.course.reason) {
            card = card.text(format!("It was closed: {}. {}", words::outcome(outcome), code(reason)));
        }
        Ok(scale(card, ticket.number).small("only staff see what you say"))
    }
}

/// Five buttons, and one for words. What comes of a press is for whoever pressed: nobody's press changes what is asked.
fn scale(mut card: Card, ticket: i64) -> Card {
    for (stars, drawn, word) in SCALE {
        let rate = RateTicket { ticket, stars: Some(stars), comment: None };
        let button = Choice::perform(stars.to_string(), &rate, Lands::Aside);
        card = card.row(format!("{drawn} {word}"), Some(button));
    }
    let action = <RateTicket as Action>::NAME.to_owned();
    let press = Press::Perform { action, arguments: json!({ "ticket": ticket, "comment": "" }), lands: Lands::Aside };
    card.choice(Choice { label: "Add a comment…".to_owned(), weight: Weight::Secondary, press })
}

impl Report for Said {
    fn card(&self) -> Card {
        let mut card = Card::ok(format!("**Kept** how ticket {} was", self.ticket));
        if let Some(stars) = self.stars {
            card = card.fact(format!("{stars} of 5"));
        }
        if let Some(comment) = &self.comment {
            card = card.code("", comment.clone());
        }
        card.text("You can say otherwise for 7 days.")
    }
}
