//! Changes an entry of a registry, for one guild.
//!
//! **Invariant:** whoever changes an entry names what they saw. Where it is another by now they are told, get back what they typed,
//! and nothing of whoever was first is lost.

use base::{Action, Permit, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Entry, ItemName, Registry, Values, Workspace,
    registry::{
        add::{Kept, MOST, checked, row, unsaved},
        show::nothing,
    },
};

/// Change an entry of a registry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditEntry {
    /// The registry.
    pub registry: ItemName,
    /// The entry.
    pub entry: String,
    /// What is to be in its fields, by their names; nothing empties one, and those not named stay as they are.
    #[serde(default)]
    pub values: Values,
    /// What it was when it was looked at, as its digest; none changes it however it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

impl Action for EditEntry {
    const NAME: &'static str = "registry.edit";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Kept;

    fn plan(&self) -> String {
        format!("Change {} in registry {}", code(&self.entry), code(self.registry.as_str()))
    }

    fn refusal(&self) -> String {
        format!("change registry {}", code(self.registry.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.registry.to_string())
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Kept> {
        let (asked, actor) = (permit.action(), permit.actor());
        let mut registry = workspace.registry(actor.guild, &asked.registry).await?;
        let entry = registry.entry(&asked.entry).cloned().ok_or_else(|| nothing(&asked.entry, &asked.registry))?;
        if asked.seen.as_ref().is_some_and(|seen| *seen != entry.digest()) {
            return Err(overtaken(&entry, &registry, &asked.values));
        }
        if let Some(first) = registry.fields.first().filter(|first| asked.values.contains_key(&first.name)) {
            let why = format!("An entry is called by {}: remove it and add another", code(&first.name));
            return Err(unsaved(&entry.key, &registry, &[why], &asked.values));
        }
        // What stays is not checked anew: only what is typed can be wrong.
        let typed = checked(&registry, &entry.key, &asked.values, run)?;
        let mut values = entry.values.clone();
        values.retain(|name, _| !asked.values.contains_key(name));
        values.extend(typed);
        let new = row(&registry, &entry.key, &values, actor.user)?;
        if !workspace.store.set_registry_entry(actor.guild, &new, entry.version, MOST).await? {
            return Err(overtaken(&entry, &registry, &asked.values));
        }
        registry.entries.clear();
        let entry = Entry { key: entry.key, values, version: entry.version + 1, by: None };
        Ok(Kept { registry, entry, verb: "Changed" })
    }
}

fn overtaken(entry: &Entry, registry: &Registry, typed: &Values) -> base::Error {
    let by = entry.by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
    let why = format!("It was changed{by} since you looked at it; `/registry edit` shows it as it is now");
    unsaved(&entry.key, registry, &[why], typed)
}
