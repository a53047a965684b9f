//! Who is in a ticket's thread.

use base::{Result, UserId};
use sqlx::AnyConnection;

use super::{NewPerson, Part, Ticket};
use crate::{Store, lost};

/// Somebody in a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// What they are in it.
    pub part: Part,
    /// Whether they are to be there.
    pub wanted: bool,
    /// Whether they are.
    pub there: bool,
}

type Row = (String, String, i64, i64);

impl From<Row> for Person {
    fn from((user, part, wanted, there): Row) -> Self {
        let user = UserId(user.parse().unwrap_or_default());
        Self { user, part: Part::kept(&part), wanted: wanted == 1, there: there == 1 }
    }
}

pub(super) async fn write(connection: &mut AnyConnection, ticket: &Ticket, person: NewPerson) -> sqlx::Result<()> {
    let Some(part) = person.part else {
        return sqlx::query(
            "update ticket_people set wanted = 0 where ticket_id = $1 and guild_id = $2 and user_id = $3",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(person.user.to_string())
        .execute(connection)
        .await
        .map(drop);
    };
    // Whose it is stays whose it is.
    sqlx::query(
        "insert into ticket_people (ticket_id, guild_id, user_id, part) values ($1, $2, $3, $4)
         on conflict (ticket_id, user_id) do update set wanted = 1,
             part = case when ticket_people.part = 'member' then 'member' else excluded.part end",
    )
    .bind(&ticket.id)
    .bind(ticket.guild.to_string())
    .bind(person.user.to_string())
    .bind(part.as_str())
    .execute(connection)
    .await
    .map(drop)
}

impl Store {
    /// Everybody of a ticket, also those who are to go.
    pub async fn ticket_people(&self, ticket: &Ticket) -> Result<Vec<Person>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select user_id, part, wanted, there from ticket_people where ticket_id = $1 and guild_id = $2
             order by part, user_id",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Person::from).collect())
    }

    /// Somebody is in its thread now, or no longer, as is wanted.
    pub async fn ticket_person_is_there(&self, ticket: &Ticket, person: &Person) -> Result<()> {
        sqlx::query("update ticket_people set there = $1 where ticket_id = $2 and guild_id = $3 and user_id = $4")
            .bind(i64::from(person.wanted))
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(person.user.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Others answer it from now on: they are to come in.
    pub async fn unstaff_ticket(&self, ticket: &Ticket) -> Result<()> {
        sqlx::query("update tickets set staffed = 0, behind = 1, version = version + 1 where id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Those who answer are to be in it.
    pub async fn staff_ticket(&self, ticket: &Ticket, staff: &[UserId]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query("update tickets set staffed = 1 where id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        for user in staff {
            write(&mut all, ticket, NewPerson { user: *user, part: Some(Part::Staff) }).await.map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }
}
