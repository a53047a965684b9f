//! Changes how an overlay looks. Without anything to change, it shows what there is to.

use std::collections::BTreeMap;

use base::{
    Action, Card, Error, Permit, Redactor, Report, Result, Risk, Run, Secret,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Weight},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::overlays::{Overlay, OverlayKind};

use super::{OverlayName, TestOverlay, UndoOverlay};
use crate::{
    NewFile, Overlays, Part, Settings, busy,
    fields::{self, Field, Section, What as Takes},
    kind_name, layout, preview, refuse_secrets,
    show::What,
};

/// Change how an overlay looks. What is not said stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// What is set, by the fields' names, as it would be typed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// One field that is set to `value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The part that somebody is asked about in a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Section>,
    /// What stands on a canvas, as JSON.
    // It is read from a file that somebody attaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub layout: Option<Secret>,
    /// The picture of alerts, by what it is known by since it was fetched; or none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<NewFile>,
    /// Their sound, in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<NewFile>,
}

impl EditOverlay {
    /// Nothing of an overlay is changed yet.
    pub fn of(overlay: OverlayName) -> Self {
        let values = BTreeMap::new();
        Self { overlay, values, field: None, value: None, section: None, layout: None, image: None, sound: None }
    }

    /// The same as somebody is asked about it in a form.
    fn asking(overlay: OverlayName, section: Option<Section>) -> Self {
        Self { section, ..Self::of(overlay) }
    }
}

/// How it looks now, and what there is to change.
#[derive(Debug, Serialize)]
pub struct Edited {
    overlay: OverlayName,
    kind: OverlayKind,
    settings: BTreeMap<&'static str, serde_json::Value>,
    elements: usize,
    #[serde(skip)]
    has_before: bool,
    #[serde(skip)]
    done: &'static str,
    alt: String,
    #[serde(skip)]
    png: Vec<u8>,
}

impl Action for EditOverlay {
    const NAME: &'static str = "overlay.edit";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Edited;

    fn plan(&self) -> String {
        format!("Change how overlay `{}` looks", self.overlay)
    }

    fn refusal(&self) -> String {
        "change overlays".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, run: &Run) -> Result<Edited> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let was = Settings::of(&overlay);
        let mut settings = was.clone();
        let one = asked.field.as_ref().zip(asked.value.as_ref());
        for (name, typed) in asked.values.iter().chain(one) {
            refuse_secrets(run, typed)?;
            settings.set(overlay.kind, name, typed)?;
        }
        if let Some(file) = &asked.layout {
            if overlay.kind != OverlayKind::Canvas {
                return Err(Error::Invalid("Only a canvas has a layout. Nothing was changed.".to_owned()));
            }
            refuse_secrets(run, file.expose())?;
            let read = layout::read(file.expose())?;
            settings.elements = read.elements;
            if let Some(aspect) = read.aspect {
                settings.set(overlay.kind, "aspect", aspect)?;
            }
        }
        let has_alerts = matches!(overlay.kind, OverlayKind::Alerts | OverlayKind::Canvas);
        for (part, file) in [(Part::Image, &asked.image), (Part::Sound, &asked.sound)] {
            let Some(file) = file else { continue };
            if !has_alerts {
                return Err(Error::Invalid(
                    "Only alerts and a canvas have a picture and a sound. Nothing was changed.".to_owned(),
                ));
            }
            let kept = overlays.fetched(guild, part, file)?;
            if let Some((named, file)) = &kept {
                overlays.store.keep_overlay_file(&overlay, &named.hash, file).await?;
            }
            let named = kept.map(|(named, _)| named);
            match part {
                Part::Image => settings.image = named,
                Part::Sound => settings.sound = named,
            }
        }
        if settings == was {
            return Edited::of(asked.overlay.clone(), &overlay, run.redactor().clone(), "").await;
        }
        let Some(changed) = overlays.store.set_overlay_settings(&overlay, &settings.kept()).await? else {
            return Err(busy());
        };
        let named: Vec<String> = settings.hashes().chain(was.hashes()).collect();
        overlays.store.sweep_overlay_files(&changed, &named).await?;
        overlays.changed(&changed, What::Everything).await?;
        Edited::of(asked.overlay.clone(), &changed, run.redactor().clone(), "Changed").await
    }
}

