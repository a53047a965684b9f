//! Keeps announcements of streams as they are, and roles with whoever is live.
//!
//! **Invariants:** every step is noted, and each can be done twice. An announcement is drawn at once where it would say something wrong,
//! and otherwise no more often than every five minutes; what somebody deleted is not put back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base::{Error, Millis, Result, card::code};
use futures::{StreamExt, stream};
use hub::Hub;
use store::{
    outbox::Standing,
    streams::{Live, LiveRole, Told},
};
use streams::{
    Streams,
    card::{self, Mention},
};

use crate::{
    asked::{
        is_final,
        role::{To, set},
        status, thread,
    },
    face::Face,
    rest::{Rank, Rest},
};

/// What changed in another process is seen after this.
const TICK: Duration = Duration::from_secs(2);
/// What only goes on is drawn again after this.
const STALE: Duration = Duration::from_mins(5);
/// What Discord does not take is tried again after so long.
const REFUSED: Duration = Duration::from_mins(10);
/// As many are drawn at a time, of as many that are looked through.
const AT_ONCE: usize = 16;
const LOOKED_AT: i64 = 1_000;

/// Shows them, for ever. Only for the process that has the gateway.
pub async fn show(rest: Rest, hub: Hub, streams: Arc<Streams>) {
    rest.me().await;
    let mut changes = streams.changes();
    let mut shower = Shower { rest, hub, streams, faces: HashMap::new() };
    loop {
        changes.mark_unchanged();
        if let Err(error) = shower.look().await {
            tracing::warn!("announcements of streams cannot be looked through: {error}");
        }
        if let Err(error) = shower.roles().await {
            tracing::warn!("roles of who is live cannot be looked through: {error}");
        }
        // The sender lives as long as the service; the tick remains.
        let _ = tokio::time::timeout(TICK, changes.changed()).await;
    }
}

/// Whoever shows them.
struct Shower {
    rest: Rest,
    hub: Hub,
    streams: Arc<Streams>,
    /// A message's buttons keep their keys from one drawing to the next.
    faces: HashMap<String, Face>,
}

impl Shower {
    async fn look(&mut self) -> Result<()> {
        let now = self.hub.clock().now();
        let stale = Millis(now.0 - i64::try_from(STALE.as_millis()).unwrap_or_default());
        let behind = self.hub.store().told_behind(stale, LOOKED_AT).await?;
        let mut faces = std::mem::take(&mut self.faces);
        let with_face = behind.into_iter().map(|(told, live)| {
            let face = faces.remove(&told.id).unwrap_or_else(|| Face::new(&self.hub));
            (told, live, face)
        });
        let with_face: Vec<_> = with_face.collect();
        let shower = &*self;
        let drawn: Vec<(String, Face, bool)> = stream::iter(with_face)
            .map(|(told, live, mut face)| async move {
                if let Err(error) = shower.step(&told, &live, &mut face).await {
                    tracing::warn!(channel.id = told.channel, "an announcement is not as it should be: {error}");
                }
                (told.id, face, live.ended.is_none())
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        self.faces = faces;
        self.faces.extend(drawn.into_iter().filter(|(_, _, goes_on)| *goes_on).map(|(id, face, _)| (id, face)));
        Ok(())
    }

    async fn step(&self, told: &Told, live: &Live, face: &mut Face) -> Result<()> {
        let store = self.hub.store();
        let Some(message) = told.message else {
            return match store.post_of(told.guild, &told.post_key(live)).await?.map(|posted| posted.standing) {
                Some(Standing::Posted(message)) => store.told_stands(told, message).await,
                Some(Standing::Refused(why)) => store.told_is_gone(told, &code(why)).await,
                Some(Standing::Waiting) => Ok(()),
                None => store.told_is_gone(told, "nobody knows any more whether it was posted").await,
            };
        };
        let Some(channel) = store.stream_channel(&live.stream_channel).await? else { return Ok(()) };
        let Some(place) = thread::place(told.channel, message) else { return Ok(()) };
        let turn = thread::turn(&self.rest, place, Rank::Background).await;
        let settings = self.streams.settings(told.guild).await?;
        let mention = told.mention.map(|role| Mention::of(told.guild, role));
        let (given, now) = (card::is_given(&settings), self.hub.clock().now());
        let around = card::Around { words: &told.words, mention, given, now };
        let card = card::draw(&channel, live, around);
        match thread::draw(&self.rest, turn, place, &card, face, told.guild).await {
            Ok(()) => store.told_is_drawn(told, live).await,
            // Whoever took it away wanted it away.
            Err(error) if status(&error) == Some(404) => store.told_is_gone(told, "its message was taken away").await,
            Err(error) if is_final(&error) => {
                let said = self.hub.redactor(told.guild).mask(&error.to_string()).into_owned();
                let why = format!("Discord does not take it, and says {}", code(said));
                store.told_waits(told, &why, self.hub.clock().now().plus(REFUSED)).await
            }
            Err(error) => Err(Error::internal("drawing an announcement", error)),
        }
    }

    async fn roles(&self) -> Result<()> {
        let store = self.hub.store();
        for role in store.live_roles_behind(LOOKED_AT).await? {
            match self.settle(&role).await {
                Ok(()) => store.live_role_is_settled(&role).await?,
                Err(error) => {
                    tracing::warn!(%error, guild.id = role.guild.0, "a role of somebody who is live cannot be set");
                    store.live_role_waits(&role, self.hub.clock().now().plus(REFUSED)).await?;
                }
            }
        }
        Ok(())
    }

    async fn settle(&self, role: &LiveRole) -> crate::rest::Sent {
        // Another stream of theirs still gives it.
        if !role.wanted && role.also {
            return Ok(());
        }
        let to = if role.wanted { To::Give } else { To::Take };
        match set(&self.rest, role.guild, (role.member, role.role), to, Rank::Background).await {
            // Who is not there, or a role that is gone, need not be set.
            Err(error) if status(&error) == Some(404) => Ok(()),
            done => done,
        }
    }
}
