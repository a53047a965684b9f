//! Every grant of a guild at a glance.

use base::{Action, Card, GuildId, Permit, Report, Result, Risk, RoleId, Run, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::grants::{Grant, Holder};

use super::{Access, line, mention};

/// More would not be read on a phone; the rest is in the file.
const SHOWN: usize = 15;

/// List the grants.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListGrants {
    /// Only those of this role or person, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<u64>,
}

/// The grants.
#[derive(Debug, Serialize)]
pub struct Grants {
    #[serde(skip)]
    guild: GuildId,
    #[serde(skip)]
    rows: Vec<Grant>,
    lines: Vec<String>,
}

impl Action for ListGrants {
    const NAME: &'static str = "grant.list";
    const RISK: Risk = Risk::Observe;
    type Service = Access;
    type Report = Grants;

    fn plan(&self) -> String {
        "List the grants".to_owned()
    }

    fn refusal(&self) -> String {
        "see who holds what".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, access: &Access, _: &Run) -> Result<Grants> {
        let guild = permit.actor().guild;
        let mut grants = access.store.grants(guild).await?;
        if let Some(wanted) = permit.action().holder {
            let is_wanted =
                |holder| matches!(holder, Holder::Role(RoleId(id)) | Holder::Person(UserId(id)) if id == wanted);
            grants.retain(|grant| is_wanted(grant.holder));
        }
        let lines = grants.iter().map(line);
        Ok(Grants { guild, lines: lines.collect(), rows: grants })
    }
}

impl Report for Grants {
    fn card(&self) -> Card {
        if self.rows.is_empty() {
            return Card::plain("**Grants** none yet")
                .text("Administrators hold everything, everybody else nothing. `/grant role` lets a role do more.");
        }
        let mut card = Card::plain(format!("**Grants** {}", self.rows.len())).fact("administrators hold everything");
        for grant in self.rows.iter().take(SHOWN) {
            let (action, target) = (code(&grant.action), code(&grant.target));
            card = card.row(format!("{}  {action} on {target}", mention(grant, self.guild)), None);
        }
        if self.rows.len() > SHOWN {
            let all = self.lines.join("\n");
            card = card
                .text(format!("and {} more, all in the file", self.rows.len() - SHOWN))
                .file("grants.txt", all.into_bytes());
        }
        card
    }
}
