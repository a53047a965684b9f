//! What YouTube's quota was used for, day by day.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Source;

use crate::{Streams, watch::plan};

const DAYS: i64 = 7;

/// Show how much of YouTube's quota is used.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowStreamQuota {}

/// It is so much.
#[derive(Debug, Serialize)]
pub struct Used {
    today: String,
    days: Vec<(String, i64)>,
    channels: i64,
    has_key: bool,
    /// Until when nothing is answered, where YouTube said so.
    until: Option<Millis>,
}

impl Action for ShowStreamQuota {
    const NAME: &'static str = "stream.quota";
    const RISK: Risk = Risk::Observe;
    type Service = Streams;
    type Report = Used;

    fn plan(&self) -> String {
        "Show how much of YouTube's quota is used".to_owned()
    }

    fn refusal(&self) -> String {
        "see how much of YouTube's quota is used".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(_: Permit<Self>, streams: &Streams, _: &Run) -> Result<Used> {
        let now = streams.clock.now();
        Ok(Used {
            until: streams.quota_until(now).await?,
            today: plan::day(now),
            days: streams.store.quota_used(Source::YouTube, DAYS).await?,
            channels: streams.store.stream_channels_counted(Source::YouTube).await?.all,
            has_key: streams.platforms.youtube.has_key(),
        })
    }
}

impl Report for Used {
    fn card(&self) -> Card {
        let today = self.days.iter().find(|(day, _)| *day == self.today).map_or(0, |(_, used)| *used);
        let mut card = Card::plain("**YouTube's quota**")
            .fact(format!("{today} of {} today", base::measure::count(plan::UNITS.unsigned_abs(), "unit", "units")))
            .fact(base::measure::count(u64::try_from(self.channels).unwrap_or_default(), "channel", "channels"));
        if !self.has_key {
            card = card.text("! Whoever runs me has not set `YOUTUBE_API_KEY`: nothing is asked.");
        }
        if let Some(until) = self.until {
            let when = until.relative();
            card = card.text(format!(
                "! YouTube says that its quota is used up. It is asked again {when}; feeds are read on."
            ));
        }
        for (day, used) in self.days.iter().filter(|(day, _)| *day != self.today) {
            card = card.row(format!("`{day}` {used}"), None);
        }
        card.small("feeds cost nothing · one unit asks about 50 videos · days are California's")
    }
}
