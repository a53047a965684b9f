//! Hears who speaks in tickets, and does what the time asks for.

use std::{sync::Arc, time::Duration};

use base::{GuildId, Millis, Result, RoleId, UserId};
use store::{
    events::Kind,
    tickets::{LineKind, NewLine, NewPerson, Part, State, Ticket},
};
use tokio::time::MissedTickBehavior;

use crate::{
    Tickets,
    machine::{self, Brought, Speaker, Step, Target},
};

/// How late something that time asks for may be.
const TICK: Duration = Duration::from_secs(1);
/// As many are done at a time.
const AT_ONCE: i64 = 200;
/// Whoever lost this often against others comes again.
const TRIES: usize = 20;

impl Tickets {
    /// Somebody wrote in a channel. Where that is a ticket's thread, who spoke last decides whose turn it is.
    pub async fn heard(&self, guild: GuildId, thread: u64, by: UserId, message: u64) -> Result<()> {
        for _ in 0..TRIES {
            let Some(was) = self.store.ticket_in(guild, thread).await? else { return Ok(()) };
            let Some(speaker) = self.speaker(&was, by).await? else { return Ok(()) };
            if !self.is_on(guild).await? {
                return Ok(());
            }
            let mut course = was.course.clone();
            if !machine::spoke(&mut course, speaker, message, self.clock.now()) {
                // Whoever writes into a thread that was put away has it back.
                return if was.asleep.is_some() { self.store.ticket_sleeps(&was, None).await } else { Ok(()) };
            }
            let reopened = was.course.state == State::Resolved;
            let events = reopened.then(|| self.event(Kind::TicketReopened, &was).by(by));
            let said = reopened.then(|| NewLine {
                kind: LineKind::Said,
                by: Some(by),
                text: "says that it goes on".to_owned(),
            });
            let said: Vec<NewLine> = said.into_iter().collect();
            if self.store.change_ticket(&was, &course, &said, &[], events.into_iter().collect()).await? {
                self.changed.send_replace(());
                return Ok(());
            }
        }
        tracing::warn!(ticket.thread = thread, "who spoke in a ticket was not noted: it changes all the time");
        Ok(())
    }

    /// As whom somebody speaks; none where they were only brought along.
    async fn speaker(&self, ticket: &Ticket, by: UserId) -> Result<Option<Speaker>> {
        if by == ticket.member {
            return Ok(Some(Speaker::Member));
        }
        let people = self.store.ticket_people(ticket).await?;
        let part = people.iter().find(|person| person.user == by).map(|person| person.part);
        // Whoever else is in a private thread answers.
        Ok((part != Some(Part::Guest)).then_some(Speaker::Staff(by)))
    }

    /// Does what is due, for ever. Only for the process that has the gateway.
    pub async fn follow(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.keep_time().await {
                tracing::warn!("tickets wait: {error}");
            }
        }
    }

    async fn keep_time(&self) -> Result<()> {
        if self.store.tell_resolved_incidents().await? > 0 {
            self.changed.send_replace(());
        }
        for was in self.store.tickets_due(self.clock.now(), AT_ONCE).await? {
            if !self.is_on(was.guild).await? {
                continue;
            }
            let mut course = was.course.clone();
            let brought = machine::tick(&mut course, self.clock.now());
            let said: Vec<NewLine> = brought.iter().map(|one| line(*one, &was)).collect();
            let events = brought.iter().filter_map(|one| Some(self.event(kind(*one, &was)?, &was))).collect();
            let is_last = |one: &Brought| matches!(one, Brought::Late(_, Step::Escalate));
            let people = if brought.iter().any(is_last) { self.last_of(&was).await } else { Vec::new() };
            // Whoever was faster changed it, and then it is looked at again.
            if self.store.change_ticket(&was, &course, &said, &people, events).await? {
                self.changed.send_replace(());
            }
        }
        Ok(())
    }
}

impl Tickets {
    /// The role whose holders come last.
    pub async fn comes_last(&self, ticket: &Ticket) -> Result<Option<RoleId>> {
        Ok(self.category_of(ticket).await?.and_then(|category| category.escalate_to))
    }

    /// Those who come last, by name: a role that nobody may mention calls nobody.
    pub async fn called_last(&self, ticket: &Ticket) -> Vec<UserId> {
        self.last_of(ticket).await.into_iter().map(|person| person.user).collect()
    }

    /// Those who come last, as they come in. Where Discord does not tell who they are, their role is called all the same.
    pub(crate) async fn last_of(&self, ticket: &Ticket) -> Vec<NewPerson> {
        let role = self.comes_last(ticket).await.unwrap_or_default();
        let (Some(role), Some(members)) = (role, self.members.get()) else { return Vec::new() };
        let holders = members.holders(ticket.guild, vec![role]).await.unwrap_or_else(|error| {
            tracing::warn!(ticket.number = ticket.number, "who comes last is not known: {error}");
            Vec::new()
        });
        holders.into_iter().map(|user| NewPerson { user, part: Some(Part::Staff) }).collect()
    }
}

/// What others hear of what the time brought.
fn kind(brought: Brought, was: &Ticket) -> Option<Kind> {
    match brought {
        Brought::Closed | Brought::Left => Some(Kind::TicketClosed),
        Brought::Late(target, _) => {
            let steps = match target {
                Target::Answer => was.course.answer_steps,
                Target::Solution => was.course.solve_steps,
            };
            (steps.taken == 0).then_some(Kind::TicketLate)
        }
        Brought::Warned => None,
    }
}

/// What is said of what the time brought.
fn line(brought: Brought, was: &Ticket) -> NewLine {
    let since = |by: Option<Millis>| by.map(|by| format!(", due {}", by.relative())).unwrap_or_default();
    let (kind, text) = match brought {
        Brought::Closed => (LineKind::Said, "closed: the member did not say otherwise".to_owned()),
        Brought::Warned => {
            let idle = was.course.idle_for.map(base::measure::age).unwrap_or_default();
            (LineKind::Said, format!("Staff wait for you. In {idle} it closes by itself, unless you say something."))
        }
        Brought::Left => (LineKind::Said, "closed: no answer came".to_owned()),
        Brought::Late(target, step) => {
            let kind = match step {
                Step::Remind => LineKind::Reminded,
                Step::Ping => LineKind::Late,
                Step::Escalate => LineKind::Escalated,
            };
            let still = if step == Step::Remind { "" } else { "Still: " };
            let (what, by) = match target {
                Target::Answer => ("Nobody has answered yet", was.course.answer_by),
                Target::Solution => ("It is not solved yet", was.course.solve_by),
            };
            (kind, format!("{still}{what}{}.", since(by)))
        }
    };
    NewLine { kind, by: None, text }
}
