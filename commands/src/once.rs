//! Hears every interaction once, however often Discord tells of it: after a resume, or because it does.
//!
//! **Invariant:** what a person did once is done once.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use base::Error;
use poise::serenity_prelude as serenity;
use serenity::{Client, Framework, FullEvent, InteractionId};

use crate::Data;

/// Interactions that are remembered. Discord repeats what was said a moment ago, not what was said an hour ago.
const REMEMBERED: usize = 1_000;

/// The framework, behind a door that lets each interaction in once.
pub(crate) struct Once {
    framework: poise::Framework<Data, Error>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard(VecDeque<InteractionId>);

impl Once {
    pub(crate) fn new(framework: poise::Framework<Data, Error>) -> Self {
        Self { framework, heard: Mutex::default() }
    }
}

#[poise::async_trait]
impl Framework for Once {
    async fn init(&mut self, client: &Client) {
        self.framework.init(client).await;
    }

    async fn dispatch(&self, context: serenity::Context, event: FullEvent) {
        if let FullEvent::InteractionCreate { interaction } = &event
            && !self.heard.lock().unwrap_or_else(PoisonError::into_inner).is_new(interaction.id())
        {
            tracing::debug!(interaction.id = interaction.id().get(), "heard before");
            return;
        }
        self.framework.dispatch(context, event).await;
    }
}

impl Heard {
    fn is_new(&mut self, id: InteractionId) -> bool {
        if self.0.contains(&id) {
            return false;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(id);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, InteractionId, REMEMBERED};

    #[test]
    fn what_was_heard_is_remembered_for_a_while() {
        let mut heard = Heard::default();
        let mut is_new = |id: usize| heard.is_new(InteractionId::new(id as u64));
        assert!(is_new(1) && !is_new(1) && is_new(2) && !is_new(1));
        assert!((3..=REMEMBERED + 1).all(&mut is_new));
        assert!(!is_new(2) && is_new(1));
    }
}
