//! What happens on a stream, and which overlays show it.
//!
//! **Invariant:** names and messages of others are masked, cut and on one line before they are kept.

use base::Redactor;
use serde::{Deserialize, Serialize};
use store::overlays::{Overlay, OverlayKind, Share, Shows};

use crate::settings::Settings;

/// Characters of a name and of a message.
const NAME: usize = 80;
const MESSAGE: usize = 500;
const CURRENCY: usize = 8;
/// Of a currency, an amount counts these.
pub(crate) const PARTS: i64 = 100;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Somebody follows.
    Follow,
    /// Somebody subscribed, or did so again: the amount is months.
    Sub,
    /// Somebody gave subscriptions: the amount is how many.
    Gift,
    /// Somebody cheered: the amount is bits.
    Cheer,
    /// Another channel came over: the amount is how many people.
    Raid,
    /// Somebody gave money: the amount is hundredths of its currency.
    Donation,
    /// Somebody wrote in the chat.
    Chat,
    /// Nothing happened: somebody tries it out.
    Test,
}

impl Happened {
    /// What alerts are made of.
    pub const ALERTS: [Self; 6] = [Self::Follow, Self::Sub, Self::Gift, Self::Cheer, Self::Raid, Self::Donation];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Sub => "sub",
            Self::Gift => "gift",
            Self::Cheer => "cheer",
            Self::Raid => "raid",
            Self::Donation => "donation",
            Self::Chat => "chat",
            Self::Test => "test",
        }
    }

    /// Whether it is shown as it happens, and listed.
    pub(crate) fn is_alert(self) -> bool {
        Self::ALERTS.contains(&self)
    }
}

/// By what something that was said is taken back: a word for each, and none is like any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The message.
    pub message: String,
    /// Whoever wrote it.
    pub author: String,
    /// The chat in which it was.
    pub place: String,
}

/// Something that happened on a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What it was.
    pub what: Happened,
    /// Whose doing it was.
    pub name: String,
    /// How much of it.
    #[serde(default)]
    pub amount: i64,
    /// The amount's currency, of a donation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// What they said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The colour of their name, as red, green and blue in one number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u32>,
    /// Where it happened, such as `twitch`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// By what it is taken back, of what is said in a chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// What it is known by where it comes from: told twice, it is shown once.
    #[serde(skip)]
    pub id: Option<String>,
}

impl Event {
    /// Something of somebody.
    pub fn new(what: Happened, name: impl Into<String>) -> Self {
        Self {
            what,
            name: name.into(),
            amount: 1,
            currency: String::new(),
            message: String::new(),
            colour: None,
            platform: String::new(),
            said: None,
            id: None,
        }
    }

    /// How much of it.
    pub fn of(self, amount: i64) -> Self {
        Self { amount, ..self }
    }

    /// The amount is hundredths of this.
    pub fn in_currency(self, currency: impl Into<String>) -> Self {
        Self { currency: currency.into(), ..self }
    }

