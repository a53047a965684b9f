//! Which messages still stand in Discord. What was deleted stays, as it was heard.

use base::Result;

use super::number;
use crate::{Store, lost, tickets::Ticket};

/// As many are named in one statement.
const AT_ONCE: usize = 100;

impl Store {
    /// Messages were deleted; what they said stays.
    pub async fn ticket_messages_are_gone(&self, ticket: &Ticket, messages: &[u64]) -> Result<()> {
        for some in messages.chunks(AT_ONCE) {
            let sql = format!(
                "update ticket_messages set deleted_at = $1, partial = 0 where ticket_id = $2 and guild_id = $3
                 and deleted_at is null and message in ({})",
                list(some)
            );
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(self.clock.now().0)
                .bind(&ticket.id)
                .bind(ticket.guild.to_string())
                .execute(&self.pool)
                .await
                .map_err(lost)?;
        }
        Ok(())
    }

    /// Of what was heard from one message on and before another, only these still stand.
    pub async fn only_these_stand_in_ticket(
        &self,
        ticket: &Ticket,
        (from, before): (u64, u64),
        there: &[u64],
    ) -> Result<()> {
        let others = if there.is_empty() { String::new() } else { format!("and message not in ({})", list(there)) };
        let sql = format!(
            "update ticket_messages set deleted_at = $1, partial = 0 where ticket_id = $2 and guild_id = $3
             and deleted_at is null and message >= $4 and message < $5 {others}"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.clock.now().0)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(number(from))
            .bind(number(before))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

/// Numbers, and nothing else, as SQL has them.
fn list(numbers: &[u64]) -> String {
    numbers.iter().map(|one| number(*one).to_string()).collect::<Vec<_>>().join(", ")
}
