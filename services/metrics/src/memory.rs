//! The last look at a server, as it is kept in memory and in its row.

use std::{sync::Arc, time::Duration};

use base::Millis;
use store::metrics::Look;

use crate::sample::Sample;

/// What was last known of a server.
#[derive(Debug, Clone)]
pub struct Known {
    /// When was looked.
    pub at: Millis,
    /// Since when it answers, or does not.
    pub since: Millis,
    /// What was seen; none where it did not answer.
    pub sample: Option<Arc<Sample>>,
    /// Why nothing was seen, in a sentence.
    pub trouble: Option<String>,
    /// When the next look is due, from this one on; none where it is the usual time.
    pub(crate) next: Option<Duration>,
}

impl Known {
    /// What this look makes of what was known before it.
    pub(crate) fn after(before: Option<&Self>, at: Millis, seen: Result<Sample, String>) -> Self {
        let since = before.filter(|before| before.sample.is_some() == seen.is_ok()).map_or(at, |before| before.since);
        match seen {
            Ok(sample) => Self { at, since, sample: Some(Arc::new(sample)), trouble: None, next: None },
            Err(trouble) => Self { at, since, sample: None, trouble: Some(trouble), next: None },
        }
    }
}

impl From<Look> for Known {
    fn from(look: Look) -> Self {
        // One that another version wrote in another way is not known.
        let sample = look.sample.and_then(|sample| serde_json::from_str(&sample).ok()).map(Arc::new);
        Self { at: look.at, since: look.since, sample, trouble: look.trouble, next: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_is_as_it_is_counts_from_the_first_look_that_said_so() {
        let up = Known::after(None, Millis(1), Ok(Sample::default()));
        let still = Known::after(Some(&up), Millis(2), Ok(Sample::default()));
        let down = Known::after(Some(&still), Millis(3), Err("No answer.".to_owned()));
        let lasting = Known::after(Some(&down), Millis(4), Err("Another reason.".to_owned()));
        assert_eq!([up.since, still.since, down.since, lasting.since], [1, 1, 3, 3].map(Millis));
        assert_eq!(lasting.trouble.as_deref(), Some("Another reason."));
    }
}
