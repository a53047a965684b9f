//! Shows an action being done, from the acknowledgement to its last word.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use base::{
    Action, Card, Error, GuildId, Millis,
    action::Ending,
    card::{Choice, Lands, Press},
    gate::{Record, Waiting},
};
use hub::{Ended, Hub, Outcome, Performing, Progress, runs::CancelJob};
use poise::serenity_prelude as serenity;
use serde::Serialize;

use crate::{
    Context, Result,
    asked::{Asked, LiveTurn, Opening, Place, Seen, status},
    face::{self, Face},
    question,
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
    fn perform<A: Action>(self, action: A) -> impl Future<Output = Result> + Send;
    /// The same, shown to that person alone.
    fn perform_aside<A: Action>(self, action: A) -> impl Future<Output = Result> + Send;
    /// The interaction itself.
    fn asked(&self) -> Result<Asked>;
    /// What a person typed, as what it must be. A secret among it is not even looked at: what is said of it would be a part
    /// of it, tidied or cut, that nothing recognises any more.
    fn read<T: FromStr<Err = Error>>(&self, typed: &str) -> Result<T>;
}

impl Perform for Context<'_> {
    fn perform<A: Action>(self, action: A) -> impl Future<Output = Result> + Send {
        begin(self, start(self, action), Opening::Message)
    }

    fn perform_aside<A: Action>(self, action: A) -> impl Future<Output = Result> + Send {
        begin(self, start(self, action), Opening::Aside)
    }

    fn asked(&self) -> Result<Asked> {
        Asked::command(self.interaction, &self.data().rest)
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

type Begun = (Asked, Performing);

fn start<A: Action>(ctx: Context<'_>, action: A) -> Result<Begun> {
    let asked = ctx.asked()?;
    let performing = ctx.data().hub.perform(asked.actor.clone(), action);
    Ok((asked, performing))
}

/// It knows nothing of the action: what shows three hundred commands is compiled once.
async fn begin(ctx: Context<'_>, begun: Result<Begun>, opening: Opening) -> Result {
    let (asked, performing) = begun?;
    show(asked, &ctx.data().hub, performing, opening).await;
    Ok(())
}

/// Shows an action until it has ended. Errors of Discord's are logged: there is nobody left to tell.
pub(crate) async fn show(asked: Asked, hub: &Hub, mut performing: Performing, opening: Opening) {
    let _held = hub.hold();
    let face = Face::new(hub);
    let progress = performing.progress.clone();
    let first = tokio::select! {
        biased;
        ended = performing.ended() => Some(ended),
        () = on_record(progress) => None,
        () = tokio::time::sleep(ACKNOWLEDGE_BY) => None,
    };
    if let Some(ended) = first {
        let record = ended.record.clone();
        if answer_at_once(asked, hub, face, ended, opening).await {
            answered(hub, record.as_ref()).await;
        }
        return;
    }
    if let Err(error) = asked.acknowledge(opening).await {
        // It goes on all the same: the audit row tells how it ended.
        tracing::warn!(%error, "could not acknowledge an interaction");
    }
    let mut watch = Watch { asked, hub, face, opening, place: None, began: hub.clock().now() };
    let ended = watch.follow(&mut performing).await;
    watch.last_word(ended).await;
}

/// Watches a run that another process began to show, at the place where that stood, until its last word.
pub(crate) async fn show_again(
    asked: Asked,
    hub: &Hub,
    mut performing: Performing,
    place: Option<Place>,
    began: Millis,
) {
    let _held = hub.hold();
    let opening = Opening::Message;
    let mut watch = Watch { asked, hub, face: Face::new(hub), opening, place, began };
    let ended = watch.follow(&mut performing).await;
    watch.last_word(ended).await;
}

async fn on_record(mut progress: tokio::sync::watch::Receiver<Progress>) {
    if progress.wait_for(|progress| *progress != Progress::Checking).await.is_err() {
        // Its task has ended: `ended` answers next.
        std::future::pending::<()>().await;
    }
}

/// It ended before it was acknowledged: mostly a refusal, for the person alone, or a question. The answer is whether whoever asked
/// was told now; what is told by a watch, that notes.
async fn answer_at_once(asked: Asked, hub: &Hub, mut face: Face, ended: Ended, opening: Opening) -> bool {
    let (card, seen) = match ended.outcome {
        // It stands on a card that says something else by now: that is corrected until it is right.
        Outcome::Done { .. } | Outcome::Failed(Error::Outside(_)) if opening == Opening::Card => {
            if let Err(error) = asked.acknowledge(opening).await {
                tracing::warn!(%error, "could not acknowledge an interaction");
            }
            let watch = Watch { asked, hub, face, opening, place: None, began: hub.clock().now() };
            watch.last_word(ended).await;
            return false;
        }
        Outcome::Failed(error) => {
            asked.refuse(&error, ended.record.as_ref(), hub).await;
            return true;
        }
        Outcome::Waits(_) => {
            ask(asked, hub, face, ended).await;
            return false;
        }
        // It was never shown, so the next start tells all of it.
        Outcome::Left => return false,
        Outcome::Done { card, .. } if opening == Opening::Nothing => {
            tracing::debug!(title = card.title, "done");
            if let Err(error) = asked.acknowledge(opening).await {
                tracing::warn!(%error, "could not acknowledge an interaction");
            }
            return true;
        }
        Outcome::Done { card, .. } if opening == Opening::Aside => (*card, Seen::ByOne),
        Outcome::Done { card, .. } => (*card, Seen::ByAll),
    };
    let card = face::dress(card, ended.record.as_ref(), &asked.by(), hub.clock().now());
    let sent = asked.answer(&card, &mut face, seen).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, "could not answer an interaction");
    }
    sent.is_ok()
}

