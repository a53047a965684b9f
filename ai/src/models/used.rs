//! What questions to models used: every answer, and every try that came to nothing, is a row.

use std::time::Duration;

use ::models::{Candidate, NewUsage};
use base::{GuildId, UserId};

use super::{Asker, Models};
use crate::{Failure, Prompt, Reply, Usage, providers::size};

/// What a question to a model used. A row of it is owed until [`Models::keep`] has it.
#[derive(Debug, Clone)]
#[must_use = "what was used and is not kept is given away"]
pub struct Used {
    guild: GuildId,
    user: UserId,
    conversation: Option<String>,
    one: (String, String),
    is_cloud: bool,
    usage: Usage,
    took: Duration,
    failure: Option<&'static str>,
}

impl Models {
    /// Keeps what a question used.
    pub async fn keep(&self, used: &Used) {
        let row = NewUsage {
            guild: used.guild,
            user: used.user,
            conversation: used.conversation.as_deref(),
            provider: &used.one.0,
            model: &used.one.1,
            is_cloud: used.is_cloud,
            prompt_tokens: used.usage.prompt_tokens,
            reply_tokens: used.usage.reply_tokens,
            took_ms: u64::try_from(used.took.as_millis()).unwrap_or(u64::MAX),
            failure: used.failure,
        };
        self.providers.used(&row).await;
    }
}

pub(super) fn used(
    who: &Asker,
    one: &Candidate,
    prompt: &Prompt,
    took: Duration,
    asked: &Result<Reply, Failure>,
) -> Used {
    let usage = match asked {
        // Who does not count is counted.
        Ok(reply) if reply.usage == Usage::default() => {
            Usage { prompt_tokens: size::estimate(prompt), reply_tokens: (reply.text.len() as u64).div_ceil(3) }
        }
        Ok(reply) => reply.usage,
        Err(_) => Usage::default(),
    };
    Used {
        guild: who.guild,
        user: who.user,
        conversation: who.conversation.clone(),
        one: (one.provider.name.clone(), one.model.clone()),
        is_cloud: one.provider.is_cloud(),
        usage,
        took,
        failure: asked.as_ref().err().map(word),
    }
}

/// The word its row keeps.
fn word(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable { .. } => "unreachable",
        Failure::Key { .. } => "key",
        Failure::NoModel { .. } => "no_model",
        Failure::Busy { .. } => "busy",
        Failure::Quota { .. } => "quota",
        Failure::TooLong { .. } => "too_long",
        Failure::Cannot { .. } => "cannot",
        Failure::Garbled { .. } => "garbled",
        Failure::TimedOut { .. } => "timed_out",
        Failure::Broke { .. } => "broke",
        Failure::Rejected { .. } => "rejected",
        Failure::NoneLeft(_) => "none_left",
        Failure::Cancelled => "cancelled",
    }
}
