//! Shows an action being done, from the acknowledgement to its last word.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use base::{
    Action, Actor, Card, Error, GuildId, Millis,
    action::Ending,
    card::{Answer, Choice, Lands, Press, Weight},
    gate::{Record, Waiting},
};
use hub::{Ended, Hub, Outcome, Performing, Progress, running::CancelRun};
use poise::serenity_prelude as serenity;
use serde::Serialize;

use crate::{
    Context, Result,
    asked::{Asked, Opening, Place, Seen, status},
    face::{self, Face},
};

/// Half of Discord's 3 s: by then it is acknowledged, whatever the database does.
const ACKNOWLEDGE_BY: Duration = Duration::from_millis(1_500);
/// What ends sooner shows only how it ended; what does not already has something to show by then.
const FIRST_LOOK: Duration = Duration::from_millis(300);
/// The last word of something is tried again after this long at most, for as long as the process lives.
const LAST_WORD_AGAIN: Duration = Duration::from_secs(30);

/// What a slash command's body says.
pub(crate) trait Perform {
    /// Performs an action as the person who typed the command, and shows it.
    async fn perform<A: Action>(self, action: A) -> Result;
    /// The interaction itself.
    fn asked(&self) -> Result<Asked>;
    /// What a person typed, as what it must be. A secret among it is not even looked at: what is said of it would be a part
    /// of it, tidied or cut, that nothing recognises any more.
    fn read<T: FromStr<Err = Error>>(&self, typed: &str) -> Result<T>;
}

impl Perform for Context<'_> {
    async fn perform<A: Action>(self, action: A) -> Result {
        let asked = self.asked()?;
        let hub = &self.data().hub;
        let performing = hub.perform(asked.actor.clone(), action);
        show(asked, hub, performing, Opening::Message).await;
        Ok(())
    }

    fn asked(&self) -> Result<Asked> {
        Asked::command(self.interaction, &self.serenity_context().http)
            .ok_or_else(|| Error::Invalid("That works in a server's channels only, not in direct messages.".to_owned()))
    }

    fn read<T: FromStr<Err = Error>>(&self, typed: &str) -> Result<T> {
        let guild = self.asked()?.actor.guild;
        if self.data().hub.redactor(guild).finds(typed) { Err(holds_a_secret()) } else { typed.parse() }
    }
}

/// Refuses what would be kept or repeated with a secret in it.
pub(crate) fn refuse_secrets(hub: &Hub, guild: GuildId, action: &impl Serialize) -> Result {
    let typed = serde_json::to_value(action).map_err(|error| Error::internal("reading what was typed", error))?;
    if hub.redactor(guild).mask_json(typed.clone()) == typed { Ok(()) } else { Err(holds_a_secret()) }
}

fn holds_a_secret() -> Error {
    Error::Invalid(
        "One of the options holds a secret, and options are seen by others. Secrets are typed into forms only. Nothing was \
         done."
            .to_owned(),
    )
}

/// Shows an action until it has ended. Errors of Discord's are logged: there is nobody left to tell.
pub(crate) async fn show(asked: Asked, hub: &Hub, mut performing: Performing, opening: Opening) {
    let _held = hub.hold();
    let mut face = Face::new(hub);
    let progress = performing.progress.clone();
    let first = tokio::select! {
        biased;
        ended = performing.ended() => Some(ended),
        () = on_record(progress) => None,
        () = tokio::time::sleep(ACKNOWLEDGE_BY) => None,
    };
    if let Some(ended) = first {
        let record = ended.record.clone();
        answer_at_once(&asked, hub, &mut face, ended, opening).await;
        return answered(hub, record.as_ref()).await;
    }
    if let Err(error) = asked.acknowledge(opening).await {
        // It goes on all the same: the audit row tells how it ended.
        tracing::warn!(%error, "could not acknowledge an interaction");
    }
    let mut watch = Watch { asked, hub, face, opening, place: None, began: hub.clock().now() };
    let ended = watch.follow(&mut performing).await;
    watch.last_word(ended).await;
}

