//! What can be set of an overlay, declared once for each kind: forms, menus, limits and what a page is given follow from here.
//!
//! **Invariant:** what a page puts into a style is a parsed colour, a clamped number or one of a few words, never a text somebody typed.

use std::collections::BTreeMap;

use base::{Error, Result, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::overlays::OverlayKind;

/// A part of what can be set, as large as a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Colours and size.
    Look,
    /// How it goes.
    Behaviour,
    /// What it says.
    Words,
    /// More of what it says.
    MoreWords,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Look, Self::Behaviour, Self::Words, Self::MoreWords];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Look => "Colours and size",
            Self::Behaviour => "How it goes",
            Self::Words => "What it says",
            Self::MoreWords => "What it says of cheers, raids and donations",
        }
    }
}

/// What may be typed into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// So many characters of text, on one line.
    Text(u16),
    /// A whole number within these.
    Number(i64, i64),
    /// A colour.
    Colour,
    /// One of these words, chosen from a menu.
    OneOf(&'static [&'static str]),
    /// `on` or `off`.
    Switch,
}

/// Something that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What the page knows it by.
    pub name: &'static str,
    /// What people know it by.
    pub label: &'static str,
    /// The form it is in; chosen from a menu, it is in none.
    pub section: Section,
    /// What may be typed.
    pub what: What,
    /// What it is at first, as it would be typed.
    pub first: &'static str,
}

const PLACES: &[&str] =
    &["top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"];
const FONTS: &[&str] = &["sans", "rounded", "serif", "mono"];
const ANIMATIONS: &[&str] = &["fade", "slide", "bounce", "zoom"];
pub(crate) const ASPECTS: &[&str] = &["16:9", "4:3", "1:1", "9:16"];
/// What a goal counts by itself.
pub(crate) const COUNTS: &[&str] = &["by hand", "follows", "subs", "cheers", "donations"];

const fn look(name: &'static str, label: &'static str, what: What, first: &'static str) -> Field {
    Field { name, label, section: Section::Look, what, first }
}

const fn goes(name: &'static str, label: &'static str, what: What, first: &'static str) -> Field {
    Field { name, label, section: Section::Behaviour, what, first }
}

const fn says(name: &'static str, label: &'static str, most: u16, first: &'static str) -> Field {
    Field { name, label, section: Section::Words, what: What::Text(most), first }
}

const fn also(name: &'static str, label: &'static str, first: &'static str) -> Field {
    Field { name, label, section: Section::MoreWords, what: What::Text(120), first }
}

/// What every kind has.
const EVERY: [Field; 6] = [
    look("accent", "Accent", What::Colour, "#5865f2"),
    look("text", "Text", What::Colour, "#ffffff"),
    look("background", "Background", What::Colour, "#111318"),
    look("opacity", "How much of the background is seen, in %", What::Number(0, 100), "82"),
    look("size", "Size, in %", What::Number(50, 200), "100"),
    look("font", "Letters", What::OneOf(FONTS), "sans"),
];

/// What alerts have, wherever they are shown.
const ALERTS: [Field; 12] = [
    goes("animation", "How alerts come and go", What::OneOf(ANIMATIONS), "slide"),
    goes("duration", "How long an alert is seen, in seconds", What::Number(2, 30), "6"),
    goes("minimum", "Least of a cheer or donation", What::Number(0, 1_000_000), "0"),
    goes("volume", "How loud its sound is, in %", What::Number(0, 100), "60"),
    goes("messages", "Messages beside them, on or off", What::Switch, "on"),
    says("follow", "A follow", 120, "{name} follows"),
    says("sub", "A subscription", 120, "{name} subscribed"),
    says("gift", "Subscriptions that are given", 120, "{name} gave {amount} subs"),
    also("cheer", "A cheer", "{name} cheered {amount} bits"),
    also("raid", "A raid", "{name} raids with {amount}"),
    also("donation", "A donation", "{name} gave {amount}"),
    goes("rest", "Between two alerts, in tenths of a second", What::Number(0, 100), "6"),
];

