//! A registry with its entries, or one entry with all of its fields.

use std::sync::Arc;

use base::{Action, Actor, Card, Error, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Entry, ItemName, Mistake, Registry, Workspace, item::Origin, listing::broken, workspace::find};

/// So many entries are drawn; the rest are in a file.
const SHOWN: usize = 15;
/// So many of an entry's fields stand on its line.
const ON_A_LINE: usize = 3;

/// Show a registry, or one of its entries.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowRegistry {
    /// The registry.
    pub registry: ItemName,
    /// One entry; all of them where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// How it is.
#[derive(Debug, Serialize)]
pub struct Shown {
    name: ItemName,
    origin: Origin,
    /// With the one entry where that was asked for.
    registry: Option<Registry>,
    one: bool,
    told: Vec<String>,
}

impl Action for ShowRegistry {
    const NAME: &'static str = "registry.show";
    const RISK: Risk = Risk::Observe;
    type Service = Workspace;
    type Report = Shown;

    fn plan(&self) -> String {
        match &self.entry {
            Some(entry) => format!("Show {} of registry {}", code(entry), code(self.registry.as_str())),
            None => format!("Show registry {}", code(self.registry.as_str())),
        }
    }

    fn refusal(&self) -> String {
        format!("see registry {}", code(self.registry.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.registry.to_string())
    }

    async fn exists(&self, workspace: &Workspace, actor: &Actor) -> Result<()> {
        find("registry", &self.registry, workspace.catalogue(actor.guild).await?.registries).map(drop)
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, _: &Run) -> Result<Shown> {
        let asked = permit.action();
        let item = find("registry", &asked.registry, workspace.catalogue(permit.actor().guild).await?.registries)?;
        let told = item.mistakes().map(Mistake::told).collect();
        let (origin, mut registry) = (item.origin, item.what.read.ok());
        if let Some((registry, key)) = registry.as_mut().zip(asked.entry.as_ref()) {
            let entry = registry.entry(key).cloned().ok_or_else(|| nothing(key, &asked.registry))?;
            registry.entries = vec![entry];
        }
        Ok(Shown { name: asked.registry.clone(), origin, registry, one: asked.entry.is_some(), told })
    }
}

/// There is no such entry.
pub(crate) fn nothing(entry: &str, registry: &ItemName) -> Error {
    Error::Invalid(format!(
        "There is no {} in {}. Nothing was changed; `/registry show` lists its entries.",
        code(entry),
        code(registry.as_str())
    ))
}

fn line(registry: &Registry, entry: &Entry) -> String {
    let rest = registry.fields.iter().skip(1).filter_map(|field| entry.values.get(&field.name));
    let rest: Vec<String> = rest.take(ON_A_LINE).map(code).collect();
    format!("{}  {}", code(&entry.key), rest.join(" · ")).trim_end().to_owned()
}

impl Report for Shown {
    fn card(&self) -> Card {
        let Some(registry) = &self.registry else {
            return broken("Registry", self.name.as_str(), self.origin, &self.told);
        };
        if let ([entry], true) = (registry.entries.as_slice(), self.one) {
            return whole(registry, entry);
        }
        let fields: Vec<String> =
            registry.fields.iter().map(|field| format!("{} {}", code(&field.name), field.kind.as_str())).collect();
        let mut card = Card::plain(format!("**Registry** {}", code(self.name.as_str())))
            .fact(measure::count(registry.entries.len() as u64, "entry", "entries"))
            .fact(self.origin.words());
        if !registry.description.is_empty() {
            card = card.text(code(&registry.description));
        }
        card = card.text(format!("Fields: {}", fields.join(", ")));
        for entry in registry.entries.iter().take(SHOWN) {
            card = card.row(line(registry, entry), None);
        }
        if registry.entries.is_empty() {
            card = card.text(format!("`/registry add registry:{} entry:…` makes the first entry.", self.name));
        }
        if registry.entries.len() > SHOWN {
            let all: Vec<String> = registry.entries.iter().map(|entry| line(registry, entry)).collect();
            card = card
                .text(format!("and {} more, all in the file", registry.entries.len() - SHOWN))
                .file(format!("{}.txt", self.name), Arc::new(all.join("\n").into_bytes()));
        }
        for told in &self.told {
            card = card.text(format!("! {told}"));
        }
        card
    }
}

/// One entry with everything that is known of it.
pub(crate) fn whole(registry: &Registry, entry: &Entry) -> Card {
    fields(Card::plain(format!("**{}** in registry {}", code(&entry.key), code(&registry.name))), registry, entry)
}

/// What is in each field, line by line.
pub(crate) fn fields(mut card: Card, registry: &Registry, entry: &Entry) -> Card {
    for field in registry.fields.iter().skip(1) {
        let value = entry.values.get(&field.name).map_or_else(|| "–".to_owned(), code);
        card = card.row(format!("{}  {value}", code(&field.name)), None);
    }
    match entry.by {
        Some(by) => card.small(format!("changed by <@{by}>")),
        None => card,
    }
}
