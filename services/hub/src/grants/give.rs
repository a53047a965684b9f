//! Gives a role or a person an action on targets.

use base::{Action, Card, Error, Permit, Report, Result, Risk, RoleId, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::grants::{Holder, NewGrant};

use super::{Access, Held, MOST, refuse_secrets};
use crate::pattern;

/// Let a role or a person do something.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GiveGrant {
    /// The role's id; or a person's instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<u64>,
    /// The person's id; or a role's instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<u64>,
    /// What they are called.
    pub name: String,
    /// An action such as `server.run`, all of a kind as `server.*`, or `*`.
    pub allow: String,
    /// A target such as `web-1`, several as `web-*` or `tag:prod`, or `*`.
    pub on: String,
}

/// They hold it.
#[derive(Debug, Serialize)]
pub struct Given {
    holder: String,
    action: String,
    target: String,
    new: bool,
}

impl GiveGrant {
    fn holder(&self) -> Result<Holder> {
        match (self.role, self.person) {
            (Some(role), None) => Ok(Holder::Role(RoleId(role))),
            (None, Some(person)) => Ok(Holder::Person(UserId(person))),
            _ => Err(Error::Invalid("Say a role or a person, and one of them. Nothing was changed.".to_owned())),
        }
    }

    fn mention(&self) -> String {
        match (self.role, self.person) {
            // A mention of @everyone is its name; it pings nobody where the message does not allow it.
            (Some(_), _) if self.name == "@everyone" => "@everyone".to_owned(),
            (Some(role), _) => format!("<@&{role}>"),
            (_, person) => format!("<@{}>", person.unwrap_or_default()),
        }
    }
}

impl Action for GiveGrant {
    const NAME: &'static str = "grant.give";
    const RISK: Risk = Risk::Change;
    type Service = Access;
    type Report = Given;

    fn plan(&self) -> String {
        format!("Let {} do {} on {}", self.mention(), code(&self.allow), code(&self.on))
    }

    fn refusal(&self) -> String {
        "give grants".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, access: &Access, run: &Run) -> Result<Given> {
        refuse_secrets(run, &[&permit.action().allow, &permit.action().on, &permit.action().name])?;
        access.give(&permit).await
    }
}

impl Access {
    async fn give(&self, permit: &Permit<GiveGrant>) -> Result<Given> {
        let (give, actor) = (permit.action(), permit.actor());
        let holder = give.holder()?;
        let action = pattern::action(&give.allow, &self.actions())?;
        let target = pattern::target(&give.on)?;
        if !Held::by(actor, &self.store).await?.covers(&action, &target) {
            let action = format!("give {} on {}: you do not hold it yourself", code(&action), code(&target));
            return Err(Error::Forbidden { action, grant: "the same, or more".to_owned(), covered: Vec::new() });
        }
        let grant = NewGrant {
            guild: actor.guild,
            holder,
            holder_name: &give.name,
            action: &action,
            target: &target,
            given_by: actor.user,
        };
        let Some(new) = self.store.give_grant(&grant, MOST).await? else {
            return Err(Error::Busy(format!(
                "This guild has {MOST} grants, and I keep no more. `/grant revoke` takes one back. Nothing was changed."
            )));
        };
        Ok(Given { holder: give.mention(), action, target, new })
    }
}

impl Report for Given {
    fn card(&self) -> Card {
        let (action, target) = (code(&self.action), code(&self.target));
        if self.new {
            let card = Card::ok(format!("**Granted** {action} on {target} to {}", self.holder));
            return card.text("It counts from now on. `/grant revoke` takes it back.");
        }
        Card::quiet(format!("**Held already** {action} on {target} by {}", self.holder)).text("Nothing was changed.")
    }
}
