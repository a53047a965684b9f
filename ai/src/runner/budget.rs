//! How much a conversation may take: its own, and a smaller one for what was handed on.

use std::time::Duration;

use store::conversations::Conversation as Row;

use super::{Agent, Runner};
use crate::conversation::{Conversation, Limits};

/// A turn may take so long in all, without the time in which people are asked …
const LONGEST: Duration = Duration::from_mins(15);
/// … and one that was handed on so long.
const LONGEST_BELOW: Duration = Duration::from_mins(8);
/// So often the model has the word in what was handed on, unless its agent's file says otherwise …
const ROUNDS_BELOW: u32 = 8;
/// … and so many tokens it takes.
const TOKENS_BELOW: u64 = 60_000;
/// So often what does not hold of what must goes back to the model.
const FIXES: u32 = 2;
/// No fewer tokens to read than this are put in fewer words first.
const LEAST_READABLE: u64 = 1_500;

/// What a conversation may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    /// For a turn, without the time in which people are asked.
    pub(super) longest: Duration,
}

/// What this one may take now.
pub(super) async fn of(runner: &Runner, row: &Row, state: &Conversation) -> Budget {
    let known = runner.asides.known(row.guild, row.by, row.agent.as_deref()).await;
    let agent = known.ok().and_then(|known| known.agent);
    let wish = agent.as_ref().and_then(|agent| agent.model.as_deref());
    let readable = (runner.models.usual_window(row.guild, wish).await / 2).max(LEAST_READABLE);
    let budget = within(Limits { readable, ..Limits::default() }, agent.as_ref(), row.below.is_some());
    let has = |agent: &Agent| !agent.verify.is_empty() || !agent.after.is_empty();
    let is_held = !state.until.is_empty() || agent.as_ref().is_some_and(has);
    let limits = Limits { fixes: is_held.then_some(FIXES), ..budget.limits };
    Budget { limits, ..budget }
}

fn within(limits: Limits, agent: Option<&Agent>, is_below: bool) -> Budget {
    let rounds = agent.and_then(|agent| agent.rounds);
    if is_below {
        let rounds = rounds.unwrap_or(ROUNDS_BELOW);
        let limits = Limits { rounds, turn_tokens: TOKENS_BELOW.min(limits.turn_tokens), ..limits };
        return Budget { limits, longest: LONGEST_BELOW };
    }
    Budget { limits: Limits { rounds: rounds.unwrap_or(limits.rounds), ..limits }, longest: LONGEST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_on_has_less_than_what_it_came_from() {
        let (own, below) = (within(Limits::default(), None, false), within(Limits::default(), None, true));
        assert!(below.limits.rounds < own.limits.rounds && below.limits.turn_tokens < own.limits.turn_tokens);
        assert!(below.longest < own.longest);
        let agent = Agent { rounds: Some(3), ..Agent::default() };
        for is_below in [false, true] {
            assert_eq!(within(Limits::default(), Some(&agent), is_below).limits.rounds, 3, "its file has the say");
        }
    }
}
