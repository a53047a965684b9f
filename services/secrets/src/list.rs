//! The secrets of a guild at a glance: everything about them but their values.

use std::collections::HashMap;

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Secrets, service::names};

/// More would not be read, and would not fit a card.
const SHOWN: usize = 15;
/// Servers named in a line; `/secret where-used` names them all.
const SERVERS_SHOWN: usize = 2;

/// List the secrets.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListSecrets {}

/// The secrets, without their values.
#[derive(Debug, Serialize)]
pub struct Listed {
    secrets: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    versions: i64,
    set_by: String,
    set_at: i64,
    rotated_by: Option<String>,
    rotated_at: Option<i64>,
    servers: Vec<String>,
}

impl Action for ListSecrets {
    const NAME: &'static str = "secret.list";
    const RISK: Risk = Risk::Observe;
    type Service = Secrets;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the secrets".to_owned()
    }

    fn refusal(&self) -> String {
        "list the secrets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, secrets: &Secrets, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let mut servers: HashMap<String, Vec<String>> = HashMap::new();
        for (secret, server) in secrets.store.logins_by_secret(guild).await? {
            servers.entry(secret).or_default().push(server);
        }
        let all = secrets.store.named_secrets(guild).await?.into_iter();
        let lines = all.map(|named| Line {
            servers: servers.remove(&named.secret).unwrap_or_default(),
            name: named.name,
            versions: named.versions,
            set_by: named.set_by,
            set_at: named.set.0,
            rotated_by: named.rotated_by,
            rotated_at: named.rotated.map(|rotated| rotated.0),
        });
        Ok(Listed { secrets: lines.collect() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.secrets.is_empty() {
            return Card::plain("**Secrets** none yet")
                .text("Set the first with `/secret set`: its name there, its value in a form.");
        }
        let unused = self.secrets.iter().filter(|line| line.servers.is_empty()).count();
        let mut card = Card::plain(format!("**Secrets** {} · {unused} unused", self.secrets.len()));
        for line in self.secrets.iter().take(SHOWN) {
            card = card.row(line.text(), None);
        }
        match self.secrets.len().saturating_sub(SHOWN) {
            0 => card,
            more => card.text(format!("and {more} more; `/secret where-used` completes every name")),
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let set = format!("set {} by <@{}>", Millis(self.set_at).relative(), self.set_by);
        let rotated = match (self.rotated_at, &self.rotated_by) {
            (Some(at), Some(by)) => {
                format!(" · value {}, rotated {} by <@{by}>", self.versions, Millis(at).relative())
            }
            _ => String::new(),
        };
        let used = match self.servers.as_slice() {
            [] => " · unused".to_owned(),
            servers => format!(" · used by {}", names(servers, SERVERS_SHOWN)),
        };
        format!("{}  {set}{rotated}{used}", code(&self.name))
    }
}
