//! Makes a role the operators': gives it, in one go, what whoever runs things day by day needs.

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, RoleId, Run,
    card::{Choice, Lands, Weight, code},
};
use guilds::{ShowSetup, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::grants::{Holder, NewGrant};

use super::{Access, Held, MOST, refuse_secrets};

/// Give a role an operator's grants, each on everything.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MakeOperators {
    /// The role's id.
    pub role: u64,
    /// What it is called.
    pub name: String,
}

/// They hold it.
#[derive(Debug, Serialize)]
pub struct Made {
    role: u64,
    new: usize,
    before: usize,
}

impl Action for MakeOperators {
    const NAME: &'static str = "setup.operators";
    const RISK: Risk = Risk::Change;
    type Service = Access;
    type Report = Made;

    fn plan(&self) -> String {
        format!("Give <@&{}> an operator's grants", self.role)
    }

    fn refusal(&self) -> String {
        "give grants".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Access, _: &Actor) -> Result<Assessment> {
        // Whoever may set up and may not give grants does not give them here either, and what is said of `grant.give` counts.
        let also = vec![("grant.give", self.name.clone())];
        Ok(Assessment { also, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, access: &Access, run: &Run) -> Result<Made> {
        let (MakeOperators { role, name }, actor) = (permit.action(), permit.actor());
        refuse_secrets(run, &[name])?;
        if *role == actor.guild.0 {
            return Err(Error::Invalid("Everybody would be an operator. Nothing was changed.".to_owned()));
        }
        let grants = guilds::operators(&access.guilds.on(actor.guild).await?);
        let held = Held::by(actor, &access.store).await?;
        if let Some(missing) = grants.iter().find(|action| !held.covers(action, "*")) {
            let action = format!("give {} on everything: you do not hold it yourself", code(missing));
            return Err(Error::Forbidden { action, grant: "the same, or more".to_owned(), covered: Vec::new() });
        }
        let mut new = 0;
        for action in &grants {
            let grant = NewGrant {
                guild: actor.guild,
                holder: Holder::Role(RoleId(*role)),
                holder_name: name,
                action,
                target: "*",
                given_by: actor.user,
            };
            match access.store.give_grant(&grant, MOST).await? {
                Some(given) => new += usize::from(given),
                None => {
                    return Err(Error::Busy(format!(
                        "This guild has {MOST} grants, and I keep no more. {new} of {} were given. `/grant revoke` makes room.",
                        grants.len()
                    )));
                }
            }
        }
        access.store.set_operators(actor.guild, RoleId(*role)).await?;
        Ok(Made { role: *role, new, before: grants.len() - new })
    }
}

impl Report for Made {
    fn card(&self) -> Card {
        let card =
            Card::ok(format!("**Made operators** of <@&{}>", self.role)).fact(format!("{} grants given", self.new));
        let card = if self.before > 0 { card.fact(format!("{} held already", self.before)) } else { card };
        let next = Choice::perform("Next", &ShowSetup { step: Step::Approvals }, Lands::Here).weigh(Weight::Primary);
        card.text("They count from now on. `/grant list` shows them.").choice(next)
    }
}
