//! One interaction: who asked, and the few ways to answer it.
//!
//! **Invariants:** it is acknowledged once, within Discord's 3 s; its token is not used after 15 min. Nothing is sent to people
//! but from this file and what is below it, and nothing that was not masked: cards are drawn of [`Clean`] ones only, and forms
//! are clean too.

pub(crate) mod channel;
pub(crate) mod direct;
pub(crate) mod letter;
pub(crate) mod post;
pub(crate) mod private;
pub(crate) mod role;
pub(crate) mod thread;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use base::{Actor, Card, Error, GuildId, Secret, UserId, Way, gate::Record, redact::Clean};
use hub::Hub;
use poise::serenity_prelude as serenity;
use serde_json::{Value, json};
use serenity::{
    ChannelId, CreateAttachment, InteractionId, MessageId,
    http::{LightMethod, Multipart, MultipartUpload, Request, Route},
};

use crate::{
    face::{self, Face},
    rest::{Rank, Rest, Sent, Turn},
};

/// Discord forgets an interaction after 15 min; a minute early, a late clock does no harm.
pub(crate) const TOKEN_LASTS: Duration = Duration::from_mins(14);

/// Discord's 3 s, from when the interaction reached us.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(3);

const EPHEMERAL: u64 = 1 << 6;
/// Components V2: for ever on that message.
const COMPONENTS_V2: u64 = 1 << 15;

/// Who sees an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The channel.
    ByAll,
    /// Only whoever asked.
    ByOne,
}

/// How an answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A message of its own, under the command, the form or the pressed card.
    Message,
    /// The same, for whoever asked alone.
    Aside,
    /// The pressed card, in its place.
    Card,
    /// Nothing: the pressed card shows it by itself.
    Nothing,
}

/// An interaction.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) actor: Actor,
    rest: Rest,
    id: InteractionId,
    token: String,
    since: Instant,
    /// How long its token could still be used then.
    token_lasts: Duration,
    /// For whose yes it is done, where somebody else asked for it.
    signed: Option<String>,
    acknowledged: Arc<AtomicBool>,
    /// It was acknowledged by a message that is still to come: who sees that is settled.
    thinking: Arc<AtomicBool>,
}

/// Where a message stands, for edits after the interaction is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) channel: ChannelId,
    pub(crate) message: MessageId,
}

impl Asked {
    pub(crate) fn command(command: &serenity::CommandInteraction, rest: &Rest) -> Option<Self> {
        let actor = crate::actor(command.guild_id, &command.user, command.member.as_deref(), Way::Command)?;
        Some(Self::new(actor, rest, command.id, &command.token))
    }

    pub(crate) fn press(press: &serenity::ComponentInteraction, rest: &Rest) -> Option<Self> {
        let actor = crate::actor(press.guild_id, &press.user, press.member.as_ref(), Way::Press)?;
        Some(Self::new(actor, rest, press.id, &press.token))
    }

    pub(crate) fn form(form: &serenity::ModalInteraction, rest: &Rest) -> Option<Self> {
        let actor = crate::actor(form.guild_id, &form.user, form.member.as_ref(), Way::Form)?;
        Some(Self::new(actor, rest, form.id, &form.token))
    }

    /// An interaction in a direct message, about something of this guild. What they are there is not known: they may what is their own.
    pub(crate) fn direct(
        guild: GuildId,
        (user, way): (&serenity::User, Way),
        (id, token): (InteractionId, &str),
        rest: &Rest,
    ) -> Self {
        let (user, name) = (UserId(user.id.get()), user.name.clone());
        let actor =
            Actor { guild, user, name, administrator: false, roles: Vec::new(), agent: None, way, reply_to: None };
        Self::new(actor, rest, id, token)
    }

    /// A press where no guild is, as somebody in a guild that they chose.
    pub(crate) fn press_as(actor: Actor, press: &serenity::ComponentInteraction, rest: &Rest) -> Self {
        Self::new(actor, rest, press.id, &press.token)
    }

    fn new(mut actor: Actor, rest: &Rest, id: InteractionId, token: &str) -> Self {
        actor.reply_to = Some(Secret::new(token));
        let (acknowledged, thinking) = (Arc::default(), Arc::default());
        let since = Instant::now();
        let (rest, token, token_lasts) = (rest.clone(), token.to_owned(), TOKEN_LASTS);
        Self { actor, rest, id, token, since, token_lasts, signed: None, acknowledged, thinking }
    }

    /// An interaction that another process acknowledged: it can be written to while its token lasts.
    pub(crate) fn again(actor: Actor, rest: &Rest, token: &str, token_lasts: Duration) -> Self {
        let asked = Self::new(actor, rest, InteractionId::default(), token);
        asked.acknowledged.store(true, Ordering::Relaxed);
        Self { token_lasts, ..asked }
    }

    /// The same, done by somebody's yes: its cards say by whose.
    pub(crate) fn signed(self, by: String) -> Self {
        Self { signed: Some(by), ..self }
    }

    /// Whose doing it is, for the small print.
    pub(crate) fn by(&self) -> String {
        self.signed.clone().unwrap_or_else(|| format!("by {}", self.actor.mention()))
    }

