//! The rows of categories: who may ask for what, what they are asked, and who answers.

use std::collections::HashMap;

use base::{GuildId, Millis, Result, RoleId};
use sqlx::AnyConnection;

use super::{
    After, Category, CategoryChange, NewCategory, Place, Priority, Question, RolePart, id, millis, span, text,
};
use crate::{Store, lost};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    panel_id: String,
    name: String,
    emoji: Option<String>,
    description: String,
    priority: String,
    cooldown: i64,
    most_open: i64,
    opens: Option<i64>,
    closes: Option<i64>,
    zone: String,
    answer_within: i64,
    solve_within: i64,
    ask_for: i64,
    idle_for: i64,
    ping_after: Option<i64>,
    escalate_after: Option<i64>,
    escalate_to: Option<String>,
    place: String,
    under_id: Option<String>,
    forum_id: Option<String>,
    forum_since: Option<i64>,
}

impl Row {
    fn whole(self, roles: Vec<(RoleId, RolePart)>, questions: Vec<Question>) -> Category {
        Category {
            id: self.id,
            panel: self.panel_id,
            name: self.name,
            emoji: self.emoji,
            description: self.description,
            priority: Priority::kept(&self.priority),
            cooldown: span(self.cooldown),
            most_open: self.most_open,
            hours: self.opens.zip(self.closes),
            zone: self.zone,
            answer_within: span(self.answer_within),
            solve_within: span(self.solve_within),
            ask_for: span(self.ask_for),
            idle_for: span(self.idle_for),
            ping_after: After::kept(self.ping_after),
            escalate_after: After::kept(self.escalate_after),
            escalate_to: id(self.escalate_to.as_deref()).map(RoleId),
            place: Place::kept(&self.place),
            under: id(self.under_id.as_deref()),
            forum: id(self.forum_id.as_deref()),
            forum_since: Millis(self.forum_since.unwrap_or_default()),
            roles,
            questions,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Asked {
    category_id: String,
    label: String,
    hint: String,
    long: i64,
    required: i64,
    least: i64,
    most: i64,
}

impl From<Asked> for Question {
    fn from(row: Asked) -> Self {
        let count = |number: i64| u16::try_from(number).unwrap_or(u16::MAX);
        Self {
            label: row.label,
            hint: row.hint,
            long: row.long == 1,
            required: row.required == 1,
            least: count(row.least),
            most: count(row.most),
        }
    }
}

impl Store {
    /// Makes a category, where the panel has fewer than `most`. The answer is whether it did: its name may be taken.
    pub async fn add_ticket_category(&self, guild: GuildId, new: NewCategory<'_>, most: i64) -> Result<bool> {
        self.add_ticket_categories(guild, &[(new, None)], most).await
    }

    /// Makes several, each with the role that must be held to ask: all of them, or none.
    pub async fn add_ticket_categories(
        &self,
        guild: GuildId,
        several: &[(NewCategory<'_>, Option<RoleId>)],
        most: i64,
    ) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        for (at, (new, required)) in (0_i64..).zip(several) {
            if !self.add_one(&mut all, guild, (*new, *required), (at, most)).await? {
                all.rollback().await.map_err(lost)?;
                return Ok(false);
            }
        }
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    async fn add_one(
        &self,
        all: &mut AnyConnection,
        guild: GuildId,
        (new, required): (NewCategory<'_>, Option<RoleId>),
        (at, most): (i64, i64),
    ) -> Result<bool> {
        let id = self.clock.id().to_string();
        touch(&mut *all, guild, new.panel).await?;
        let made = sqlx::query(
            "insert into ticket_categories (id, guild_id, panel_id, name, created_at) select $1, $2, $3, $4, $5
             where exists (select 1 from ticket_panels where id = $3 and guild_id = $2)
             and (select count(*) from ticket_categories where panel_id = $3) < $6
             on conflict (guild_id, name) do nothing",
        )
        .bind(&id)
        .bind(guild.to_string())
        .bind(new.panel)
        .bind(new.name)
        // They keep their order.
        .bind(self.clock.now().0 + at)
        .bind(most)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        change(&mut *all, (guild, &id), new.rest, self.clock.now()).await?;
        keep_role(&mut *all, guild, &id, (new.staff, RolePart::Staff)).await?;
        if let Some(role) = required {
            keep_role(all, guild, &id, (role, RolePart::Required)).await?;
        }
        Ok(true)
    }

    /// Changes a category; what shows it is behind then.
    pub async fn change_ticket_category(
        &self,
        guild: GuildId,
        category: &Category,
        new: &CategoryChange,
    ) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        touch(&mut all, guild, &category.panel).await?;
        change(&mut all, (guild, &category.id), new, self.clock.now()).await?;
        all.commit().await.map_err(lost)
    }

    /// Makes a role something to a category.
    pub async fn add_ticket_role(
        &self,
        guild: GuildId,
        category: &Category,
        role: RoleId,
        part: RolePart,
    ) -> Result<()> {
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        keep_role(&mut connection, guild, &category.id, (role, part)).await
    }

    /// Makes it that no longer.
    pub async fn remove_ticket_role(
        &self,
        guild: GuildId,
        category: &Category,
        role: RoleId,
        part: RolePart,
    ) -> Result<()> {
        sqlx::query(
            "delete from ticket_category_roles where category_id = $1 and guild_id = $2 and role_id = $3 and part = $4",
        )
        .bind(&category.id)
        .bind(guild.to_string())
        .bind(role.to_string())
        .bind(part.as_str())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What whoever opens one is asked from now on.
    pub async fn set_ticket_questions(&self, guild: GuildId, category: &Category, asked: &[Question]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from ticket_questions where category_id = $1 and guild_id = $2")
            .bind(&category.id)
            .bind(guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        for (place, question) in (0_i64..).zip(asked) {
            sqlx::query(
                "insert into ticket_questions (category_id, guild_id, place, label, hint, long, required, least, most)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(&category.id)
            .bind(guild.to_string())
            .bind(place)
            .bind(text(&question.label))
            .bind(text(&question.hint))
            .bind(i64::from(question.long))
            .bind(i64::from(question.required))
            .bind(i64::from(question.least))
            .bind(i64::from(question.most))
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }

    /// Removes a category of which no ticket goes on. The answer is whether it did.
    pub async fn remove_ticket_category(&self, guild: GuildId, category: &Category) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        touch(&mut all, guild, &category.panel).await?;
        let gone = sqlx::query(
            "delete from ticket_categories where id = $1 and guild_id = $2
             and not exists (select 1 from tickets where guild_id = $2 and category_id = $1 and state <> 'closed')",
        )
        .bind(&category.id)
        .bind(guild.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if gone.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        for table in ["ticket_category_roles", "ticket_questions"] {
            let sql = format!("delete from {table} where category_id = $1 and guild_id = $2");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(&category.id)
                .bind(guild.to_string())
                .execute(&mut *all)
                .await
                .map_err(lost)?;
        }
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// A guild's categories, the oldest first.
    pub async fn ticket_categories(&self, guild: GuildId) -> Result<Vec<Category>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from ticket_categories where guild_id = $1 order by created_at, id")
                .bind(guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        let roles: Vec<(String, String, String)> = sqlx::query_as(
            "select category_id, role_id, part from ticket_category_roles where guild_id = $1 order by part, role_id",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let asked: Vec<Asked> = sqlx::query_as(
            "select category_id, label, hint, long, required, least, most from ticket_questions where guild_id = $1
             order by category_id, place",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let mut held: HashMap<String, Vec<(RoleId, RolePart)>> = HashMap::new();
        for (category, role, part) in roles {
            let role = RoleId(role.parse().unwrap_or_default());
            held.entry(category).or_default().push((role, RolePart::kept(&part)));
        }
        let mut questions: HashMap<String, Vec<Question>> = HashMap::new();
        for mut one in asked {
            questions.entry(std::mem::take(&mut one.category_id)).or_default().push(one.into());
        }
        let whole = |row: Row| {
            let (roles, asked) = (held.remove(&row.id), questions.remove(&row.id));
            row.whole(roles.unwrap_or_default(), asked.unwrap_or_default())
        };
        Ok(rows.into_iter().map(whole).collect())
    }
}

/// Takes the panel's row, and leaves what shows it behind.
async fn touch(connection: &mut AnyConnection, guild: GuildId, panel: &str) -> Result<()> {
    sqlx::query("update ticket_panels set version = version + 1 where id = $1 and guild_id = $2")
        .bind(panel)
        .bind(guild.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(lost)
}

async fn keep_role(
    connection: &mut AnyConnection,
    guild: GuildId,
    category: &str,
    (role, part): (RoleId, RolePart),
) -> Result<()> {
    sqlx::query(
        "insert into ticket_category_roles (category_id, guild_id, role_id, part) values ($1, $2, $3, $4)
         on conflict (category_id, role_id, part) do nothing",
    )
    .bind(category)
    .bind(guild.to_string())
    .bind(role.to_string())
    .bind(part.as_str())
    .execute(connection)
    .await
    .map(drop)
    .map_err(lost)
}

async fn change(
    connection: &mut AnyConnection,
    (guild, category): (GuildId, &str),
    new: &CategoryChange,
    now: Millis,
) -> Result<()> {
    let (says_emoji, emoji) = (new.emoji.is_some(), new.emoji.clone().flatten());
    let (says_hours, hours) = (new.hours.is_some(), new.hours.flatten());
    sqlx::query(
        "update ticket_categories set
             emoji = case when $1 = 1 then $2 else emoji end,
             description = coalesce($3, description),
             priority = coalesce($4, priority),
             cooldown = coalesce($5, cooldown),
             most_open = coalesce($6, most_open),
             opens = case when $7 = 1 then $8 else opens end,
             closes = case when $7 = 1 then $9 else closes end,
             zone = coalesce($10, zone),
             answer_within = coalesce($11, answer_within),
             solve_within = coalesce($12, solve_within),
             ask_for = coalesce($13, ask_for),
             idle_for = coalesce($14, idle_for),
             ping_after = case when $15 = 1 then $16 else ping_after end,
             escalate_after = case when $17 = 1 then $18 else escalate_after end,
             escalate_to = coalesce($19, escalate_to),
             place = coalesce($20, place),
             under_id = case when $21 = 1 then $22 else under_id end,
             forum_id = case when $23 = 1 then $24 else forum_id end,
             forum_since = case when $23 = 1 then $25 else forum_since end
         where id = $26 and guild_id = $27",
    )
    .bind(i64::from(says_emoji))
    .bind(emoji)
    .bind(new.description.as_deref().map(text))
    .bind(new.priority.map(Priority::as_str))
    .bind(new.cooldown.map(millis))
    .bind(new.most_open)
    .bind(i64::from(says_hours))
    .bind(hours.map(|(opens, _)| opens))
    .bind(hours.map(|(_, closes)| closes))
    .bind(new.zone.as_deref())
    .bind(new.answer_within.map(millis))
    .bind(new.solve_within.map(millis))
    .bind(new.ask_for.map(millis))
    .bind(new.idle_for.map(millis))
    .bind(i64::from(new.ping_after.is_some()))
    .bind(new.ping_after.and_then(After::row))
    .bind(i64::from(new.escalate_after.is_some()))
    .bind(new.escalate_after.and_then(After::row))
    .bind(new.escalate_to.map(|role| role.to_string()))
    .bind(new.place.map(Place::as_str))
    .bind(i64::from(new.under.is_some()))
    .bind(new.under.flatten().map(|id| id.to_string()))
    .bind(i64::from(new.forum.is_some()))
    .bind(new.forum.flatten().map(|id| id.to_string()))
    .bind(now.0)
    .bind(category)
    .bind(guild.to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(lost)
}
