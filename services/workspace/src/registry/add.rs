//! Adds an entry to a registry, for one guild.
//!
//! **Invariant:** what was typed is kept whole or not at all, and where it is not, whoever typed it gets it back.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::registries::RegistryEntry;

use crate::{
    Entry, ItemName, Registry, Values, Workspace,
    registry::{key, show::fields},
};

/// The most entries that people of a guild made or changed.
pub(crate) const MOST: i64 = 5_000;

/// Add an entry to a registry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddEntry {
    /// The registry.
    pub registry: ItemName,
    /// What it is called: the value of the first field.
    pub entry: String,
    /// What is in the other fields, by their names.
    #[serde(default)]
    pub values: Values,
}

/// It is kept.
#[derive(Debug, Serialize)]
pub struct Kept {
    pub(crate) registry: Registry,
    pub(crate) entry: Entry,
    pub(crate) verb: &'static str,
}

impl Action for AddEntry {
    const NAME: &'static str = "registry.add";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Kept;

    fn plan(&self) -> String {
        format!("Add {} to registry {}", code(&self.entry), code(self.registry.as_str()))
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
        let entry = key(&asked.entry).map_err(|why| unsaved(&asked.entry, &registry, &[why], &asked.values))?;
        if registry.entry(&entry).is_some() {
            return Err(unsaved(
                &entry,
                &registry,
                &["There is one already; `/registry edit` changes it".to_owned()],
                &asked.values,
            ));
        }
        let values = checked(&registry, &entry, &asked.values, run)?;
        // One that was taken away before leaves its row behind.
        let rows = workspace.store.registry_entries(actor.guild).await?;
        let same =
            |row: &&RegistryEntry| row.registry == registry.name && row.entry.to_lowercase() == entry.to_lowercase();
        let (entry, on) = rows.iter().find(same).map_or((entry, 0), |row| (row.entry.clone(), row.version));
        let new = row(&registry, &entry, &values, actor.user)?;
        if !workspace.store.set_registry_entry(actor.guild, &new, on, MOST).await? {
            let why = format!("Somebody added it just now, or {MOST} entries were made here and that is the most");
            return Err(unsaved(&entry, &registry, &[why], &asked.values));
        }
        registry.entries.clear();
        Ok(Kept { registry, entry: Entry { key: entry, values, version: on + 1, by: None }, verb: "Added" })
    }
}

/// What was typed, as it is to be kept.
pub(crate) fn checked(registry: &Registry, entry: &str, typed: &Values, run: &Run) -> Result<Values> {
    // A form that was filled with a masked value would keep the mask.
    let hides = |text: &str| run.redactor().finds(text) || text.contains(base::secret::MASK);
    if hides(entry) || typed.values().any(|value| hides(value)) {
        return Err(Error::Invalid(
            "There is a secret in it, and a registry is kept for others to see. Nothing was changed; `/secret set` keeps secrets."
                .to_owned(),
        ));
    }
    let mut values = registry.check(typed).map_err(|wrong| unsaved(entry, registry, &wrong, typed))?;
    if let Some(first) = registry.fields.first() {
        let value = first
            .kind
            .read(entry)
            .map_err(|why| unsaved(entry, registry, &[format!("{}: {why}", code(&first.name))], typed))?;
        values.insert(first.name.clone(), value);
    }
    Ok(values)
}

pub(crate) fn row(registry: &Registry, entry: &str, values: &Values, by: base::UserId) -> Result<RegistryEntry> {
    let content = serde_json::to_string(values).map_err(|error| Error::internal("keeping an entry", error))?;
    let (registry, entry) = (registry.name.clone(), entry.to_owned());
    Ok(RegistryEntry { registry, entry, content, kept: true, version: 0, by, at: base::Millis(0) })
}

/// It was not kept, and why; with what was typed, so that nobody types it again.
pub(crate) fn unsaved(entry: &str, registry: &Registry, why: &[String], typed: &Values) -> Error {
    let mut card = Card::failed(format!("**Not saved** {} in registry {}", code(entry), code(&registry.name)));
    for why in why {
        card = card.row(format!("{why}."), None);
    }
    let typed: Vec<String> =
        typed.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}: {value}")).collect();
    card = if typed.is_empty() {
        card.text("Nothing was changed.")
    } else {
        card.text("Nothing was changed. This is what was typed:").code("", typed.join("\n"))
    };
    Error::Outside(Box::new(card))
}

impl Report for Kept {
    fn card(&self) -> Card {
        let (registry, entry) = (&self.registry, &self.entry);
        let title = format!("**{}** {} in registry {}", self.verb, code(&entry.key), code(&registry.name));
        let card = fields(Card::ok(title), registry, entry);
        let more = registry.parts();
        if self.verb != "Added" || more < 2 {
            return card;
        }
        card.text(format!(
            "It has more fields than a form: `/registry edit registry:{} entry:… part:2` asks for the next five.",
            registry.name
        ))
    }
}