async fn on_record(mut progress: tokio::sync::watch::Receiver<Progress>) {
    if progress.wait_for(|progress| *progress != Progress::Checking).await.is_err() {
        // Its task has ended: `ended` answers next.
        std::future::pending::<()>().await;
    }
}

/// It ended before it was acknowledged: mostly a refusal, for the person alone, or a question.
async fn answer_at_once(asked: &Asked, hub: &Hub, face: &mut Face, ended: Ended, opening: Opening) {
    let (card, seen) = match ended.outcome {
        Outcome::Failed(error) => return asked.refuse(&error, ended.record.as_ref(), hub).await,
        Outcome::Waits(waiting) => (question(&waiting), Seen::ByAll),
        Outcome::Done { card, .. } if opening == Opening::Nothing => {
            tracing::debug!(title = card.title, "done");
            if let Err(error) = asked.acknowledge(opening).await {
                tracing::warn!(%error, "could not acknowledge an interaction");
            }
            return;
        }
        Outcome::Done { card, .. } => (*card, Seen::ByAll),
    };
    let card = face::dress(card, ended.record.as_ref(), &asked.actor, hub.clock().now());
    let sent = if opening == Opening::Card {
        match asked.acknowledge(opening).await {
            Ok(()) => asked.write(&card, face).await.map(drop),
            Err(error) => Err(error),
        }
    } else {
        asked.answer(&card, face, seen).await
    };
    if let Err(error) = sent {
        tracing::warn!(%error, "could not answer an interaction");
    }
}

/// "Really?", with the plan as it stands and the two answers.
fn question(waiting: &Waiting) -> Card {
    let decide = |label: &str, weight, answer| Choice {
        label: label.to_owned(),
        weight,
        press: Press::Decide { approval: waiting.approval, answer },
    };
    Card::attention(format!("**Really?** {}", waiting.plan))
        .text("This cannot be undone.")
        .choice(decide("Confirm", Weight::Danger, Answer::Yes))
        .choice(decide("Keep it", Weight::Secondary, Answer::No))
        .small(format!("expires {}", waiting.expires.relative()))
}

/// One message that follows one action.
struct Watch<'a> {
    asked: Asked,
    hub: &'a Hub,
    face: Face,
    opening: Opening,
    place: Option<Place>,
    began: Millis,
}

