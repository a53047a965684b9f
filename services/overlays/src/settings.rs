//! How an overlay looks: what was set of its fields, its pictures and sounds, and what stands on a canvas.

use std::collections::BTreeMap;

use base::{Error, Result, card::code};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::overlays::{Overlay, OverlayKind};

use crate::{
    Happened, fields,
    layout::{Element, ElementKind, holds},
};

/// A picture or a sound, as its settings name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// The SHA-256 of what is in it.
    pub hash: String,
    /// As what it is served.
    pub media: String,
}

/// How an overlay looks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What was set, by the fields' names; what is not there is as it was at first.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// What stands on a canvas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Element>,
    /// The picture of alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<FileRef>,
    /// Their sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<FileRef>,
}

impl Settings {
    /// Those of an overlay. What an older version wrote and this one does not know is left out.
    pub fn of(overlay: &Overlay) -> Self {
        serde_json::from_str(&overlay.settings).unwrap_or_default()
    }

    /// As they are kept.
    pub(crate) fn kept(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Sets a field to what was typed.
    pub(crate) fn set(&mut self, kind: OverlayKind, name: &str, typed: &str) -> Result<()> {
        let all = fields::of(kind);
        let field = all.iter().find(|field| field.name == name).ok_or_else(|| {
            let names = all.iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
            Error::Invalid(format!("There is no {} to set; there is {names}. Nothing was changed.", code(name)))
        })?;
        self.values.insert(name.to_owned(), field.read(typed)?);
        Ok(())
    }

    /// Everything that can be set, as it is.
    pub(crate) fn all(&self, kind: OverlayKind) -> BTreeMap<&'static str, Value> {
        let value = |field: fields::Field| {
            let kept = self.values.get(field.name).cloned();
            // What was kept before a limit changed is read anew.
            let typed = field.written(&self.values);
            let read = field.read(&typed).or_else(|_| field.read(""));
            (field.name, read.ok().or(kept).unwrap_or_default())
        };
        fields::of(kind).into_iter().map(value).collect()
    }

    /// Whether a text on its canvas shows a value of this name.
    pub(crate) fn binds(&self, name: &str) -> bool {
        let texts = self.elements.iter().filter(|one| one.kind == ElementKind::Text && one.visible);
        texts.into_iter().any(|one| holds(&one.content, name))
    }

    /// A field's text.
    pub(crate) fn text(&self, kind: OverlayKind, name: &str) -> String {
        let value = self.all(kind).remove(name).unwrap_or_default();
        value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
    }

    /// A field's number.
    pub(crate) fn number(&self, kind: OverlayKind, name: &str) -> i64 {
        self.all(kind).get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Whether it says nothing of these: whoever does not want to see one of them set its words to `off`.
    pub(crate) fn leaves_out(&self, kind: OverlayKind, what: Happened) -> bool {
        self.text(kind, what.as_str()).eq_ignore_ascii_case("off")
    }

    /// Whether something stands on its canvas in which alerts are seen.
    pub(crate) fn has_place(&self) -> bool {
        self.elements.iter().any(|one| one.kind == ElementKind::Alert && one.visible)
    }

    /// What its page is given. Addresses of files are told by their hashes, and what is left out has no words.
    pub(crate) fn page(&self, kind: OverlayKind) -> Value {
        let hash = |file: &Option<FileRef>| file.as_ref().map(|file| file.hash.clone());
        let mut all = json!(self.all(kind));
        for what in Happened::ALERTS.into_iter().filter(|what| self.leaves_out(kind, *what)) {
            all[what.as_str()] = json!("");
        }
        all["image"] = json!(hash(&self.image));
        all["sound"] = json!(hash(&self.sound));
        if kind == OverlayKind::Canvas {
            all["elements"] = json!(self.elements);
        }
        all
    }

    /// The hashes of its files.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = String> {
        [&self.image, &self.sound].into_iter().flatten().map(|file| file.hash.clone())
    }
}
