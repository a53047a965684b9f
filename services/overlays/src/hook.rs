//! Donations, told from outside under a key of their own.
//!
//! **Invariants:** what is told is read strictly and shown as text. A donation with an id is shown once, however often it is told.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base::{Millis, Result};
use serde_json::Value;

use crate::{
    Overlays,
    event::{Event, Happened, PARTS},
};

/// The largest donation that is told, in bytes.
pub const LARGEST: usize = 64 << 10;
/// So many are taken at once, and one more each of these.
const BURST: u32 = 30;
const EACH: Duration = Duration::from_secs(1);
/// More is a mistake.
const RICHEST: f64 = 1e9;
/// Characters of an id.
const ID: usize = 128;
/// Overlays whose pace is known; more are not used at once.
const KNOWN: usize = 2_000;

/// What came of a donation that was told.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is shown.
    Shown,
    /// It was shown before.
    Before,
    /// It is none; this is why.
    Wrong(String),
    /// There are too many at a time.
    TooMany,
    /// The key opens nothing.
    Nowhere,
}

/// How fast each overlay is told of donations.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<String, (Millis, u32)>>);

impl Pace {
    /// Whether one more may come now.
    fn takes(&self, overlay: &str, now: Millis) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KNOWN {
            all.clear();
        }
        let (since, used) = all.entry(overlay.to_owned()).or_insert((now, 0));
        let back = now.since(*since).as_millis() / EACH.as_millis();
        if back > 0 {
            *used = used.saturating_sub(u32::try_from(back).unwrap_or(u32::MAX));
            *since = now;
        }
        if *used >= BURST {
            return false;
        }
        *used += 1;
        true
    }
}

impl Overlays {
    /// Takes a donation that was told under a key.
    pub async fn donated(&self, key: &str, body: &[u8]) -> Result<Heard> {
        let Some(overlay) = self.store.overlay_told_at(&crate::key::hash(key)).await? else {
            return Ok(Heard::Nowhere);
        };
        if !self.is_on(overlay.guild).await? {
            return Ok(Heard::Nowhere);
        }
        if !self.pace.takes(&overlay.id, self.clock.now()) {
            return Ok(Heard::TooMany);
        }
        match read(body) {
            Ok(event) => {
                // An id of one service is not that of another.
                let id = event.id.clone().map(|id| format!("{}/{id}", overlay.id));
                let is_new = self.show(overlay.guild, Event { id, ..event }).await?;
                Ok(if is_new { Heard::Shown } else { Heard::Before })
            }
            Err(why) => Ok(Heard::Wrong(why)),
        }
    }
}

/// A donation, as it is told.
pub fn read(body: &[u8]) -> std::result::Result<Event, String> {
    let json: Value = serde_json::from_slice(body).map_err(|_| "the body is no JSON".to_owned())?;
    let text = |field: &str, most: usize| match &json[field] {
        Value::Null => Ok(String::new()),
        Value::String(text) if text.chars().count() <= most => Ok(text.clone()),
        _ => Err(format!("`{field}` is a text of at most {most} characters")),
    };
    let amount = match &json["amount"] {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let amount = amount.filter(|amount: &f64| amount.is_finite() && *amount > 0.0 && *amount <= RICHEST);
    let amount = amount.ok_or_else(|| format!("`amount` is a number, more than 0 and at most {RICHEST}"))?;
    let currency = text("currency", 8)?;
    if !currency.chars().all(|letter| letter.is_alphabetic() || "€$£¥₽₹₩".contains(letter)) {
        return Err("`currency` is such as EUR or €".to_owned());
    }
    let id = match &json["id"] {
        Value::Number(number) => Some(number.to_string()),
        _ => Some(text("id", ID)?).filter(|id| !id.is_empty()),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most 1e11 hundredths")]
    let hundredths = (amount * PARTS as f64).round() as i64;
    let event = Event::new(Happened::Donation, text("name", 200)?).of(hundredths.max(1)).in_currency(currency);
    Ok(Event { id, ..event.saying(text("message", 2_000)?) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_donation_is_read_strictly() {
        let told = json!({ "id": 7, "name": "Ada", "amount": "12.50", "currency": "EUR", "message": "for you" });
        let event = read(told.to_string().as_bytes()).unwrap();
        assert_eq!((event.amount, event.currency.as_str(), event.id.as_deref()), (1_250, "EUR", Some("7")));
        for wrong in [
            json!({}),
            json!({ "amount": -5 }),
            json!({ "amount": 1e300 }),
            json!({ "amount": "NaN" }),
            json!({ "amount": [5] }),
            json!({ "amount": 5, "name": 5 }),
            json!({ "amount": 5, "message": "x".repeat(2_001) }),
            json!({ "amount": 5, "currency": "<b>" }),
            json!({ "amount": 5, "id": "x".repeat(129) }),
            json!([]),
        ] {
            assert!(read(wrong.to_string().as_bytes()).is_err(), "{wrong}");
        }
        assert!(read(b"").is_err() && read(b"\xff\xfe").is_err());
    }

    #[test]
    fn what_comes_too_fast_waits() {
        let (pace, now) = (Pace::default(), Millis(0));
        let taken = (0..100).filter(|_| pace.takes("o", now)).count();
        assert_eq!(taken, BURST as usize);
        assert!(pace.takes("another", now) && !pace.takes("o", Millis(900)));
        assert!(pace.takes("o", Millis(1_000)) && !pace.takes("o", Millis(1_000)));
    }
}