    /// Acknowledges, if that was not done; the answer follows.
    pub(crate) async fn acknowledge(&self, opening: Opening) -> Sent {
        if self.acknowledged.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.thinking.store(matches!(opening, Opening::Message | Opening::Aside), Ordering::Relaxed);
        let body = match opening {
            Opening::Message => json!({ "type": 5 }),
            Opening::Aside => json!({ "type": 5, "data": { "flags": EPHEMERAL } }),
            Opening::Card | Opening::Nothing => json!({ "type": 6 }),
        };
        self.callback(&body, Vec::new()).await
    }

    /// Answers at once; what was acknowledged before, by the message that is still to come, or by one of its own.
    pub(crate) async fn answer(&self, card: &Card, face: &mut Face, seen: Seen) -> Sent {
        if self.acknowledged.swap(true, Ordering::Relaxed) {
            if self.thinking.swap(false, Ordering::Relaxed) {
                return self.write(card, face).await.map(drop);
            }
            return self.follow_up(card, face, seen).await.map(drop);
        }
        let (data, files) = message(card, face, self.actor.guild, seen).await;
        self.callback(&json!({ "type": 4, "data": data }), files).await
    }

    /// Opens a form.
    pub(crate) async fn open_form(&self, form: &Clean<Value>) -> Sent {
        self.acknowledged.store(true, Ordering::Relaxed);
        self.callback(&json!({ "type": 9, "data": **form }), Vec::new()).await
    }

    /// Writes the answer that was acknowledged, or the pressed card.
    pub(crate) async fn write(&self, card: &Card, face: &mut Face) -> Sent<Place> {
        self.write_at(Spot::Answer, card, face).await
    }

    /// Writes it again, where it now stands: by the interaction while its token lasts, by the message after that.
    pub(crate) async fn rewrite(&self, place: Place, card: &Card, face: &mut Face) -> Sent {
        self.write_at(self.spot(Some(place)), card, face).await.map(drop)
    }

    /// Waits until something going on may be drawn again. What it shows is asked for after that: whatever changed meanwhile is
    /// one drawing. Whoever has more to say drops it and says that.
    pub(crate) async fn live_turn(&self, place: Option<Place>) -> Sent<LiveTurn> {
        let spot = self.spot(place);
        let route = spot.route(&self.rest, &self.token)?;
        Ok(LiveTurn { turn: self.rest.turn(LightMethod::Patch, &route, Rank::Live).await, spot })
    }

    /// Draws something going on, in its turn.
    pub(crate) async fn draw_live(&self, live: LiveTurn, card: &Card, face: &mut Face) -> Sent<Place> {
        let body = message(card, face, self.actor.guild, Seen::ByAll).await;
        let route = live.spot.route(&self.rest, &self.token)?;
        let stands: Stands = self.rest.send_in(live.turn, request(route, LightMethod::Patch, body)?).await?;
        Ok(stands.into())
    }

    fn spot(&self, place: Option<Place>) -> Spot {
        match place {
            Some(place) if self.since.elapsed() >= self.token_lasts => Spot::Message(place),
            _ => Spot::Answer,
        }
    }

    async fn write_at(&self, spot: Spot, card: &Card, face: &mut Face) -> Sent<Place> {
        // Somebody waits for the answer to an interaction; whoever looks at a message of long ago looks again.
        let rank = if matches!(spot, Spot::Answer) { Rank::Answer } else { Rank::Result };
        let body = message(card, face, self.actor.guild, Seen::ByAll).await;
        let route = spot.route(&self.rest, &self.token)?;
        let stands: Stands = self.rest.send(request(route, LightMethod::Patch, body)?, rank).await?;
        Ok(stands.into())
    }

    /// Adds a message only the person sees.
    pub(crate) async fn whisper(&self, card: &Card, face: &mut Face) -> Sent {
        self.follow_up(card, face, Seen::ByOne).await.map(drop)
    }

    /// Adds a message under what was acknowledged; the answer is where it stands.
    pub(crate) async fn follow_up(&self, card: &Card, face: &mut Face, seen: Seen) -> Sent<Place> {
        let body = message(card, face, self.actor.guild, seen).await;
        let route = Route::WebhookFollowupMessages { application_id: self.rest.application()?, token: &self.token };
        // A thousand that are told why not wait for those who are answered.
        let rank = if seen == Seen::ByOne { Rank::Background } else { Rank::Urgent };
        let stands: Stands = self.rest.send(request(route, LightMethod::Post, body)?, rank).await?;
        Ok(stands.into())
    }

    /// Answers what could not begin, to the person alone.
    pub(crate) async fn refuse(&self, error: &Error, record: Option<&Record>, hub: &Hub) {
        if let Error::Internal { source, .. } = error
            && record.is_none()
        {
            tracing::error!(error = format!("{error} {source:#}"), "an interaction broke before it began");
        }
        let card = face::dress(error.card(), record, &self.by(), hub.clock().now());
        let mut face = Face::new(hub);
        if let Err(error) = self.answer(&card, &mut face, Seen::ByOne).await {
            tracing::warn!(%error, "could not answer an interaction");
        }
    }