impl Watch<'_> {
    /// Draws the live card as often as Discord likes it, until the action has ended.
    async fn follow(&mut self, performing: &mut Performing) -> Ended {
        let mut live = performing.live.clone();
        let since = Instant::now();
        let mut next = None;
        loop {
            let shown = live.borrow_and_update().clone();
            let Some(shown) = shown.filter(|_| self.opening != Opening::Nothing) else {
                tokio::select! {
                    ended = performing.ended() => return ended,
                    changed = live.changed() => match changed {
                        Ok(()) => continue,
                        Err(_) => return performing.ended().await,
                    },
                }
            };
            let due = *next.get_or_insert_with(|| tokio::time::Instant::now() + FIRST_LOOK);
            tokio::select! {
                biased;
                ended = performing.ended() => return ended,
                () = tokio::time::sleep_until(due) => {}
            }
            let record = running(&performing.progress.borrow());
            self.draw(shown.card(), record.as_ref()).await;
            next = Some(tokio::time::Instant::now() + pace(since.elapsed()));
        }
    }

    async fn draw(&mut self, mut card: Card, record: Option<&Record>) {
        if let Some(record) = record {
            let cancel = CancelRun { reference: record.reference.clone() };
            card = card.beside(Choice::perform("Cancel", &cancel, Lands::Nowhere));
        }
        let card = face::dress(card, record, &self.asked.actor, self.began);
        match self.write(&card).await {
            Ok(place) => {
                if self.place.replace(place).is_none()
                    && let Some(record) = record
                    && let Err(error) =
                        self.hub.store().keep_live_card(record.id, place.channel.get(), place.message.get()).await
                {
                    tracing::error!(%error, "a restart will not find this card");
                }
            }
            // The next second brings another.
            Err(error) => tracing::debug!(%error, "a live card was not edited"),
        }
    }

    async fn write(&mut self, card: &Card) -> std::result::Result<Place, serenity::Error> {
        match self.place {
            Some(place) => self.asked.rewrite(place, card, &mut self.face).await.map(|()| place),
            None => self.asked.write(card, &mut self.face).await,
        }
    }

    async fn last_word(mut self, ended: Ended) {
        let (card, failed) = match &ended.outcome {
            Outcome::Done { card, ending, .. } => ((**card).clone(), *ending == Ending::Failed),
            Outcome::Failed(error) => (error.card(), true),
            Outcome::Waits(waiting) => (question(waiting), false),
        };
        let card = face::dress(card, ended.record.as_ref(), &self.asked.actor, self.hub.clock().now());
        // Somebody who pressed too late, or may not, hears so alone: the card stays as the others left it.
        let aside = self.opening == Opening::Card
            && matches!(ended.outcome, Outcome::Failed(Error::Busy(_) | Error::Forbidden { .. }));
        let said = if aside || self.opening == Opening::Nothing {
            if failed && let Err(error) = self.asked.whisper(&card, &mut self.face).await {
                tracing::warn!(%error, "could not say that something failed");
            }
            true
        } else {
            self.say(card).await
        };
        let Some(record) = ended.record.filter(|_| said) else { return };
        if self.place.is_some()
            && let Err(error) = self.hub.store().forget_live_card(&record.id.to_string()).await
        {
            tracing::error!(%error, "a finished card is still on the list of live ones");
        }
        answered(self.hub, Some(&record)).await;
    }

    /// Writes the last word until it stands. The answer is whether there is nothing left to do: what a stop leaves undone
    /// the next start finds.
    async fn say(&mut self, mut card: Card) -> bool {
        let mut wait = Duration::from_secs(1);
        loop {
            match self.write(&card).await {
                Ok(_) => return true,
                Err(error) if gone(&error) => {
                    tracing::warn!(%error, "nobody sees how it ended: its place is gone");
                    return true;
                }
                Err(error) if card.file.is_some() && refused(&error) => {
                    tracing::warn!(%error, "a log could not be attached");
                    card.file = None;
                    card = card.text("The log could not be attached.");
                }
                Err(error) if refused(&error) => {
                    tracing::error!(%error, "a card was refused");
                    return true;
                }
                Err(error) => {
                    tracing::debug!(%error, "the last word is tried again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LAST_WORD_AGAIN);
                }
            }
        }
    }
}

/// Whoever asked knows how it ended: a restart need not tell them.
async fn answered(hub: &Hub, record: Option<&Record>) {
    if let Some(record) = record
        && let Err(error) = hub.store().answered_audit(&record.id.to_string()).await
    {
        tracing::error!(%error, "an answered question is still on the list of open ones");
    }
}

fn running(progress: &Progress) -> Option<Record> {
    match progress {
        Progress::Running(record) => Some(record.clone()),
        Progress::Checking => None,
    }
}

/// At most once a second, and more slowly the longer it goes on: messages older than an hour may be edited far less often.
fn pace(age: Duration) -> Duration {
    match age.as_secs() {
        0..60 => Duration::from_millis(1_100),
        60..600 => Duration::from_millis(2_500),
        600..3_000 => Duration::from_secs(6),
        _ => Duration::from_secs(30),
    }
}

/// Trying again cannot help: the message, the channel or our access is gone.
pub(crate) fn gone(error: &serenity::Error) -> bool {
    matches!(status(error), Some(401 | 403 | 404))
}

/// Trying the same again cannot help: Discord does not take it.
fn refused(error: &serenity::Error) -> bool {
    matches!(status(error), Some(400 | 413))
}

/// How an answer to a question looks when it is no.
pub(crate) fn dismissed(plan: &str, actor: &Actor, hub: &Hub) -> Card {
    face::dress(Card::quiet("**Kept**").text(format!("Not done: {plan}.")), None, actor, hub.clock().now())
}
