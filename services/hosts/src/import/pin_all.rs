//! Pins several keys that were compared, as if each were pinned alone.
//!
//! **Invariant:** a key is pinned only under the fingerprint that was shown; those that are not chosen stay as they are.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    action::{Ending, Part},
    card::{Lands, Menu, Offer, Offers, Pick, Pre, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::in_short;
use crate::{Hosts, PinKey};

/// Pin the host keys of several servers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PinKeys {
    /// Each as it was shown: a name and a fingerprint, `web-1 SHA256:…`.
    pub keys: Vec<String>,
}

/// What became of each.
#[derive(Debug, Serialize)]
pub struct PinnedAll {
    pinned: Vec<String>,
    not: Vec<String>,
}

/// The menu that pins the chosen ones of these.
pub(super) fn menu(offered: &[(String, String)]) -> Menu {
    let of: Vec<Offer> = offered
        .iter()
        .map(|(name, print)| Offer {
            value: format!("{name} {print}"),
            label: name.clone(),
            description: print.clone(),
            chosen: Pre::Open,
        })
        .collect();
    Menu {
        placeholder: "Pin the keys that you have compared".to_owned(),
        offers: Offers::Texts { most: of.len(), of, least: 1 },
        pick: Pick {
            action: PinKeys::NAME.to_owned(),
            arguments: json!({ "keys": [] }),
            field: "keys".to_owned(),
            name: None,
            lands: Lands::Below,
        },
    }
}

impl Action for PinKeys {
    const NAME: &'static str = "server.pin-many";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = PinnedAll;

    fn plan(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(code).collect();
        format!("Pin {}: {}", measure::count(keys.len() as u64, "host key", "host keys"), keys.join(", "))
    }

    fn refusal(&self) -> String {
        "pin these host keys".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let mut known = Assessment::of(Self::RISK);
        let mut ids = Vec::new();
        for (server, _) in self.read() {
            let one = hosts.assess(actor.guild, &server, Self::RISK);
            ids.extend(one.identity);
            let target = server.to_string();
            known.each.push(Part { action: PinKey::NAME, chosen_by: target.clone(), target, tags: one.tags });
        }
        known.identity = Some(ids.join("\n"));
        Ok(known)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<PinnedAll> {
        let guild = permit.actor().guild;
        let keys = permit.action().read();
        let each = keys.iter().map(|(server, print)| async move {
            let pinned = hosts.pin_one(guild, server, print).await;
            pinned
                .map(|_| server.to_string())
                .map_err(|error| format!("{}: {}", code(server.as_str()), in_short(&error)))
        });
        let (mut pinned, mut not) = (Vec::new(), Vec::new());
        for one in futures::future::join_all(each).await {
            match one {
                Ok(name) => pinned.push(name),
                Err(why) => not.push(why),
            }
        }
        Ok(PinnedAll { pinned, not })
    }
}

impl PinKeys {
    fn read(&self) -> Vec<(ServerName, String)> {
        let parts = self.keys.iter().filter_map(|key| key.split_once(' '));
        parts.filter_map(|(name, print)| Some((name.parse().ok()?, print.to_owned()))).collect()
    }
}

impl Report for PinnedAll {
    fn card(&self) -> Card {
        let count = measure::count(self.pinned.len() as u64, "server", "servers");
        let names: Vec<String> = self.pinned.iter().map(code).collect();
        let card = match (self.pinned.len(), self.not.len()) {
            (0, _) => Card::failed("**Pinned none** of them"),
            (_, 0) => Card::ok(format!("**Added** {count}")).fact("each logged in once"),
            (_, not) => Card::attention(format!("**Added** {count}")).fact(format!("{not} not")),
        };
        let card = if names.is_empty() { card } else { card.text(names.join(" ")) };
        if self.not.is_empty() { card } else { card.text(self.not.join("\n")) }
    }

    fn ending(&self) -> Ending {
        if self.not.is_empty() { Ending::Done } else { Ending::Failed }
    }
}
