//! Takes a grant back. What it allowed is refused from the next moment on.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::grants::Grant;

use super::{Access, line, mention};

/// Take a grant back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RevokeGrant {
    /// Its line in the list: `@Operators server.run on web-*`.
    pub grant: String,
    /// Its id, where several have that line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Revoked {
    holder: String,
    action: String,
    target: String,
}

impl Action for RevokeGrant {
    const NAME: &'static str = "grant.revoke";
    const RISK: Risk = Risk::Change;
    type Service = Access;
    type Report = Revoked;

    fn plan(&self) -> String {
        format!("Take back grant {}", code(&self.grant))
    }

    fn refusal(&self) -> String {
        "take grants back".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, access: &Access, _: &Run) -> Result<Revoked> {
        access.revoke(&permit).await
    }
}

impl Access {
    async fn revoke(&self, permit: &Permit<RevokeGrant>) -> Result<Revoked> {
        let guild = permit.actor().guild;
        let wanted = permit.action().grant.trim();
        let grants = self.store.grants(guild).await?;
        let id = permit.action().id.as_deref();
        let is_wanted = |grant: &Grant| line(grant).eq_ignore_ascii_case(wanted) && id.is_none_or(|id| grant.id == id);
        let mut found = grants.into_iter().filter(is_wanted);
        let Some(grant) = found.next() else {
            return Err(Error::Invalid(format!(
                "{} is no grant of this guild. Choose one of those offered while you type; `/grant list` shows them all. \
                 Nothing was changed.",
                code(wanted)
            )));
        };
        if found.next().is_some() {
            return Err(Error::Invalid(format!(
                "Several grants read {}. Choose one of those offered while you type. Nothing was changed.",
                code(wanted)
            )));
        }
        if !self.store.revoke_grant(guild, &grant.id).await? {
            return Err(Error::Busy("Somebody else has just taken that grant back.".to_owned()));
        }
        Ok(Revoked { holder: mention(&grant, guild), action: grant.action, target: grant.target })
    }
}

impl Report for Revoked {
    fn card(&self) -> Card {
        Card::ok(format!("**Took back** {} on {} from {}", code(&self.action), code(&self.target), self.holder))
            .text("What it allowed is refused from now on, also what still waits for an approval.")
    }
}
