//! Whoever runs a model, and how each of them is spoken to.
//!
//! **Invariants:** an answer is whole or it is a [`Failure`]: what broke off, has no end, or was made of half a prompt is none. Memory is
//! bounded whatever comes. What is dropped or cancelled is no longer asked for: its connection closes.
//!
//! The HTTP is `models::wire`'s for all of them. ollama-rs 0.3.6 would do without limits: its stream drops a piece that ends within a
//! letter and prints lines it cannot read to stderr, it knows no `done_reason`, and it turns on `serde_json/preserve_order` for the whole
//! workspace. async-openai 0.43 brings another reqwest and holds any line, its stream's types fail on a finish reason that a compatible
//! server made up, and its types alone turn on `serde/rc` everywhere for what is thirty lines here. Of Anthropic's clients none is ring
//! only and bounded: anthropic-ai-sdk brings OpenSSL, claude-sdk reqwest 0.11, anthropic-async reqwest 0.13, misanthropic is an alpha.

mod answer;
mod anthropic;
mod failure;
mod ollama;
mod openai;
pub mod size;

use base::Clock;
use futures::future::{BoxFuture, FutureExt};
use models::{
    Kind, Known,
    wire::{Trouble, Wire},
};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::{Chunk, Failure, Prompt, Reply};

/// Whoever runs models.
pub trait Provider: Send + Sync {
    /// Asks a model that reads `window` tokens. What it says comes in `chunks` meanwhile; nobody need listen.
    fn ask<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Result<Reply, Failure>>;

    /// The models it has: their names, how much they read, and what they can do, as far as it tells.
    fn models(&self) -> BoxFuture<'_, Result<Vec<Known>, Failure>>;

    /// Whether it answers at all.
    fn health(&self) -> BoxFuture<'_, Result<(), Failure>> {
        self.models().map(|found| found.map(drop)).boxed()
    }
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The model's name.
    pub model: &'a str,
    /// How many tokens it reads and writes in all.
    pub window: u64,
    /// What it is to read.
    pub prompt: &'a Prompt,
    /// Where pieces of its answer go.
    pub chunks: &'a Sender<Chunk>,
    /// Cancelled when nobody wants it any more.
    pub cancel: &'a CancellationToken,
}

impl Asked<'_> {
    /// Hands on a piece. That nobody listens is no reason to stop.
    async fn show(&self, chunk: Chunk) {
        let _ = self.chunks.send(chunk).await;
    }
}

/// The one that speaks as this provider does.
pub fn of(provider: models::Provider, wire: Wire, clock: Clock) -> Box<dyn Provider> {
    Box::new(Speaks { provider, wire, clock })
}

struct Speaks {
    provider: models::Provider,
    wire: Wire,
    clock: Clock,
}

impl Provider for Speaks {
    fn ask<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Result<Reply, Failure>> {
        async move {
            size::fits(asked.prompt, asked.model, asked.window)?;
            let answered = async {
                match self.provider.kind {
                    Kind::Ollama => ollama::ask(self, &asked).await,
                    Kind::OpenAi => openai::ask(self, &asked).await,
                    Kind::Anthropic => anthropic::ask(self, &asked).await,
                }
            };
            let reply = tokio::select! {
                biased;
                () = asked.cancel.cancelled() => return Err(Failure::Cancelled),
                answered = answered => answered?,
            };
            size::was_read(asked.prompt, asked.model, asked.window, reply.usage)?;
            Ok(reply)
        }
        .boxed()
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<Known>, Failure>> {
        async move {
            let found = models::look(&self.wire, &self.provider).await;
            found.map_err(|trouble| failure::of(&self.provider.name, "", None, trouble))
        }
        .boxed()
    }
}

impl Speaks {
    fn failure(&self, asked: &Asked<'_>, trouble: Trouble) -> Failure {
        failure::of(&self.provider.name, asked.model, Some((asked.prompt, asked.window)), trouble)
    }

    fn garbled(&self, why: impl Into<String>) -> Failure {
        Failure::Garbled { provider: self.provider.name.clone(), why: why.into() }
    }

    /// An id for a call whose model gave it none: unique in every conversation.
    fn id(&self) -> String {
        format!("call_{}", self.clock.id().simple())
    }
}

/// Arguments as an object, for those who take nothing else. What was none stays to be read: it must not become a call without any.
fn object(arguments: &str) -> serde_json::Value {
    match serde_json::from_str(arguments) {
        Ok(object @ serde_json::Value::Object(_)) => object,
        _ => serde_json::json!({ "malformed": arguments }),
    }
}
