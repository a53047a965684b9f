//! Has somebody open no tickets, or lets them again.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tickets, refuse_secrets, words};

/// Have a member open no tickets any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BlockFromTickets {
    /// The member's id.
    pub member: u64,
    /// Why: they read it when they try.
    pub reason: String,
}

/// Let a member open tickets again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UnblockFromTickets {
    /// The member's id.
    pub member: u64,
}

/// They may not, or may again.
#[derive(Debug, Serialize)]
pub struct Blocked {
    member: u64,
    reason: Option<String>,
}

impl Action for BlockFromTickets {
    const NAME: &'static str = "ticket.block";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Blocked;

    fn plan(&self) -> String {
        format!("Have <@{}> open no tickets, because {}", self.member, code(&self.reason))
    }

    fn refusal(&self) -> String {
        "block people from opening tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_any_staff(actor, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Blocked> {
        let (actor, asked) = (permit.actor(), permit.action());
        refuse_secrets(run, &asked.reason)?;
        let reason = words::line(&asked.reason, words::LINE)?;
        if asked.member == actor.user.0 {
            return Err(Error::Busy("That is you. Nothing was changed.".to_owned()));
        }
        tickets.store.block_from_tickets(actor.guild, UserId(asked.member), &reason, actor.user).await?;
        Ok(Blocked { member: asked.member, reason: Some(reason) })
    }
}

impl Action for UnblockFromTickets {
    const NAME: &'static str = "ticket.unblock";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Blocked;

    fn plan(&self) -> String {
        format!("Let <@{}> open tickets again", self.member)
    }

    fn refusal(&self) -> String {
        "let people open tickets again".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, tickets: &Tickets, actor: &Actor) -> Result<Assessment> {
        tickets.by_any_staff(actor, Self::RISK).await
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Blocked> {
        let (guild, member) = (permit.actor().guild, permit.action().member);
        if tickets.store.unblock_from_tickets(guild, UserId(member)).await? {
            return Ok(Blocked { member, reason: None });
        }
        Err(Error::Busy(format!("<@{member}> is not blocked here. Nothing was changed.")))
    }
}

impl Report for Blocked {
    fn card(&self) -> Card {
        match &self.reason {
            Some(reason) => Card::ok(format!("**Blocked** <@{}> from tickets", self.member))
                .fact(code(reason))
                .text("They open none, and are told why when they try. What is open stays open."),
            None => Card::ok(format!("**Unblocked** <@{}>", self.member)).text("They may open tickets again."),
        }
    }
}
