//! What would come of something if it were asked for by itself one day: whether it may be, and whose yes it would take.
//!
//! **Invariant:** nothing is done and nothing allowed by it: when the day comes, every check is made anew.

use base::{Actor, GuildId, Need, Result, Risk, UserId, Way};
use serde_json::Value;

use crate::{Hub, Standing, grants::Held, policy};

/// What would come of it.
#[derive(Debug, Clone)]
pub struct Foreseen {
    /// What exactly would happen.
    pub plan: String,
    /// How much it can hurt.
    pub risk: Risk,
    /// Whose yes it would take.
    pub need: Need,
    /// Why.
    pub why: String,
}

impl Hub {
    /// Looks at something known by name, as it would be asked for by what this person sets up.
    ///
    /// # Errors
    /// When there is no such action, the arguments do not fit it, they may not do it, or what it acts on is not there.
    pub async fn foresee(&self, actor: &Actor, name: &str, arguments: Value) -> Result<Foreseen> {
        let action = self.entry(name)?.read(self, arguments)?;
        let by_itself = Actor { way: Way::Automation, ..actor.clone() };
        let request = self.request(&by_itself, &action).await?;
        if !request.own {
            let held = Held::by(actor, &self.parts.store).await?;
            if !held.suffices(&request) {
                return Err(held.refuse(&request, request.refusal.clone()));
            }
        }
        action.exists(actor).await?;
        let ruling = policy::ruling(&self.parts.store.rules(actor.guild).await?, &by_itself, &request);
        let need = if request.own { Need::Never } else { ruling.need };
        Ok(Foreseen { plan: request.plan, risk: request.risk, need, why: ruling.why })
    }

    /// Somebody as they are now, in whose name `agent` asks for something; none once they left the guild.
    pub async fn stand_in(&self, guild: GuildId, user: UserId, agent: &str) -> Result<Option<Actor>> {
        Ok(self.standing(guild, user).await?.map(|standing| in_place_of(standing, (guild, user), agent)))
    }

    /// Somebody as they are now, who comes in by themselves, on a page; none once they left the guild.
    pub async fn visitor(&self, guild: GuildId, user: UserId) -> Result<Option<Actor>> {
        Ok(self.standing(guild, user).await?.map(|standing| standing.actor(guild, user)))
    }

    /// The same as `stand_in` where nobody waits for it: Discord is asked once everybody who does had their turn.
    pub async fn stand_in_later(&self, guild: GuildId, user: UserId, agent: &str) -> Result<Option<Actor>> {
        Ok(self.standing_later(guild, user).await?.map(|standing| in_place_of(standing, (guild, user), agent)))
    }
}

fn in_place_of(standing: Standing, (guild, user): (GuildId, UserId), agent: &str) -> Actor {
    Actor { way: Way::Automation, agent: Some(agent.to_owned()), ..standing.actor(guild, user) }
}
