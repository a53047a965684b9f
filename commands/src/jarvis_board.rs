//! Shows the assistant's answers as they come, each in its messages of its thread, and puts its questions there.
//!
//! **Invariants:** a message is posted under a key and stands once; it is drawn at most once in `PACE`, also where Discord did not take
//! it, and again until its last word stands. What came meanwhile is one drawing.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{Card, Error, GuildId, Redactor, Result};
use conversations::{
    Conversations, Threads,
    answer::{Answer, Stands},
};
use futures::future::{BoxFuture, FutureExt};
use hub::Hub;
use store::{
    conversations::AnswerRow,
    outbox::{NewPost, Pings, Standing, Urgency},
};
use tokio::{
    task::{Id, JoinSet},
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

use crate::{
    asked::{Place, is_final, status, thread},
    face::Face,
    question,
    rest::{Rank, Rest},
};

/// Discord takes five edits in five seconds in a channel; a little less leaves room for what else is said there.
const PACE: Duration = Duration::from_millis(1_200);
/// A post that does not stand by then is looked for again.
const ARRIVES: Duration = Duration::from_secs(10);
/// What Discord did not take is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// What changed in another process is seen after this.
const LOOKS: Duration = Duration::from_secs(2);

/// Threads and questions in them.
pub struct InThreads {
    /// The way to Discord.
    pub rest: Rest,
    /// The door to everything.
    pub hub: Hub,
}

impl Threads for InThreads {
    fn make_for(
        &self,
        guild: GuildId,
        channel: u64,
        message: Option<u64>,
        name: String,
        redactor: Redactor,
    ) -> BoxFuture<'_, Result<u64>> {
        async move {
            let Some(place) = message.and_then(|message| thread::place(channel, message)) else {
                return thread::make(&self.rest, guild, channel, &name, &redactor).await;
            };
            let made = thread::make_on(&self.rest, place, &name, &redactor).await;
            let nowhere = || Error::Busy("There can be no thread on that message. Use `/jarvis ask`.".to_owned());
            made.map_err(|error| Error::internal("making a thread", error))?.ok_or_else(nowhere)
        }
        .boxed()
    }

    fn rename(&self, thread: u64, name: String, redactor: Redactor) -> BoxFuture<'_, Result<()>> {
        async move {
            let renamed = thread::rename(&self.rest, thread, &name, &redactor).await;
            renamed.map_err(|error| Error::internal("renaming a thread", error))
        }
        .boxed()
    }

    fn ask(&self, guild: GuildId, approval: Uuid, thread: u64) -> BoxFuture<'_, Result<()>> {
        question::put(&self.hub, guild, approval, thread, "jarvis").boxed()
    }
}

/// Shows every answer, for ever. Only for the process that has the gateway.
pub async fn show(rest: Rest, hub: Hub, conversations: Arc<Conversations>) {
    rest.me().await;
    let mut changes = conversations.shown();
    let (mut showing, mut busy) = (JoinSet::new(), HashMap::<Id, (Uuid, i64)>::new());
    loop {
        match hub.store().answers_behind().await {
            Ok(behind) => {
                for row in behind {
                    let key = (row.conversation, row.turn);
                    if busy.values().any(|known| *known == key) {
                        continue;
                    }
                    let shower = Shower {
                        rest: rest.clone(),
                        hub: hub.clone(),
                        conversations: Arc::clone(&conversations),
                        faces: Vec::new(),
                        stands: Vec::new(),
                        drawn: None,
                    };
                    busy.insert(showing.spawn(shower.show(row)).id(), key);
                }
            }
            Err(error) => tracing::warn!("answers cannot be looked through: {error}"),
        }
        tokio::select! {
            // The sender lives as long as the service; the tick remains.
            Ok(()) = changes.changed() => {}
            () = sleep(LOOKS) => {}
            Some(ended) = showing.join_next_with_id(), if !showing.is_empty() => match ended {
                Ok((id, ())) => drop(busy.remove(&id)),
                Err(broken) => {
                    busy.remove(&broken.id());
                    tracing::error!("showing an answer broke: {broken}");
                }
            },
        }
    }
}

/// Whoever shows one answer.
struct Shower {
    rest: Rest,
    hub: Hub,
    conversations: Arc<Conversations>,
    /// Of each of its messages, in order.
    faces: Vec<Face>,
    /// What stands in each, as it was drawn last.
    stands: Vec<String>,
    /// When one was drawn anew last, or Discord said that it was not.
    drawn: Option<Instant>,
}

impl Shower {
    /// Draws it as it comes, until all of it stands.
    async fn show(mut self, mut row: AnswerRow) {
        let mut changes = self.conversations.shown();
        let mut tries: u32 = 0;
        loop {
            changes.mark_unchanged();
            match self.step(&mut row).await {
                Ok(true) => return,
                Ok(false) => tries = 0,
                Err(error) => {
                    tries += 1;
                    tracing::debug!(tries, "an answer is not shown yet: {error}");
                    sleep(AGAIN.saturating_mul(tries.min(30))).await;
                    self.pace().await;
                    continue;
                }
            }
            let _ = timeout(LOOKS, changes.changed()).await;
            self.pace().await;
        }
    }

