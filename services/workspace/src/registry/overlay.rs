//! What people of a guild made of a registry's entries, laid over what its file says.

use store::registries::RegistryEntry;

use super::{Entry, Registry, Values};

/// Lays it over; an entry that is new comes after those of the file.
pub(crate) fn overlay(registry: &mut Registry, rows: &[RegistryEntry]) {
    for row in rows.iter().filter(|row| row.registry == registry.name) {
        let at = registry.entries.iter().position(|entry| entry.key.to_lowercase() == row.entry.to_lowercase());
        if !row.kept {
            if let Some(at) = at {
                registry.entries.remove(at);
            }
            continue;
        }
        let mut values: Values = serde_json::from_str(&row.content).unwrap_or_default();
        // A field that the file has no more is shown no more.
        values.retain(|name, _| registry.fields.iter().any(|field| field.name == *name));
        let entry = Entry { key: row.entry.clone(), values, version: row.version, by: Some(row.by) };
        match at {
            Some(at) => registry.entries[at] = entry,
            None => registry.entries.push(entry),
        }
    }
}