/// Puts a question where people answer it: in a message of its own, whatever was pressed. It needs the place where it stands,
/// and only a message that was acknowledged first tells it.
async fn ask(asked: Asked, hub: &Hub, face: Face, ended: Ended) {
    let opening = Opening::Message;
    if let Err(error) = asked.acknowledge(opening).await {
        tracing::warn!(%error, "could not acknowledge an interaction");
    }
    let watch = Watch { asked, hub, face, opening, place: None, began: hub.clock().now() };
    watch.last_word(ended).await;
}

/// Keeps where a question stands, for its reminder and its end.
async fn stands(hub: &Hub, asked: &Asked, waiting: &Waiting, place: Place, record: Option<&Record>) {
    let (guild, approval) = (asked.actor.guild, waiting.approval);
    let (place, reference) =
        ((place.channel.get(), place.message.get()), record.map(|record| record.reference.as_str()));
    if let Err(error) = hub.store().place_approval(guild, approval, place, reference).await {
        tracing::error!(%error, "a question's card will not be found again");
    }
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
            let turn = tokio::select! {
                biased;
                ended = performing.ended() => return ended,
                turn = self.asked.live_turn(self.place) => turn,
            };
            let record = running(&performing.progress.borrow());
            match turn {
                Ok(turn) => self.draw(turn, shown.card(), record.as_ref()).await,
                Err(error) => tracing::debug!(%error, "a live card was not edited"),
            }
            next = Some(tokio::time::Instant::now() + pace(since.elapsed()));
        }
    }

    async fn draw(&mut self, turn: LiveTurn, mut card: Card, record: Option<&Record>) {
        if let Some(record) = record {
            let cancel = CancelJob { reference: record.reference.clone() };
            card = card.beside(Choice::perform("Cancel", &cancel, Lands::Nowhere));
        }
        let card = face::dress(card, record, &self.asked.by(), self.began);
        match self.asked.draw_live(turn, &card, &mut self.face).await {
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
            Outcome::Waits(waiting) => (question::card(waiting), false),
            Outcome::Left => return self.goes_on(ended.record.as_ref()).await,
        };
        let card = face::dress(card, ended.record.as_ref(), &self.asked.by(), self.hub.clock().now());
        // Somebody who pressed too late, or may not, or chose what cannot be, hears so alone: the card stays as it was.
        let aside = self.opening == Opening::Card
            && matches!(
                ended.outcome,
                Outcome::Failed(Error::Busy(_) | Error::Forbidden { .. } | Error::Off { .. } | Error::Invalid(_))
            );
        // A question never takes the place of what was pressed: that is of use again, whatever the answer.
        let below = matches!(ended.outcome, Outcome::Waits(_)) && self.opening != Opening::Message;
        let said = if below {
            match self.asked.follow_up(&card, &mut self.face, Seen::ByAll).await {
                Ok(place) => self.place = Some(place),
                Err(error) => tracing::warn!(%error, "could not put a question"),
            }
            true
        } else if aside || self.opening == Opening::Nothing {
            if failed && let Err(error) = self.asked.whisper(&card, &mut self.face).await {
                tracing::warn!(%error, "could not say that something failed");
            }
            true
        } else {
            self.say(card).await
        };
        if let (Outcome::Waits(waiting), Some(place)) = (&ended.outcome, self.place) {
            stands(self.hub, &self.asked, waiting, place, ended.record.as_ref()).await;
        }
        if said {
            answered(self.hub, ended.record.as_ref()).await;
        }
    }

    /// This process stops, and what it watched goes on: the next start finds this card by its row.
    async fn goes_on(&mut self, record: Option<&Record>) {
        let Some(record) = record.filter(|_| self.place.is_some()) else { return };
        let Ok(Some(run)) = self.hub.store().run(record.id).await else { return };
        let card = Card::working(format!("**Goes on** {}", run.plan))
            .text("I am being stopped for a moment. It goes on without me, and this card does when I am back.");
        let card = face::dress(card, Some(record), &self.asked.by(), self.hub.clock().now());
        if let Err(error) = self.write(&card).await {
            tracing::debug!(%error, "could not say that a run goes on");
        }
    }

    /// Writes the last word until it stands. The answer is whether there is nothing left to do: what a stop leaves undone
    /// the next start finds.
    async fn say(&mut self, mut card: Card) -> bool {
        let mut wait = Duration::from_secs(1);
        loop {
            match self.write(&card).await {
                Ok(place) => {
                    self.place.get_or_insert(place);
                    return true;
                }
                Err(error) if gone(&error) => {
                    tracing::warn!(%error, "nobody sees how it ended: its place is gone");
                    return true;
                }
                Err(error) if card.file.is_some() && refused(&error) => {
                    tracing::warn!(%error, "a log could not be attached");
                    card.file = None;
                    card = without_file(card);
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

/// Nobody decides on what they cannot read.
pub(crate) fn without_file(mut card: Card) -> Card {
    let decides = |choice: &Choice| matches!(choice.press, Press::Decide { .. });
    if card.choices.iter().any(decides) {
        card.choices.clear();
        return card.text("The file with all of it could not be attached, so nobody can decide. Ask again, with less.");
    }
    let what = if card.alt.take().is_some() { "picture" } else { "log" };
    card.text(format!("The {what} could not be attached."))
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
        60..600 => Duration::from_millis(1_900),
        600..3_000 => Duration::from_secs(6),
        _ => Duration::from_secs(30),
    }
}

/// Trying again cannot help: the message, the channel or our access is gone.
pub(crate) fn gone(error: &serenity::Error) -> bool {
    matches!(status(error), Some(401 | 403 | 404))
}

/// Trying the same again cannot help: Discord does not take it.
pub(crate) fn refused(error: &serenity::Error) -> bool {
    matches!(status(error), Some(400 | 413))
}
