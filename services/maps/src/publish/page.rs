//! What a page shows: how each line is now, and how it was on each of the last ninety days.

use std::collections::BTreeMap;

use base::{GuildId, Millis, Result};
use store::{
    service_days::{DAY, Day},
    status_pages::{Incidents, PageLine},
};

use super::put::is_server;
use crate::{Maps, Thing, look::State, service::Stands};

/// So many days are shown.
const DAYS: i64 = 90;
/// A look that is older tells nothing of now.
const FRESH: i64 = 10 * 60_000;
/// Of a day that was not well, at least so much is shown as such.
const MOSTLY: f64 = 0.95;

/// A guild's page.
#[derive(Debug)]
pub struct Page {
    /// What stands on top.
    pub title: String,
    /// In its order.
    pub lines: Vec<Line>,
    /// Whose it is.
    pub guild: GuildId,
    /// Which incidents it shows.
    pub incidents: Incidents,
    /// When it was drawn.
    pub at: Millis,
}

/// A line of it.
#[derive(Debug)]
pub struct Line {
    /// What it is called here.
    pub name: String,
    /// What it stands for; never shown.
    pub things: Vec<Thing>,
    /// How it is.
    pub state: State,
    /// One for each day, the oldest first.
    pub bars: Vec<Bar>,
    /// How much of what was looked at was well, in words; none where nobody looked.
    pub well: Option<String>,
}

/// A day.
#[derive(Debug)]
pub struct Bar {
    /// `ok`, `attention`, `failed` or `none`.
    pub tone: &'static str,
    /// For whoever points at it.
    pub words: String,
}

impl Maps {
    /// The page whose address ends in this word.
    pub async fn page(&self, word: &str) -> Result<Option<Page>> {
        let Some(page) = self.store.status_page_at(word).await? else { return Ok(None) };
        let now = self.clock.now();
        let today = now.0.div_euclid(DAY);
        let since = today - DAYS + 1;
        let servers = self.server_states(page.guild, now).await?;
        let stands = self.known(page.guild).await?;
        let mut lines = Vec::new();
        for line in self.store.status_page_lines(page.guild).await? {
            let (days, state) = if is_server(&line) {
                let days = self.store.server_days(page.guild, &line.subject, Millis(since * DAY)).await?;
                (days, servers.get(&line.subject).copied())
            } else {
                let days = self.store.service_days(page.guild, &line.subject, since).await?;
                (days, self.seen_lately(page.guild, &line, now))
            };
            lines.push(Line {
                things: self.things(page.guild, stands.as_deref(), &line),
                name: line.shown_as,
                state: state.unwrap_or(State::Unknown),
                well: share(days.iter().map(|day| day.well).sum(), days.iter().map(|day| day.unwell).sum())
                    .map(percent),
                bars: bars(&days, since, today),
            });
        }
        Ok(Some(Page { title: page.title, lines, guild: page.guild, incidents: page.incidents, at: now }))
    }

    /// What a line stands for: what goes wrong with it went wrong with the line. What it only needs is not part of it.
    fn things(&self, guild: GuildId, stands: Option<&Stands>, line: &PageLine) -> Vec<Thing> {
        if is_server(line) {
            return vec![Thing::Server(line.subject.clone())];
        }
        let service = Thing::Service(line.subject.clone());
        let mut things = stands.map(|stands| self.needs(guild, stands, &service)).unwrap_or_default();
        things.retain(|thing| matches!(thing, Thing::Container { .. }));
        things.push(service);
        things
    }

    /// How the servers of a guild were when they were looked at last, if that was lately.
    async fn server_states(&self, guild: GuildId, now: Millis) -> Result<BTreeMap<String, State>> {
        let looks = self.store.latest_looks().await?.into_iter().filter(|look| look.guild == guild);
        let fresh = looks.filter(|look| now.0 - look.at.0 < FRESH);
        Ok(fresh.map(|look| (look.server, if look.trouble.is_none() { State::Up } else { State::Down })).collect())
    }

    fn seen_lately(&self, guild: GuildId, line: &PageLine, now: Millis) -> Option<State> {
        let (state, at) = self.look_of(guild, &line.subject)?;
        (now.0 - at.0 < FRESH).then_some(state)
    }
}

fn bars(days: &[Day], since: i64, today: i64) -> Vec<Bar> {
    (since..=today)
        .map(|day| {
            let date = Millis(day * DAY).utc();
            let date = date.split('T').next().unwrap_or_default().to_owned();
            let known = days.iter().find(|known| known.day == day);
            let share = known.and_then(|known| share(known.well, known.unwell));
            let tone = match share {
                None => "none",
                Some(share) if share >= 1.0 => "ok",
                Some(share) if share >= MOSTLY => "attention",
                Some(_) => "failed",
            };
            let words =
                share.map_or_else(|| format!("{date}: not known"), |share| format!("{date}: {}", percent(share)));
            Bar { tone, words }
        })
        .collect()
}

/// How much was well; none where nobody looked.
#[expect(clippy::cast_precision_loss, reason = "a share of looks")]
fn share(well: i64, unwell: i64) -> Option<f64> {
    let all = well + unwell;
    (all > 0).then(|| well as f64 / all as f64)
}

/// Never 100 where something was not well.
fn percent(share: f64) -> String {
    if share >= 1.0 {
        return "100 %".to_owned();
    }
    if share <= 0.0 {
        return "0 %".to_owned();
    }
    format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_nobody_looked_is_neither_well_nor_not_and_one_miss_is_no_hundred() {
        let days = [
            Day { day: 100, well: 10, unwell: 0 },
            Day { day: 102, well: 99_999, unwell: 1 },
            Day { day: 103, well: 1, unwell: 9 },
        ];
        let bars = bars(&days, 100, 103);
        let tones: Vec<_> = bars.iter().map(|bar| bar.tone).collect();
        assert_eq!(tones, ["ok", "none", "attention", "failed"]);
        assert_eq!(bars[2].words, "1970-04-13: 99.99 %");
        assert_eq!(bars[1].words, "1970-04-12: not known");
    }
}
