//! What others hear of a run: its row and its events, so that timelines can say that it began and how it ended.

use base::{Actor, Card, Permit, Result, Run, card::code, redact::Clean};
use store::{
    events::{Kind, NewEvent},
    outbox::{NewPost, Pings, Urgency},
    runbooks::NewRun,
};

use super::{Ran, RunRunbook, walk::Over};
use crate::{Runbooks, book::Book};
use base::Report;

impl Runbooks {
    fn event(&self, kind: Kind, permit: &Permit<RunRunbook>, run: &Run) -> NewEvent {
        let (asked, actor) = (permit.action(), permit.actor());
        let event = NewEvent::in_guild(kind, actor.guild, &self.redactor).about(asked.name.as_str()).by(actor.user);
        let texts = [
            ("runbook", Some(asked.name.as_str())),
            ("run", Some(run.reference.as_str())),
            ("reference", Some(run.reference.as_str())),
            ("incident", asked.incident.as_deref()),
            ("alert", asked.alert.as_deref()),
            ("vars", Some(asked.vars.as_str())),
        ];
        texts
            .into_iter()
            .filter_map(|(key, text)| Some((key, text?)))
            .fold(event, |event, (key, text)| event.with(key, text))
    }

    /// It begins, as far as nobody said so before.
    pub(super) async fn tell_begin(&self, permit: &Permit<RunRunbook>, run: &Run) -> Result<()> {
        let (asked, actor) = (permit.action(), permit.actor());
        let new = NewRun {
            id: permit.record().id,
            guild: actor.guild,
            runbook: asked.name.as_str(),
            reference: &run.reference,
            incident: asked.incident.as_deref(),
            alert: asked.alert.as_deref(),
            by: actor.user,
        };
        self.store.begin_runbook_run(&new, self.event(Kind::RunbookBegan, permit, run)).await.map(drop)
    }

    /// It ended like this. Past what it could do, a person is asked for where the runbook says.
    pub(super) async fn tell_end(&self, permit: &Permit<RunRunbook>, run: &Run, book: &Book, ran: &Ran) -> Result<()> {
        let actor = permit.actor();
        let detail =
            ran.steps.iter().rev().find(|line| line.is_wrong()).map(super::walk::Line::text).unwrap_or_default();
        let detail = run.redactor().mask(&detail).into_owned();
        let mut events = vec![
            self.event(Kind::RunbookEnded, permit, run).with("outcome", ran.over.as_str()).with("detail", &detail),
        ];
        let escalated = matches!(ran.over, Over::Escalated(_));
        if escalated {
            events.push(self.event(Kind::RunbookEscalated, permit, run).with("detail", &detail));
        }
        let id = permit.record().id.to_string();
        // Posted first: a kill in between says it once more under the same key, which says nothing.
        let card = ran.card().small(format!("ref {}", run.reference));
        let ops = self.store.guild_settings(actor.guild).await?.ops_channel;
        if permit.action().alert.is_some()
            && let Some(channel) = permit.action().channel.or(ops)
        {
            let card = card.clone().small(format!("{} for {}", by(actor), actor.mention())).redacted(run.redactor());
            self.say(actor, channel, &format!("runbook {id}"), Urgency::Result, &card).await?;
        }
        if escalated && let Some(channel) = book.escalates_to.or(ops) {
            let title = format!("**A person is needed** after runbook {}", code(&book.name));
            let card = Card::attention(title)
                .text(&detail)
                .text("It could not help, and does nothing more.")
                .small(format!("ref {}", run.reference))
                .redacted(run.redactor());
            self.say(actor, channel, &format!("runbook escalated {id}"), Urgency::Urgent, &card).await?;
        }
        self.store.end_runbook_run((actor.guild, &id), ran.over.as_str(), &detail, events).await.map(drop)
    }

    pub(crate) async fn say(
        &self,
        actor: &Actor,
        channel: u64,
        key: &str,
        urgency: Urgency,
        card: &Clean<Card>,
    ) -> Result<()> {
        let (guild, pings) = (actor.guild, Pings::default());
        self.store.post(NewPost { guild, channel, key, urgency, card, answers: None, pings }).await.map(drop)
    }
}

fn by(actor: &Actor) -> String {
    code(actor.agent.as_deref().unwrap_or("runbook"))
}
