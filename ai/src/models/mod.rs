//! Who is asked: the house's models before any cloud's, the next one only while nothing was shown, a cloud only where the guild lets it.
//!
//! **Invariants:** where a guild lets nothing leave the house, nothing does, whatever fails. What is shown comes from one model. Every
//! answer, and every try that came to nothing, is a row.

mod asking;
mod line;
mod used;

use std::sync::{Arc, OnceLock};

use ::models::{Known, Providers};
use base::{Clock, GuildId, RoleId, UserId};
use futures::future::BoxFuture;

use crate::Failure;

pub use self::{
    asking::Answered,
    line::{First, Line},
    used::Used,
};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Where.
    pub guild: GuildId,
    /// Who.
    pub user: UserId,
    /// What they are, for what they may use.
    pub roles: Vec<RoleId>,
    /// In which conversation.
    pub conversation: Option<String>,
    /// The names of those who take part: a cloud that sees stand-ins does not see them.
    pub people: Vec<String>,
}

/// What a question takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asks {
    /// It has tools.
    pub tools: bool,
    /// It has pictures.
    pub images: bool,
}

/// What is called by name in a guild, as others know it.
pub type KnowsNames = Box<dyn Fn(GuildId) -> BoxFuture<'static, Vec<String>> + Send + Sync>;

/// The models of every guild.
pub struct Models {
    providers: Arc<Providers>,
    clock: Clock,
    hosts: OnceLock<KnowsNames>,
}

impl Models {
    /// Nobody is asked yet.
    pub fn new(providers: Arc<Providers>, clock: Clock) -> Self {
        Self { providers, clock, hosts: OnceLock::new() }
    }

    /// Who knows the names of a guild's servers, and their addresses.
    pub fn know_hosts(&self, hosts: KnowsNames) {
        let _ = self.hosts.set(hosts);
    }
}

/// What a question takes that a model is known not to have. What is not known is tried.
fn lacks(known: &Known, asks: Asks) -> Option<&'static str> {
    if asks.tools && known.tools == Some(false) {
        Some("tools")
    } else if asks.images && known.images == Some(false) {
        Some("pictures")
    } else {
        None
    }
}

fn ours(error: &base::Error) -> Failure {
    tracing::error!("who to ask is not known: {error}");
    Failure::NoneLeft(error.to_string())
}