    /// What they said.
    pub fn saying(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// Where it happened.
    pub fn on(self, platform: impl Into<String>) -> Self {
        Self { platform: platform.into(), ..self }
    }

    /// The colour of their name.
    pub fn coloured(self, colour: u32) -> Self {
        Self { colour: Some(colour & 0xff_ffff), ..self }
    }

    /// By what it is taken back.
    pub fn taken_back_by(self, said: Said) -> Self {
        Self { said: Some(said), ..self }
    }

    /// What it is known by where it comes from: told twice, it is shown once.
    pub fn known_by(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// An example, as it is shown to try an overlay out.
    pub fn example(what: Happened) -> Self {
        let event = Self::new(what, "Ada");
        match what {
            Happened::Follow | Happened::Test => event,
            Happened::Sub => event.of(3).saying("Three months already"),
            Happened::Gift => event.of(5),
            Happened::Cheer => event.of(250).saying("Well played"),
            Happened::Raid => event.of(42),
            Happened::Donation => event.of(1_250).in_currency("EUR").saying("For the new chair"),
            Happened::Chat => event.saying("Hello everybody").coloured(0x8f_a8ff),
        }
    }

    /// The same as it may be kept and shown.
    pub(crate) fn tidied(mut self, redactor: &Redactor) -> Self {
        let tidy = |text: &str, most| line(&redactor.mask(text), most);
        self.name = tidy(&self.name, NAME);
        if self.name.is_empty() {
            "somebody".clone_into(&mut self.name);
        }
        self.message = tidy(&self.message, MESSAGE);
        self.currency = line(&self.currency, CURRENCY);
        self.platform = line(&self.platform, CURRENCY);
        self
    }

    /// What comes of it for an overlay.
    pub(crate) fn share(&self, overlay: &Overlay) -> Option<Share> {
        let settings = Settings::of(overlay);
        let (mut shows, mut adds) = (Shows::No, 0);
        match overlay.kind {
            OverlayKind::Alerts if self.what.is_alert() && self.is_enough(overlay.kind, &settings) => {
                shows = Shows::Once;
            }
            OverlayKind::Canvas if self.what.is_alert() && self.is_enough(overlay.kind, &settings) => {
                shows = if settings.has_place() { Shows::Once } else { Shows::No };
            }
            OverlayKind::Recent if self.what.is_alert() && !settings.leaves_out(overlay.kind, self.what) => {
                shows = Shows::Once;
            }
            OverlayKind::Chat | OverlayKind::Canvas if self.what == Happened::Chat && shows_chat(overlay) => {
                shows = Shows::Once;
            }
            OverlayKind::Goal => adds = self.counts(&settings.text(overlay.kind, "counts")),
            _ => {}
        }
        (shows == Shows::Once || adds != 0).then(|| Share { overlay: overlay.id.clone(), shows, adds })
    }

    /// What a goal grows by.
    fn counts(&self, what: &str) -> i64 {
        match (what, self.what) {
            ("follows", Happened::Follow) | ("subs", Happened::Sub) => 1,
            ("subs", Happened::Gift) | ("cheers", Happened::Cheer) => self.amount,
            ("donations", Happened::Donation) => self.amount / PARTS,
            _ => 0,
        }
    }

    /// Whether it is shown at all, and as much as is wanted.
    fn is_enough(&self, kind: OverlayKind, settings: &Settings) -> bool {
        let least = settings.number(kind, "minimum");
        let amount = match self.what {
            Happened::Cheer => self.amount,
            Happened::Donation => self.amount / PARTS,
            _ => least,
        };
        amount >= least && !settings.leaves_out(kind, self.what)
    }
}

/// Whether an overlay shows what is said in a chat.
pub(crate) fn shows_chat(overlay: &Overlay) -> bool {
    match overlay.kind {
        OverlayKind::Chat => true,
        OverlayKind::Canvas => Settings::of(overlay).binds("last_chat"),
        _ => false,
    }
}

/// Whether an overlay shows what plays.
pub(crate) fn shows_what_plays(overlay: &Overlay) -> bool {
    overlay.kind == OverlayKind::NowPlaying
        || overlay.kind == OverlayKind::Canvas && Settings::of(overlay).binds("now_playing")
}

/// A text on one line, of at most so many characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What turns the rest of a line around, or is not seen, has no place on a stream.
    let seen = line.chars().filter(|letter| !base::card::is_hidden(*letter) && !letter.is_control());
    seen.take(most).collect()
}

#[cfg(test)]
mod tests {
    use base::{GuildId, Millis, UserId};
    use serde_json::json;

    use super::*;

    fn overlay(kind: OverlayKind, values: &serde_json::Value) -> Overlay {
        Overlay {
            id: "o".to_owned(),
            guild: GuildId(1),
            name: "o".to_owned(),
            kind,
            made_by: UserId(1),
            made_at: Millis(0),
            settings: json!({ "values": values }).to_string(),
            previous: None,
            state: "{}".to_owned(),
            value: 0,
            version: 1,
            key_hash: None,
            hook_hash: None,
            last_event: 0,
        }
    }

    #[test]
    fn what_is_less_than_the_least_is_not_shown_and_a_follow_always_is() {
        let alerts = overlay(OverlayKind::Alerts, &json!({ "minimum": 100, "raid": "off" }));
        let shown = |event: Event| event.share(&alerts).is_some();
        assert!(shown(Event::new(Happened::Cheer, "a").of(100)) && !shown(Event::new(Happened::Cheer, "a").of(99)));
        assert!(shown(Event::new(Happened::Donation, "a").of(10_000)));
        assert!(!shown(Event::new(Happened::Donation, "a").of(9_999)));
        assert!(shown(Event::new(Happened::Follow, "a")) && !shown(Event::new(Happened::Raid, "a").of(500)));
        assert!(!shown(Event::new(Happened::Chat, "a")));
    }

    #[test]
    fn a_goal_counts_what_it_is_to_count_and_nothing_else() {
        let goal = overlay(OverlayKind::Goal, &json!({ "counts": "subs" }));
        let adds = |event: Event| event.share(&goal).map_or(0, |share| share.adds);
        assert_eq!(adds(Event::new(Happened::Gift, "a").of(5)) + adds(Event::new(Happened::Sub, "a").of(12)), 6);
        assert_eq!(adds(Event::new(Happened::Follow, "a")), 0);
    }

    #[test]
    fn what_others_write_is_masked_and_cut_and_turns_nothing_around() {
        let redactor = Redactor::default();
        redactor.learn("hunter2-hunter2");
        let event =
            Event::new(Happened::Chat, " \u{202e}\n ").saying(format!("hunter2-hunter2 \u{202e}{}", "x".repeat(900)));
        let event = event.tidied(&redactor);
        assert_eq!(event.name, "somebody");
        assert!(!event.message.contains("hunter2") && !event.message.contains('\u{202e}'));
        assert_eq!(event.message.chars().count(), MESSAGE);
    }
}
