//! Does what conversations want done: hears what was said, asks models, performs what they call, and keeps each step.
//!
//! **Invariants:** a step is kept before anything follows from it, so a kill anywhere repeats a question to a model at most, and
//! nothing that changes the world. One task attends to a conversation; who lost its version lets go of it.

mod above;
mod brief;
mod budget;
mod deed;
mod expect;
mod hands;
mod kit;
mod prove;
mod shelf;
mod talk;
mod think;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use base::{Actor, Clock, GuildId, Millis, UserId};
use conversations::Conversations;
use futures::future::{BoxFuture, Shared};
use hub::Hub;
use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use crate::models::Models;

#[cfg(test)]
pub(crate) use brief::system;
pub use brief::{Agent, Asides, Below, Condition, Known, Lent, Look};
pub use kit::catalogue;

/// What another process was told is seen after this.
const LOOKS: Duration = Duration::from_secs(2);

/// Who somebody is, asked for once by all who want to know it at the same time; none where that is not known.
type Standing = Shared<BoxFuture<'static, Option<Actor>>>;

/// Whoever attends to conversations.
pub struct Runner {
    hub: Hub,
    clock: Clock,
    conversations: Arc<Conversations>,
    models: Arc<Models>,
    asides: Arc<dyn Asides>,
    shelf: shelf::Shelf,
    /// Who people were a moment ago.
    lately: Mutex<HashMap<(GuildId, UserId), (Millis, Standing)>>,
}

impl Runner {
    /// Attends to these, with these models; `asides` knows what else a model is told.
    pub fn new(hub: Hub, conversations: Arc<Conversations>, models: Arc<Models>, asides: Arc<dyn Asides>) -> Arc<Self> {
        let clock = hub.clock().clone();
        let shelf = shelf::Shelf::default();
        Arc::new(Self { hub, clock, conversations, models, asides, shelf, lately: Mutex::default() })
    }

    /// Attends to every conversation in which something is to be done, for ever.
    pub async fn run(self: Arc<Self>) {
        if let Err(error) = self.conversations.learn().await {
            tracing::error!("which threads are conversations is not known: {error}");
        }
        let mut said = self.conversations.said();
        let (mut talks, mut busy) = (JoinSet::new(), HashMap::<Id, Uuid>::new());
        loop {
            said.mark_unchanged();
            match self.hub.store().busy_conversations().await {
                Ok(all) => {
                    for row in all {
                        if !busy.values().any(|id| *id == row.id) {
                            let id = row.id;
                            busy.insert(talks.spawn(talk::attend(Arc::clone(&self), row)).id(), id);
                        }
                    }
                }
                Err(error) => tracing::warn!("conversations cannot be looked through: {error}"),
            }
            tokio::select! {
                Ok(()) = said.changed() => {}
                () = tokio::time::sleep(LOOKS) => {}
                Some(ended) = talks.join_next_with_id(), if !talks.is_empty() => match ended {
                    Ok((id, ())) => drop(busy.remove(&id)),
                    Err(broken) => {
                        busy.remove(&broken.id());
                        tracing::error!("a conversation broke: {broken}");
                    }
                },
            }
        }
    }
}
