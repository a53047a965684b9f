//! How far back a chart goes, and what it is drawn of.

use std::time::Duration;

use base::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::metrics::Span;

/// More slots are not told apart on a phone.
const SLOTS: u32 = 200;

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Period {
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// Six hours.
    #[default]
    #[serde(rename = "6h")]
    Hours,
    /// A day.
    #[serde(rename = "24h")]
    Day,
    /// A week.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
    /// A year.
    #[serde(rename = "1y")]
    Year,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Hour, Self::Hours, Self::Day, Self::Week, Self::Month, Self::Year];

    /// As it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Hours => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Year => "1y",
        }
    }

    /// As it is read: its whole, and parts of it that divide an axis.
    pub(crate) fn words(self) -> [&'static str; 3] {
        match self {
            Self::Hour => ["1 h", "40 min", "20 min"],
            Self::Hours => ["6 h", "4 h", "2 h"],
            Self::Day => ["24 h", "16 h", "8 h"],
            Self::Week => ["7 days", "112 h", "56 h"],
            Self::Month => ["30 days", "20 days", "10 days"],
            Self::Year => ["12 months", "8 months", "4 months"],
        }
    }

    /// How long it is.
    pub(crate) fn length(self) -> Duration {
        Duration::from_hours(match self {
            Self::Hour => 1,
            Self::Hours => 6,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
            Self::Year => 365 * 24,
        })
    }

    /// Of which rows it is drawn.
    pub(crate) fn of(self) -> Span {
        match self {
            Self::Hour | Self::Hours => Span::Look,
            Self::Day | Self::Week => Span::Minutes,
            Self::Month | Self::Year => Span::Hour,
        }
    }

    /// Into how many slots it is divided: each is wide enough that a row falls into it, also where a look came late.
    pub(crate) fn slots(self, every: Duration) -> u32 {
        let row = match self.of() {
            Span::Look => every * 2,
            span => Duration::from_millis(u64::try_from(span.millis()).unwrap_or_default()),
        };
        let rows = self.length().as_millis() / row.as_millis().max(1);
        u32::try_from(rows).unwrap_or(SLOTS).clamp(1, SLOTS)
    }
}

impl std::str::FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|period| period.as_str() == text).ok_or_else(|| {
            Error::Invalid("A period is `1h`, `6h`, `24h`, `7d`, `30d` or `1y`. Nothing was drawn.".to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_of_a_period_are_kept_and_each_slot_has_one() {
        for period in Period::ALL {
            assert_eq!(period.as_str().parse::<Period>().unwrap(), period);
            assert_eq!(serde_json::to_value(period).unwrap(), period.as_str());
            assert!(period.of().kept() >= period.length(), "{period:?}");
            let slot = period.length() / period.slots(Duration::from_secs(30));
            assert!(slot.as_millis() >= u128::try_from(period.of().millis()).unwrap() && slot.as_secs() >= 30);
        }
        assert_eq!(Period::Hour.slots(Duration::from_mins(30)), 1);
        assert!("2h".parse::<Period>().is_err());
    }
}
