//! Reads a thread back from its newest message to where it was read before: what was missed is written down, and what is gone is noted.

use base::Result;
use store::tickets::{Ticket, Transcript};

use super::Threads;
use crate::Tickets;

/// As many come in one page.
pub(super) const PAGE: usize = 100;
/// Of cards that changed, so many are read again.
const PARTIAL: i64 = 200;

impl Tickets {
    /// Reads it back, from where an earlier try was cut off. The answer is whether Discord still has it.
    pub(super) async fn walk(
        &self,
        threads: &dyn Threads,
        ticket: &Ticket,
        one: &Transcript,
        thread: u64,
    ) -> Result<bool> {
        let (mut from, mut before) = one.walk.map_or((0, None), |(from, before)| (from, Some(before)));
        loop {
            let Some(page) = threads.history(thread, before).await? else { return Ok(false) };
            let (is_last, lowest) = (page.len() < PAGE, page.iter().map(|one| one.message).min());
            if before.is_none() {
                from = page.iter().map(|one| one.message).max().unwrap_or(one.walked);
            }
            let is_known = lowest.is_none_or(|lowest| lowest <= one.walked);
            let low = if is_last || is_known { one.walked + 1 } else { lowest.unwrap_or_default() };
            let high = before.unwrap_or(from + 1);
            let there: Vec<u64> = page.iter().map(|one| one.message).collect();
            self.keep(ticket, page.into_iter().filter(|new| new.message > one.walked).collect()).await?;
            self.store.only_these_stand_in_ticket(ticket, (low, high), &there).await?;
            let Some(lowest) = lowest.filter(|_| !is_last && !is_known) else { break };
            before = Some(lowest);
            self.store.transcript_walks(one, from, lowest).await?;
        }
        for message in self.store.partial_ticket_messages(ticket, PARTIAL).await? {
            match threads.message(thread, message).await? {
                Some(new) => self.keep(ticket, vec![new]).await?,
                None => self.store.ticket_messages_are_gone(ticket, &[message]).await?,
            }
        }
        self.store.transcript_walked(one, from.max(one.walked)).await?;
        Ok(true)
    }
}
