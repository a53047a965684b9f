//! Posts what waits in the outbox: a line per channel, its head first, until that stands or was refused.
//!
//! **Invariants:** a post stands once, whatever is lost on the way: Discord is asked to remember its nonce, and where it may have
//! forgotten that, the channel is looked through for the post's mark first. Where the bot may not read a channel's history it cannot
//! look, and posts again: what is seen twice is better than what is never seen. A head that cannot be sent holds its own line only.

use std::{collections::HashMap, time::Duration};

use base::{Error, Result};
use hub::Hub;
use store::outbox::line::{Head, Line};
use tokio::task::{Id, JoinSet};

use crate::{
    asked::{Place, code, is_final, post, status},
    face::Face,
    perform,
    rest::{Me, Rest, Sent},
};

/// Discord remembers a nonce for "a few minutes"; what was tried longer ago than this is looked for.
const NONCE_LASTS: Duration = Duration::from_mins(1);
/// What was tried cannot be older in its channel, however much our clock differs from Discord's.
const CLOCKS_DIFFER: Duration = Duration::from_mins(15);
/// The first wait after something failed, and the longest. Each is a little shorter or longer than the last one twice.
const AGAIN: Duration = Duration::from_millis(500);
const AGAIN_AT_MOST: Duration = Duration::from_secs(30);
/// "Cannot reply without permission to read message history."
const MAY_NOT_REPLY: isize = 160_002;

/// Posts for ever. Only one process does: the one with the gateway.
pub async fn post(rest: Rest, hub: Hub) {
    let me = rest.me().await;
    let mut changes = hub.store().outbox_changes();
    let (mut posting, mut busy) = (JoinSet::new(), HashMap::<Id, Line>::new());
    loop {
        match hub.store().lines().await {
            Ok(lines) => {
                for line in lines {
                    if !busy.values().any(|other| *other == line) {
                        let poster = Poster { rest: rest.clone(), hub: hub.clone(), me };
                        busy.insert(posting.spawn(async move { poster.empty(line).await }).id(), line);
                    }
                }
            }
            Err(error) => tracing::warn!("what waits to be posted could not be read: {error}"),
        }
        tokio::select! {
            () = changes.next() => {}
            Some(ended) = posting.join_next_with_id(), if !posting.is_empty() => {
                let id = ended.map_or_else(|broken| broken.id(), |(id, ())| id);
                busy.remove(&id);
            }
        }
    }
}

/// Whoever empties one line.
struct Poster {
    rest: Rest,
    hub: Hub,
    me: Me,
}

impl Poster {
    async fn empty(&self, line: Line) {
        let mut wait = AGAIN;
        // A post's buttons keep their keys from one attempt to the next.
        let mut face = (String::new(), Face::new(&self.hub));
        loop {
            let done = match self.hub.store().head_of(line).await {
                Ok(Some(head)) => {
                    if face.0 != head.id {
                        face = (head.id.clone(), Face::new(&self.hub));
                    }
                    self.deliver(head, &mut face.1).await
                }
                Ok(None) => return,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => wait = AGAIN,
                Err(error) => {
                    tracing::warn!(channel.id = line.channel, "a post has to wait: {}", told(&error));
                    tokio::time::sleep(self.about(wait)).await;
                    wait = (wait * 2).min(AGAIN_AT_MOST);
                }
            }
        }
    }

    /// Tries once. Whatever is not decided afterwards is an error.
    async fn deliver(&self, mut head: Head, face: &mut Face) -> Result<()> {
        let store = self.hub.store();
        // What an earlier attempt may have left there, none of the later ones takes back.
        let mut first = head.tried.is_none();
        if self.may_be_forgotten(&head) {
            match self.find(&head).await {
                Ok(Some(place)) => return store.post_stands(&head, place.message.get()).await.map(drop),
                Ok(None) => {}
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, "a channel's history may not be read: something may stand there twice");
                }
                Err(error) => return Err(Error::internal("looking for a post", error)),
            }
            store.post_is_not_there(&head).await?;
            first = true;
        }
        store.try_post(&head).await?;
        loop {
            let refused = match post::send(&self.rest, &head, face).await {
                Ok(place) => return store.post_stands(&head, place.message.get()).await.map(drop),
                Err(error) if !is_final(&error) || status(&error) == Some(401) => {
                    if first && never_arrived(&error) {
                        store.post_is_not_there(&head).await?;
                    }
                    return Err(Error::internal("posting", error));
                }
                Err(refused) => refused,
            };
            if code(&refused) == Some(MAY_NOT_REPLY) && head.answers.take().is_some() {
                continue;
            }
            if status(&refused) == Some(413) && head.card.file.take().is_some() {
                head.card = perform::without_file(head.card);
                continue;
            }
            tracing::error!(error = %refused, channel.id = head.line.channel, "a post was refused");
            let why = self.hub.redactor(head.line.guild).mask(&refused.to_string()).into_owned();
            return store.refuse_post(head.line.guild, &head.id, &why).await.map(drop);
        }
    }

    /// It was tried so long ago that Discord may no longer know its nonce.
    fn may_be_forgotten(&self, head: &Head) -> bool {
        head.tried.is_some_and(|tried| self.hub.clock().now().since(tried) > NONCE_LASTS)
    }

    async fn find(&self, head: &Head) -> Sent<Option<Place>> {
        let Some(tried) = head.tried else { return Ok(None) };
        let before = i64::try_from(CLOCKS_DIFFER.as_millis()).unwrap_or_default();
        post::find(&self.rest, head, tried.0 - before, self.me.user).await
    }

    /// As long, give or take a quarter: many that failed together do not come back together.
    fn about(&self, wait: Duration) -> Duration {
        let key = self.hub.clock().key();
        let chance = key.get(..2).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
        wait * 3 / 4 + wait * chance / 512
    }
}

/// What Discord answered, rather than what we were doing.
fn told(error: &Error) -> String {
    match error {
        Error::Internal { source, .. } => format!("{error} {source:#}"),
        other => other.to_string(),
    }
}

/// Discord surely knows nothing of it.
fn never_arrived(error: &poise::serenity_prelude::Error) -> bool {
    use poise::serenity_prelude::{Error, HttpError};
    match error {
        // A limit that left no time.
        Error::Other(_) => true,
        Error::Http(HttpError::Request(error)) => error.is_connect(),
        _ => false,
    }
}