/// What one kind has besides.
fn own(kind: OverlayKind) -> &'static [Field] {
    match kind {
        OverlayKind::Alerts | OverlayKind::Canvas => &ALERTS,
        OverlayKind::Chat => {
            const OWN: [Field; 2] = [
                goes("lines", "Messages at once", What::Number(1, 30), "8"),
                goes("fade", "Seconds until one goes; 0 is never", What::Number(0, 600), "0"),
            ];
            &OWN
        }
        OverlayKind::NowPlaying => {
            const OWN: [Field; 2] = [
                goes("hides", "Hidden while nothing plays, on or off", What::Switch, "on"),
                says("label", "Above the track", 40, "Now playing"),
            ];
            &OWN
        }
        OverlayKind::Goal => {
            const OWN: [Field; 4] = [
                goes("counts", "What it counts by itself", What::OneOf(COUNTS), "by hand"),
                goes("target", "Where it should be", What::Number(1, 1_000_000_000), "100"),
                says("label", "What it is", 60, "Goal"),
                says("unit", "What is counted, such as € or subs", 12, ""),
            ];
            &OWN
        }
        OverlayKind::Counter => {
            const OWN: [Field; 1] = [says("label", "What is counted", 60, "Counter")];
            &OWN
        }
        OverlayKind::Timer => {
            const OWN: [Field; 4] = [
                goes("runs", "Which way it runs", What::OneOf(&["down", "up"]), "down"),
                goes("seconds", "From how many seconds, where it runs down", What::Number(1, 360_000), "300"),
                says("label", "Above it", 60, ""),
                says("over", "Once it has run down", 60, "Time is up"),
            ];
            &OWN
        }
        OverlayKind::Recent => {
            const OWN: [Field; 8] = [
                goes("lines", "Lines at once", What::Number(1, 12), "5"),
                says("label", "Above them", 40, "Latest"),
                says("follow", "A follow", 80, "{name} follows"),
                says("sub", "A subscription", 80, "{name} subscribed"),
                says("gift", "Subscriptions that are given", 80, "{name} gave {amount} subs"),
                also("cheer", "A cheer", "{name} cheered {amount} bits"),
                also("raid", "A raid", "{name} raids with {amount}"),
                also("donation", "A donation", "{name} gave {amount}"),
            ];
            &OWN
        }
        OverlayKind::Poll => {
            const OWN: [Field; 2] = [
                says("question", "The question", 100, "What is next?"),
                says("options", "Answers, with | between them", 300, "This | That"),
            ];
            &OWN
        }
        OverlayKind::LowerThird => {
            const OWN: [Field; 4] = [
                goes("animation", "How it comes and goes", What::OneOf(ANIMATIONS), "slide"),
                goes("seconds", "Seconds until it goes; 0 is never", What::Number(0, 3_600), "0"),
                says("title", "The first line", 60, "Your name"),
                says("line", "The second line", 100, "What you do"),
            ];
            &OWN
        }
        OverlayKind::StartingSoon => {
            const OWN: [Field; 4] = [
                goes("seconds", "From how many seconds", What::Number(0, 360_000), "300"),
                says("title", "The first line", 60, "Starting soon"),
                says("line", "The second line", 100, "Get yourself something to drink"),
                says("over", "Once the time is up", 60, "Any moment now"),
            ];
            &OWN
        }
    }
}

/// Where a kind stands, which most have.
fn place(kind: OverlayKind) -> Field {
    let (name, label) = ("place", "Where it stands");
    match kind {
        OverlayKind::Canvas => look("aspect", "Its shape", What::OneOf(ASPECTS), "16:9"),
        OverlayKind::Alerts => look(name, label, What::OneOf(PLACES), "top"),
        OverlayKind::Goal | OverlayKind::Poll => look(name, label, What::OneOf(PLACES), "bottom"),
        OverlayKind::StartingSoon | OverlayKind::Timer => look(name, label, What::OneOf(PLACES), "centre"),
        OverlayKind::Counter | OverlayKind::Recent => look(name, label, What::OneOf(PLACES), "top left"),
        OverlayKind::Chat | OverlayKind::NowPlaying | OverlayKind::LowerThird => {
            look(name, label, What::OneOf(PLACES), "bottom left")
        }
    }
}

/// Everything that can be set of a kind.
pub fn of(kind: OverlayKind) -> Vec<Field> {
    EVERY.into_iter().chain([place(kind)]).chain(own(kind).iter().copied()).collect()
}

/// What is asked in a form of a kind.
pub fn asked(kind: OverlayKind, section: Section) -> Vec<Field> {
    let is_typed = |field: &Field| field.section == section && !matches!(field.what, What::OneOf(_));
    of(kind).into_iter().filter(is_typed).collect()
}

