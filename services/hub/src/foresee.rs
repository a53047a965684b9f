//! What would come of something if it were asked for by itself one day: whether it may be, and whose yes it would take.
//!
//! **Invariant:** nothing is done and nothing allowed by it: when the day comes, every check is made anew.

use base::{Actor, Error, GuildId, Need, Result, Risk, UserId, Way};
use serde_json::Value;

use crate::{Hub, grants::Held, policy};

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
        let entry = self.parts.actions.get(name);
        let entry = entry.ok_or_else(|| Error::NotFound { kind: "action", name: name.to_owned() })?;
        let by_itself = Actor { way: Way::Automation, ..actor.clone() };
        let request = (entry.request)(self, &by_itself, arguments.clone()).await?;
        if !request.own {
            let held = Held::by(actor, &self.parts.store).await?;
            if !held.suffices(&request) {
                return Err(held.refuse(&request, request.refusal.clone()));
            }
        }
        (entry.exists)(self, actor, arguments).await?;
        let ruling = policy::ruling(&self.parts.store.rules(actor.guild).await?, &by_itself, &request);
        let need = if request.own { Need::Never } else { ruling.need };
        Ok(Foreseen { plan: request.plan, risk: request.risk, need, why: ruling.why })
    }

    /// Somebody as they are now, in whose name `agent` asks for something; none once they left the guild.
    pub async fn stand_in(&self, guild: GuildId, user: UserId, agent: &str) -> Result<Option<Actor>> {
        let standing = self.standing(guild, user).await?;
        Ok(standing.map(|standing| Actor {
            way: Way::Automation,
            agent: Some(agent.to_owned()),
            ..standing.actor(guild, user)
        }))
    }
}
