//! The hub, as probes reach it: whether a line may be run with nobody there.
//!
//! **Invariant:** nothing is done, and every check is made each time. What somebody is, Discord is asked anew at each look: once for all
//! that is due then, and after everybody who waits for an answer of the bot's.

mod once;

use alerts::{Door, Leave};
use base::{Actor, GuildId, Need, Result, Risk, UserId};
use futures::future::{BoxFuture, FutureExt};
use hub::Hub;
use serde_json::Value;

use self::once::{MOMENT, Once};

/// The hub.
pub struct Through {
    hub: Hub,
    /// What people are, as it was asked a moment ago.
    people: Once<(GuildId, UserId), Option<Actor>>,
}

impl Through {
    /// Nobody was asked for yet.
    pub fn new(hub: Hub) -> Self {
        Self { hub, people: Once::lasting(MOMENT) }
    }
}

impl Door for Through {
    fn leave<'a>(
        &'a self,
        guild: GuildId,
        user: UserId,
        probe: &'a str,
        action: &'a str,
        arguments: Value,
    ) -> BoxFuture<'a, Result<Leave>> {
        async move {
            // What a probe runs is another feature's, and may be off.
            self.hub.guilds().refuse_off(guild, action).await?;
            let asked = self.people.of((guild, user), self.hub.stand_in_later(guild, user, probe)).await?;
            let Some(actor) = asked else { return Ok(Leave::Gone) };
            // Whichever probe asked first: it is this one's line.
            let actor = Actor { agent: Some(probe.to_owned()), ..actor };
            let foreseen = self.hub.foresee(&actor, action, arguments).await?;
            Ok(match (foreseen.risk, foreseen.need) {
                (Risk::Observe, Need::Never) => Leave::Given,
                (Risk::Observe, _) => Leave::Asks(foreseen.why),
                _ => Leave::DoesMore,
            })
        }
        .boxed()
    }
}