/// What is chosen from menus of a kind.
pub fn chosen(kind: OverlayKind) -> Vec<Field> {
    of(kind).into_iter().filter(|field| matches!(field.what, What::OneOf(_))).collect()
}

impl Field {
    /// What was typed, as what it must be. Nothing is what it was at first.
    pub fn read(&self, typed: &str) -> Result<Value> {
        let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let typed = if typed.is_empty() { self.first } else { typed.as_str() };
        let wrong = |how: &str| {
            Error::Invalid(format!("“{}” is {} there, and not {how}. Nothing was changed.", self.label, code(typed)))
        };
        match self.what {
            What::Text(most) => {
                let most = usize::from(most);
                let fits = typed.chars().count() <= most;
                fits.then(|| json!(typed)).ok_or_else(|| wrong(&format!("{most} characters at most")))
            }
            What::Number(least, most) => {
                let number = typed.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
                number.map(|number| json!(number)).ok_or_else(|| wrong(&format!("a number from {least} to {most}")))
            }
            What::Colour => {
                colour(typed).map(|colour| json!(colour)).ok_or_else(|| wrong("a colour such as `#5865f2`"))
            }
            What::OneOf(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(typed));
                word.map(|word| json!(word)).ok_or_else(|| wrong(&format!("one of {}", words.join(", "))))
            }
            What::Switch => match typed.to_lowercase().as_str() {
                "on" | "yes" | "true" => Ok(json!(true)),
                "off" | "no" | "false" => Ok(json!(false)),
                _ => Err(wrong("`on` or `off`")),
            },
        }
    }

    /// What it is, as it would be typed.
    pub fn written(&self, values: &BTreeMap<String, Value>) -> String {
        match values.get(self.name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(is_on)) => if *is_on { "on" } else { "off" }.to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => self.first.to_owned(),
        }
    }
}

/// A colour as `#rrggbb`; none where it is none.
pub(crate) fn colour(typed: &str) -> Option<String> {
    let word = typed.trim().to_lowercase();
    let named = [
        ("white", "#ffffff"),
        ("black", "#000000"),
        ("blurple", "#5865f2"),
        ("green", "#3ba55d"),
        ("amber", "#f0b232"),
        ("red", "#ed4245"),
        ("pink", "#eb459e"),
    ];
    if let Some((_, colour)) = named.iter().find(|(name, _)| *name == word) {
        return Some((*colour).to_owned());
    }
    let digits = word.strip_prefix('#').unwrap_or(&word);
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    match digits.len() {
        6 if is_hex => Some(format!("#{digits}")),
        3 if is_hex => Some(format!("#{}", digits.chars().flat_map(|digit| [digit, digit]).collect::<String>())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_field_is_at_first_fits_it_and_every_form_fits_discord() {
        for kind in OverlayKind::ALL {
            let mut seen = std::collections::BTreeSet::new();
            for field in of(kind) {
                assert!(field.read("").is_ok(), "{kind:?} {}", field.name);
                assert!(seen.insert(field.name), "{kind:?} has {} twice", field.name);
                assert!(field.label.len() <= 45, "{}", field.label);
            }
            for section in Section::ALL {
                assert!(asked(kind, section).len() <= 5, "{kind:?} {section:?}");
            }
            assert!(chosen(kind).len() <= 4, "{kind:?}");
        }
    }

    #[test]
    fn only_colours_numbers_and_known_words_come_near_a_style() {
        let field = |what| Field { name: "x", label: "X", section: Section::Look, what, first: "" };
        for typed in ["red;}body{background:url(//evil)", "#12", "rgb(1,2,3)", "#12345g", "var(--x)", "expression(1)"] {
            assert!(field(What::Colour).read(typed).is_err(), "{typed}");
            assert!(field(What::OneOf(PLACES)).read(typed).is_err(), "{typed}");
        }
        for typed in ["1e9", "0x10", "101", "-1", "1px", "NaN"] {
            assert!(field(What::Number(0, 100)).read(typed).is_err(), "{typed}");
        }
        assert_eq!(field(What::Colour).read("#ABC").unwrap(), json!("#aabbcc"));
        assert_eq!(field(What::Colour).read("Green").unwrap(), json!("#3ba55d"));
    }
}
