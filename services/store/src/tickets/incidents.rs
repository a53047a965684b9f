//! Tickets and the incidents that they are about.

use base::{GuildId, Millis, Result, UserId};
use sqlx::AnyConnection;

use super::{LineKind, NewLine, Ticket, lines, read::Row};
use crate::{Store, lost};

/// More tickets of one incident are not read.
const LINKED: i64 = 100;

pub(super) async fn write(
    connection: &mut AnyConnection,
    ticket: &Ticket,
    incident: i64,
    by: UserId,
    at: Millis,
) -> sqlx::Result<bool> {
    let linked = sqlx::query(
        "insert into ticket_incidents (ticket_id, guild_id, incident, linked_by, at) values ($1, $2, $3, $4, $5)
         on conflict (ticket_id, incident) do nothing",
    )
    .bind(&ticket.id)
    .bind(ticket.guild.to_string())
    .bind(incident)
    .bind(by.to_string())
    .bind(at.0)
    .execute(&mut *connection)
    .await?;
    // Its card shows it, too.
    sqlx::query(
        "update incidents set version = version + 1, behind = 1 where guild_id = $1 and number = $2 and state = 'open'",
    )
    .bind(ticket.guild.to_string())
    .bind(incident)
    .execute(&mut *connection)
    .await?;
    Ok(linked.rows_affected() > 0)
}

impl Store {
    /// A ticket is about an incident from now on. The answer is whether it was not before.
    pub async fn link_ticket(&self, ticket: &Ticket, incident: i64, by: UserId) -> Result<bool> {
        let now = self.clock.now();
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query("update tickets set version = version + 1, behind = 1 where id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        if !write(&mut all, ticket, incident, by, now).await.map_err(lost)? {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        let line = NewLine { kind: LineKind::Step, by: Some(by), text: format!("linked incident {incident}") };
        lines::write(&mut all, (&ticket.id, ticket.guild), now, &line).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        // Whoever shows incidents looks for what is behind when this is told.
        self.outbox.tell();
        Ok(true)
    }

    /// The incidents that a ticket is about, by their numbers.
    pub async fn incidents_of_ticket(&self, ticket: &Ticket) -> Result<Vec<i64>> {
        sqlx::query_scalar(
            "select incident from ticket_incidents where ticket_id = $1 and guild_id = $2 order by incident",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// Tickets that are about an incident.
    pub async fn tickets_of_incident(&self, guild: GuildId, incident: i64) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select tickets.* from tickets join ticket_incidents on ticket_incidents.ticket_id = tickets.id
             where ticket_incidents.guild_id = $1 and ticket_incidents.incident = $2 order by tickets.number limit $3",
        )
        .bind(guild.to_string())
        .bind(incident)
        .bind(LINKED)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Says in each ticket that an incident of it is over, once. The answer is how many say it now.
    pub async fn tell_resolved_incidents(&self) -> Result<u64> {
        let over: Vec<(String, String, i64)> = sqlx::query_as(
            "select ticket_incidents.ticket_id, ticket_incidents.guild_id, ticket_incidents.incident from ticket_incidents
             join incidents on incidents.guild_id = ticket_incidents.guild_id and incidents.number = ticket_incidents.incident
             where ticket_incidents.told = 0 and incidents.state = 'resolved' limit $1",
        )
        .bind(LINKED)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let mut told = 0;
        for (ticket, guild, incident) in over {
            let mut all = self.pool.begin().await.map_err(lost)?;
            let claimed = sqlx::query(
                "update ticket_incidents set told = 1 where ticket_id = $1 and guild_id = $2 and incident = $3 and told = 0",
            )
            .bind(&ticket)
            .bind(&guild)
            .bind(incident)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            let goes_on = sqlx::query(
                "update tickets set version = version + 1, behind = 1 where id = $1 and guild_id = $2 and state <> 'closed'",
            )
            .bind(&ticket)
            .bind(&guild)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            if claimed.rows_affected() > 0 && goes_on.rows_affected() > 0 {
                let text = format!("Incident {incident}, which this is about, is over.");
                let line = NewLine { kind: LineKind::Said, by: None, text };
                let guild = GuildId(guild.parse().unwrap_or_default());
                lines::write(&mut all, (&ticket, guild), self.clock.now(), &line).await.map_err(lost)?;
                told += 1;
            }
            all.commit().await.map_err(lost)?;
        }
        Ok(told)
    }
}