    /// Waits until something may be drawn again. The first words are seen at once: what was posted is no drawing.
    async fn pace(&self) {
        if let Some(drawn) = self.drawn {
            tokio::time::sleep_until(drawn + PACE).await;
        }
    }

    /// Draws what there is now. The answer is whether nothing more comes.
    async fn step(&mut self, row: &mut AnswerRow) -> Result<bool> {
        let store = self.hub.store().clone();
        let Some(now) = store.answer(row.guild, row.conversation, row.turn).await? else { return Ok(true) };
        let Some(conversation) = store.conversation(row.guild, row.conversation).await? else { return Ok(true) };
        let Some(channel) = conversation.thread else { return Ok(true) };
        let messages = std::mem::take(&mut row.messages);
        *row = AnswerRow { messages: if messages.is_empty() { now.messages.clone() } else { messages }, ..now };
        let kept: Answer =
            serde_json::from_str(&row.body).map_err(|error| Error::internal("reading an answer", error))?;
        let coming = self.conversations.coming(row.conversation);
        let is_coming = coming.as_ref().is_some_and(|coming| coming.turn == kept.turn);
        let answer = coming.filter(|coming| coming.turn == kept.turn).unwrap_or(kept);
        let is_last = !is_coming && !matches!(answer.stands, Stands::Working | Stands::Waiting);
        let cards = answer.cards(conversation.number);
        self.put(row, channel, &cards, is_last).await?;
        if !is_coming {
            store.answer_stands(row, &row.messages, row.version).await?;
        }
        Ok(is_last)
    }

    /// Has these cards stand in its messages, one each.
    async fn put(&mut self, row: &mut AnswerRow, channel: u64, cards: &[Card], is_last: bool) -> Result<()> {
        for (at, card) in cards.iter().enumerate() {
            if self.faces.len() <= at {
                self.faces.push(Face::new(&self.hub));
                self.stands.push(String::new());
            }
            let drawn = serde_json::to_string(card).unwrap_or_default();
            match row.messages.get(at).and_then(|message| thread::place(channel, *message)) {
                Some(_) if self.stands[at] == drawn => continue,
                Some(place) => self.draw(place, at, card, row.guild, is_last).await?,
                None => {
                    let message = self.post(row, channel, at, card).await?;
                    row.messages.push(message);
                    self.hub.store().answer_stands(row, &row.messages, 0).await?;
                }
            }
            self.stands[at] = drawn;
        }
        // What was begun again after a restart may have become shorter.
        while row.messages.len() > cards.len() {
            if let Some(place) = row.messages.last().and_then(|message| thread::place(channel, *message)) {
                match thread::take_away(&self.rest, place).await {
                    Err(error) if !is_final(&error) => return Err(Error::internal("taking a message away", error)),
                    _ => {}
                }
            }
            row.messages.pop();
            self.stands.truncate(row.messages.len());
            self.faces.truncate(row.messages.len());
        }
        Ok(())
    }

    async fn draw(&mut self, place: Place, at: usize, card: &Card, guild: GuildId, is_last: bool) -> Result<()> {
        let turn = thread::turn(&self.rest, place, if is_last { Rank::Result } else { Rank::Live }).await;
        let drawn = thread::draw(&self.rest, turn, place, card, &mut self.faces[at], guild).await;
        self.drawn = Some(Instant::now());
        match drawn {
            Ok(()) => Ok(()),
            // Somebody took it away, or Discord does not take it: the rest goes on.
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, status = status(&error), "a part of an answer is not shown");
                Ok(())
            }
            Err(error) => Err(Error::internal("drawing an answer", error)),
        }
    }

    /// Posts a message of it, once; the answer is where it stands.
    async fn post(&self, row: &AnswerRow, channel: u64, at: usize, card: &Card) -> Result<u64> {
        let (guild, store) = (row.guild, self.hub.store());
        let key = format!("jarvis {} {} {at}", row.conversation, row.turn);
        let card = card.clone().redacted(&self.hub.redactor(guild));
        let (urgency, pings) = (Urgency::Result, Pings::default());
        store.post(NewPost { guild, channel, key: &key, urgency, card: &card, answers: None, pings }).await?;
        let arrived = timeout(ARRIVES, store.arrival(guild, &key)).await;
        match arrived.ok().transpose()?.flatten().map(|posted| posted.standing) {
            Some(Standing::Posted(message)) => Ok(message),
            Some(Standing::Refused(why)) => {
                tracing::warn!(why, "an answer cannot be shown");
                // Nobody sees it; it is not tried for ever.
                Ok(0)
            }
            Some(Standing::Waiting) | None => Err(Error::Busy("a message is not posted yet".to_owned())),
        }
    }
}
