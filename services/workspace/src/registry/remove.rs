//! Takes an entry out of a registry for one guild, or removes a registry that was made there.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ItemName, Workspace,
    item::Origin,
    registry::{
        add::{MOST, row, unsaved},
        show::nothing,
    },
    workspace::find,
};

/// Take an entry out of a registry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveEntry {
    /// The registry.
    pub registry: ItemName,
    /// The entry.
    pub entry: String,
}

/// Remove a registry that was made here, with its entries.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveRegistry {
    /// The registry.
    pub registry: ItemName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    registry: ItemName,
    /// The one entry; the whole registry where it is none.
    entry: Option<String>,
    entries: usize,
}

impl Action for RemoveEntry {
    const NAME: &'static str = "registry.take-out";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Take {} out of registry {}", code(&self.entry), code(self.registry.as_str()))
    }

    fn refusal(&self) -> String {
        format!("change registry {}", code(self.registry.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.registry.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Removed> {
        let (asked, actor) = (permit.action(), permit.actor());
        let registry = workspace.registry(actor.guild, &asked.registry).await?;
        let entry = registry.entry(&asked.entry).ok_or_else(|| nothing(&asked.entry, &asked.registry))?;
        let mut new = row(&registry, &entry.key, &entry.values, actor.user)?;
        new.kept = false;
        if !workspace.store.set_registry_entry(actor.guild, &new, entry.version, MOST).await? {
            let why = "Somebody changed it just now; look at it again".to_owned();
            return Err(unsaved(&entry.key, &registry, &[why], &crate::Values::new()));
        }
        Ok(Removed { registry: asked.registry.clone(), entry: Some(entry.key.clone()), entries: 1 })
    }
}

impl Action for RemoveRegistry {
    const NAME: &'static str = "registry.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Workspace;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove registry {} and all of its entries", code(self.registry.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove registry {}", code(self.registry.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.registry.to_string())
    }

    async fn assess(&self, workspace: &Workspace, actor: &Actor) -> Result<Assessment> {
        // Whoever says yes reads how much goes.
        let all = workspace.catalogue(actor.guild).await?;
        let entries =
            all.registries.get(self.registry.as_str()).and_then(|item| item.ok()).map(|one| one.entries.len());
        let why = entries.map(|entries| format!("with {} in it", measure::count(entries as u64, "entry", "entries")));
        Ok(Assessment { why, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Removed> {
        let (name, guild) = (permit.action().registry.clone(), permit.actor().guild);
        let item = find("registry", &name, workspace.catalogue(guild).await?.registries)?;
        if item.origin != Origin::Guild {
            return Err(Error::Invalid(format!(
                "{} is from {}, and only what was made here can be removed here. Single entries can be taken out.",
                code(name.as_str()),
                code(&item.file)
            )));
        }
        if !workspace.store.remove_guild_registry(guild, name.as_str()).await? {
            return Err(Error::NotFound { kind: "registry", name: name.to_string() });
        }
        let entries = item.ok().map(|registry| registry.entries.len()).unwrap_or_default();
        Ok(Removed { registry: name, entry: None, entries })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let registry = code(self.registry.as_str());
        match &self.entry {
            Some(entry) => Card::ok(format!("**Took** {} out of registry {registry}", code(entry))),
            None => Card::ok(format!("**Removed** registry {registry}")).fact(measure::count(
                self.entries as u64,
                "entry",
                "entries",
            )),
        }
    }
}