impl Edited {
    /// How an overlay looks after this was done.
    pub(crate) async fn of(
        name: OverlayName,
        overlay: &Overlay,
        redactor: Redactor,
        done: &'static str,
    ) -> Result<Self> {
        let settings = Settings::of(overlay);
        let (png, alt) = preview::png(overlay, redactor).await?;
        Ok(Self {
            overlay: name,
            kind: overlay.kind,
            settings: settings.all(overlay.kind),
            elements: settings.elements.len(),
            has_before: overlay.previous.is_some(),
            done,
            alt,
            png,
        })
    }

    /// A menu for a field that is one of a few words.
    fn menu(&self, field: &Field) -> Option<Menu> {
        let Takes::OneOf(words) = field.what else { return None };
        let now = self.settings.get(field.name).and_then(|value| value.as_str()).unwrap_or(field.first);
        let offer = |word: &&str| Offer {
            value: (*word).to_owned(),
            label: format!("{}: {word}", field.label),
            description: String::new(),
            chosen: if *word == now { Pre::Chosen } else { Pre::Open },
        };
        Some(Menu {
            placeholder: field.label.to_owned(),
            offers: Offers::Texts { of: words.iter().map(offer).collect(), least: 1, most: 1 },
            pick: Pick {
                action: EditOverlay::NAME.to_owned(),
                arguments: json!({ "overlay": self.overlay, "field": field.name }),
                field: "value".to_owned(),
                name: None,
                lands: Lands::Here,
            },
        })
    }

    /// A menu for the forms that there are.
    fn forms(&self) -> Menu {
        let sections = Section::ALL.into_iter().filter(|section| !fields::asked(self.kind, *section).is_empty());
        let offer = |section: Section| Offer {
            value: json!(section).as_str().unwrap_or_default().to_owned(),
            label: section.title().to_owned(),
            description: fields::asked(self.kind, section)
                .iter()
                .map(|field| field.name)
                .collect::<Vec<_>>()
                .join(", "),
            chosen: Pre::Open,
        };
        Menu {
            placeholder: "Change in a form…".to_owned(),
            offers: Offers::Texts { of: sections.map(offer).collect(), least: 1, most: 1 },
            pick: Pick {
                action: EditOverlay::NAME.to_owned(),
                arguments: json!(EditOverlay::asking(self.overlay.clone(), None)),
                field: "section".to_owned(),
                name: None,
                lands: Lands::Here,
            },
        }
    }
}

impl Report for Edited {
    fn card(&self) -> Card {
        let title = if self.done.is_empty() { "Edit" } else { self.done };
        let mut card = if self.done.is_empty() { Card::plain("") } else { Card::ok("") };
        card.title = format!("**{title}** overlay `{}`", self.overlay);
        card = card.fact(kind_name(self.kind)).picture("overlay.png", self.png.clone(), &self.alt);
        if self.kind == OverlayKind::Canvas {
            let count = base::measure::count(u64::try_from(self.elements).unwrap_or_default(), "element", "elements");
            card = card.fact(count);
            if self.elements == 0 {
                card = card.text("`/overlay edit layout:` takes a JSON file of what stands on it.");
            }
        }
        card = card.menu(self.forms());
        for menu in fields::chosen(self.kind).iter().filter_map(|field| self.menu(field)) {
            card = card.menu(menu);
        }
        let test = TestOverlay { overlay: self.overlay.clone(), what: None };
        card = card.choice(Choice::perform("Test", &test, Lands::Aside).weigh(Weight::Primary));
        if self.has_before {
            card = card.choice(Choice::perform("Undo", &UndoOverlay { overlay: self.overlay.clone() }, Lands::Here));
        }
        card
    }
}
