//! The forms of `/overlay edit`: a part of what can be set, as it is now.

use base::Error;
use overlays::{
    EditOverlay, OverlayName, Settings,
    fields::{self, Section, What},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::overlays::OverlayKind;

use crate::{
    Data, Result,
    asked::{Asked, Opening},
    form::{Form, SHORT, Values, field, title},
    perform,
};

/// A number, a colour or a word.
const WORD: u16 = 20;

/// What a form of overlays was opened for. What is set now is shown, and never kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OverlayForm {
    /// The overlay.
    overlay: OverlayName,
    /// What it shows.
    kind: OverlayKind,
    /// The part of it.
    section: Section,
    /// What is set, as it would be typed.
    #[serde(skip)]
    values: Vec<String>,
}

impl OverlayForm {
    /// The form as Discord shows it.
    pub(crate) fn draw(&self, key: &str) -> Value {
        let values = self.values.iter().map(String::as_str).chain(std::iter::repeat(""));
        let drawn = fields::asked(self.kind, self.section).into_iter().zip(values).map(|(one, value)| {
            let most = if let What::Text(most) = one.what { most } else { WORD };
            let mut drawn = field(one.name, one.label, SHORT, one.first, most);
            drawn["components"][0]["value"] = value.into();
            drawn
        });
        let drawn: Vec<Value> = drawn.collect();
        json!({ "custom_id": key, "title": title("Overlay", self.overlay.as_str()), "components": drawn })
    }
}

/// Asks it. Nobody fills in a form only to hear that they may not.
pub(crate) async fn ask(asked: &Asked, arguments: Value, data: &Data) -> Result {
    let edit: EditOverlay =
        serde_json::from_value(arguments).map_err(|error| Error::internal("reading a button", error))?;
    data.hub.check(&asked.actor, &edit).await?;
    let overlay = data.hub.store().overlay(asked.actor.guild, edit.overlay.as_str()).await?;
    let gone = || Error::Busy("That overlay is gone. Nothing was changed.".to_owned());
    let overlay = overlay.ok_or_else(gone)?;
    let section = edit.section.unwrap_or(Section::Look);
    let settings = Settings::of(&overlay);
    let values = fields::asked(overlay.kind, section).iter().map(|field| field.written(&settings.values)).collect();
    let form = OverlayForm { overlay: edit.overlay, kind: overlay.kind, section, values };
    Form::Overlay(form).open(asked, &data.hub).await
}

/// One came back.
pub(crate) async fn submitted(asked: Asked, form: OverlayForm, typed: &Values, data: &Data) {
    let named = fields::asked(form.kind, form.section).into_iter();
    let values = named.map(|field| (field.name.to_owned(), typed.whole(field.name).to_owned())).collect();
    let performing = data.hub.perform(asked.actor.clone(), EditOverlay { values, ..EditOverlay::of(form.overlay) });
    perform::show(asked, &data.hub, performing, Opening::Card).await;
}
