//! Asks platforms that say what is live of channels by their ids there, some at a time.

use base::Result;
use platforms::{Answered, Failure};
use store::streams::Source;

use crate::{
    Streams,
    lives::machine::{Heard, Sighting},
};

/// A platform that is asked so.
pub(super) trait ByIds {
    /// Which it is.
    const SOURCE: Source;
    /// As many are asked about at once.
    const AT_ONCE: usize;
    /// What is missing where it cannot be asked.
    const SETTING: &'static str;

    /// What is live of these, with whose it is; who is not there is not live.
    fn live(&self, ids: &[&str]) -> impl Future<Output = Answered<Vec<(String, Sighting)>>> + Send;
}

impl Streams {
    /// Asks about every channel that is due there.
    pub(super) async fn look_by_ids<P: ByIds + Sync>(&self, platform: Option<&P>) -> Result<()> {
        let most = i64::try_from(P::AT_ONCE).unwrap_or(i64::MAX);
        loop {
            let due = self.store.stream_channels_due(P::SOURCE, self.clock.now(), most).await?;
            if due.is_empty() {
                return Ok(());
            }
            let ids: Vec<&str> = due.iter().map(|channel| channel.platform_id.as_str()).collect();
            let asked = match (platform, self.alone.until(P::SOURCE, self.clock.now())) {
                (_, Some(until)) => Err(Failure::Limited { until }),
                (Some(platform), None) => platform.live(&ids).await,
                (None, None) => Err(Failure::NotSet(P::SETTING)),
            };
            let live = match asked {
                Ok(live) => live,
                Err(failure) => {
                    self.unknown(&due, &failure).await?;
                    match failure {
                        // Nobody is asked about the others either, and nothing is known of them.
                        Failure::Limited { until } if due.len() == P::AT_ONCE => {
                            self.alone.leave(P::SOURCE, until);
                            continue;
                        }
                        Failure::Limited { until } => self.alone.leave(P::SOURCE, until),
                        _ => {}
                    }
                    return Ok(());
                }
            };
            for channel in &due {
                let its = live.iter().filter(|(whose, _)| *whose == channel.platform_id);
                let its = its.map(|(_, sighting)| sighting.clone()).collect();
                self.course(&channel.id, Heard::Live(its)).await?;
            }
            if due.len() < P::AT_ONCE {
                return Ok(());
            }
        }
    }
}
