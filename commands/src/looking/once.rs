//! One answer for all who ask the same within a moment.
//!
//! **Invariants:** an answer is never older than its moment when it is given; what failed is asked again. What nobody asks for is kept
//! no longer.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::Result;
use tokio::{sync::Mutex as Turn, time::Instant};

/// What is due at one look is asked for together.
pub(super) const MOMENT: Duration = Duration::from_secs(2);

/// When it was answered, and what.
type Answered<V> = Arc<Turn<Option<(Instant, V)>>>;

/// Answers, by what was asked.
pub(super) struct Once<K, V> {
    answers: Mutex<HashMap<K, Answered<V>>>,
    /// For how long one counts.
    moment: Duration,
}

impl<K: Eq + Hash, V: Clone> Once<K, V> {
    /// Nobody asked yet; an answer counts for so long.
    pub(super) fn lasting(moment: Duration) -> Self {
        Self { answers: Mutex::default(), moment }
    }

    /// The answer of whoever asked a moment ago, or of `ask`.
    pub(super) async fn of(&self, key: K, ask: impl Future<Output = Result<V>>) -> Result<V> {
        let turn = self.turn(key);
        let mut answered = turn.lock().await;
        if let Some((at, answer)) = &*answered
            && at.elapsed() < self.moment
        {
            return Ok(answer.clone());
        }
        // From when it is asked: it is as old as the question, whenever the answer comes.
        let at = Instant::now();
        let answer = ask.await?;
        *answered = Some((at, answer.clone()));
        Ok(answer)
    }

    fn turn(&self, key: K) -> Answered<V> {
        let mut all = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, turn| match turn.try_lock() {
            Ok(answered) => answered.as_ref().is_some_and(|(at, _)| at.elapsed() < self.moment),
            // Somebody asks just now.
            Err(_) => true,
        });
        Arc::clone(all.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use base::Error;

    use super::*;

    /// Long enough for a busy machine.
    const LONG: Duration = Duration::from_mins(10);

    #[tokio::test]
    async fn who_asks_within_a_moment_shares_one_answer() {
        let (once, asked) = (Once::<u64, usize>::lasting(LONG), AtomicUsize::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            Ok(asked.fetch_add(1, Ordering::SeqCst) + 1)
        };
        let all = futures::future::join_all((0..50).map(|_| once.of(7, ask()))).await;
        assert!(all.into_iter().all(|answer| answer.is_ok_and(|answer| answer == 1)));
        assert_eq!(once.of(8, ask()).await.unwrap(), 2, "another question is another answer");
    }

    #[tokio::test]
    async fn what_is_older_is_asked_anew_and_kept_no_longer() {
        let once = Once::<u64, usize>::lasting(Duration::ZERO);
        assert_eq!(once.of(7, async { Ok(1) }).await.unwrap(), 1);
        assert_eq!(once.of(7, async { Ok(2) }).await.unwrap(), 2);
        assert_eq!(once.of(8, async { Ok(3) }).await.unwrap(), 3);
        assert_eq!(once.answers.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_failed_is_asked_again() {
        let once = Once::<u64, usize>::lasting(LONG);
        let fail = async { Err(Error::Busy("not now".to_owned())) };
        assert!(once.of(7, fail).await.is_err());
        assert_eq!(once.of(7, async { Ok(1) }).await.unwrap(), 1);
    }
}