    /// Without it there is no answer at all, so it is tried twice where Discord itself fails or is silent.
    async fn callback(&self, body: &Value, files: Vec<CreateAttachment>) -> Sent {
        let half = ACKNOWLEDGED_WITHIN.saturating_sub(self.since.elapsed()) / 2;
        match self.callback_within(half, body, files.clone()).await {
            Err(error) if !is_final(&error) && !half.is_zero() => {
                match self.callback_within(half, body, files).await {
                    // The first one had arrived, and only its answer was lost.
                    Err(again) if is_final(&again) => Ok(()),
                    again => again,
                }
            }
            sent => sent,
        }
    }

    async fn callback_within(&self, patience: Duration, body: &Value, files: Vec<CreateAttachment>) -> Sent {
        let route = Route::InteractionResponse { interaction_id: self.id, token: &self.token };
        let request = request(route, LightMethod::Post, (body.clone(), files))?;
        let sent = self.rest.send_only(request, Rank::Answer);
        let silent = serenity::Error::Other("Discord did not say whether it took an answer");
        tokio::time::timeout(patience, sent).await.unwrap_or(Err(silent))
    }
}

/// What an interaction's answer is edited by.
#[derive(Debug, Clone, Copy)]
enum Spot {
    /// The interaction: its token reaches places the bot itself cannot see.
    Answer,
    /// The message.
    Message(Place),
}

impl Spot {
    #[expect(clippy::result_large_err, reason = "serenity's error is that large")]
    fn route<'a>(self, rest: &Rest, token: &'a str) -> Sent<Route<'a>> {
        Ok(match self {
            Self::Answer => Route::WebhookOriginalInteractionResponse { application_id: rest.application()?, token },
            Self::Message(place) => Route::ChannelMessage { channel_id: place.channel, message_id: place.message },
        })
    }
}

/// The right to draw something going on, now.
pub(crate) struct LiveTurn {
    turn: Turn,
    spot: Spot,
}

/// What Discord says of a message that we need. Nothing else is read back.
#[derive(serde::Deserialize)]
struct Stands {
    id: MessageId,
    channel_id: ChannelId,
}

impl From<Stands> for Place {
    fn from(stands: Stands) -> Self {
        Self { channel: stands.channel_id, message: stands.id }
    }
}

/// A body and its files as a request.
#[expect(clippy::result_large_err, reason = "serenity's error is that large")]
fn request(route: Route<'_>, method: LightMethod, (body, files): (Value, Vec<CreateAttachment>)) -> Sent<Request<'_>> {
    let request = Request::new(route, method);
    if files.is_empty() {
        return Ok(request.body(Some(serde_json::to_vec(&body)?)));
    }
    let (upload, payload_json) = (MultipartUpload::Attachments(files), Some(body.to_string()));
    Ok(request.multipart(Some(Multipart { upload, fields: Vec::new(), payload_json })))
}

/// The HTTP status Discord refused with; none where no answer came.
pub(crate) fn status(error: &serenity::Error) -> Option<u16> {
    match error {
        serenity::Error::Http(error) => error.status_code().map(|status| status.as_u16()),
        _ => None,
    }
}

/// Discord's own number for why it refused; none where no answer came.
pub(crate) fn code(error: &serenity::Error) -> Option<isize> {
    match error {
        serenity::Error::Http(serenity::HttpError::UnsuccessfulRequest(answer)) => Some(answer.error.code),
        _ => None,
    }
}

/// Discord has decided: the same again would get the same answer. A 429 is no decision.
pub(crate) fn is_final(error: &serenity::Error) -> bool {
    status(error).is_some_and(|status| (400..500).contains(&status) && status != 429)
}

/// A card as the body of a message. It pings nobody.
async fn message(card: &Card, face: &mut Face, guild: GuildId, seen: Seen) -> (Value, Vec<CreateAttachment>) {
    let drawn = face.draw(card, guild).await;
    let flags = COMPONENTS_V2 | if seen == Seen::ByOne { EPHEMERAL } else { 0 };
    let mut data = json!({ "flags": flags, "components": drawn.components, "allowed_mentions": { "parse": [] } });
    let files: Vec<CreateAttachment> = drawn.file.into_iter().collect();
    if let Some(file) = files.first() {
        data["attachments"] = json!([{ "id": 0, "filename": file.filename }]);
    }
    (data, files)
}

/// Where an answer of before a restart can still be written.
pub(crate) enum Left<'a> {
    /// The message stands.
    Message(Place),
    /// Only the interaction is known: its answer may still be "thinking…".
    Interaction(&'a str),
}

/// A card in place of an answer that another process began.
pub(crate) async fn settle(rest: &Rest, left: &Left<'_>, card: &Card, face: &mut Face, guild: GuildId) -> Sent {
    let body = message(card, face, guild, Seen::ByAll).await;
    let route = match left {
        Left::Message(place) => Spot::Message(*place).route(rest, "")?,
        Left::Interaction(token) => Spot::Answer.route(rest, token)?,
    };
    rest.send_only(request(route, LightMethod::Patch, body)?, Rank::Result).await
}
