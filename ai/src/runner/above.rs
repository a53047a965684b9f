//! What stands above a conversation that is a task of another one's: each may only narrow what may be done in it.
//!
//! **Invariant:** nothing below can call what something above cannot, as the workspace and the modes are at this moment.

use base::{Error, Result, card::code};
use conversations::Mode;
use store::conversations::Conversation as Row;

use super::{Runner, brief::Known};

/// What is left by all of them together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Narrowing {
    /// Patterns of actions, a list for each agent that has one: what is called is on all of them.
    pub(super) only: Vec<Vec<String>>,
    /// Whether anything may be changed at all.
    pub(super) may_change: bool,
}

/// What the agent of a conversation and those above it leave.
pub(super) async fn narrowing(runner: &Runner, row: &Row, known: &Known) -> Result<Narrowing> {
    let mut only: Vec<Vec<String>> = known.agent.as_ref().and_then(|agent| agent.only.clone()).into_iter().collect();
    let mut may_change = Mode::parse(&row.mode).may_change();
    let (mut below, mut name) = (row.below, row.agent.clone().unwrap_or_default());
    while let Some(place) = below {
        let gone = || Error::Busy("The conversation that this belongs to is gone.".to_owned());
        let above = runner.hub.store().conversation(row.guild, place.parent).await?.ok_or_else(gone)?;
        let agent = runner.asides.known(row.guild, row.by, above.agent.as_deref()).await?.agent;
        let has = |agent: &super::Agent| agent.sub_agents.iter().any(|one| one.name == name);
        let Some(agent) = agent.filter(has) else {
            return Err(Error::Busy(format!("Nobody hands work to agent {} any more.", code(&name))));
        };
        only.extend(agent.only);
        may_change &= Mode::parse(&above.mode).may_change();
        (below, name) = (above.below, above.agent.unwrap_or_default());
    }
    Ok(Narrowing { only, may_change })
}
