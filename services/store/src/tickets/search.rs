//! Which words are in which tickets.
//!
//! Both databases find text in ways of their own; a table of words is the same on both, and a hundred thousand tickets are looked
//! through in the order of an index, the newest first.

use std::collections::BTreeSet;

use base::{GuildId, Result};
use sqlx::{AnyConnection, any::AnyArguments};

use super::{Says, Ticket, read::Row};
use crate::{Store, lost};

/// A shorter word says nothing, and a longer one is none.
const LENGTH: std::ops::RangeInclusive<usize> = 2..=40;
/// Words of one text; nobody says more that is worth finding.
const MOST: usize = 600;
/// Rows of one statement.
const AT_ONCE: usize = 100;
/// Words that begin as one that was typed does.
const MEANT: i64 = 12;
/// How often a word is there is not counted any further.
const COUNTED: i64 = 2_000;
/// Tickets whose words are written at a time.
const TICKETS: i64 = 100;
/// Messages of one that are read at a time.
const PAGE: i64 = 500;

/// The words of a text, as they are kept and looked for.
pub fn words(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        let letters: Vec<char> = word.to_lowercase().chars().collect();
        // Where words are not parted, two letters that stand together are one.
        if letters.iter().any(|letter| is_unparted(*letter)) {
            all.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else if LENGTH.contains(&letters.len()) {
            all.insert(letters.into_iter().collect());
        }
        if all.len() >= MOST {
            break;
        }
    }
    all
}

fn is_unparted(letter: char) -> bool {
    matches!(letter, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Has a ticket be found by the words of these texts.
pub(super) async fn index(
    all: &mut AnyConnection,
    (guild, ticket): (&str, &str),
    texts: impl Iterator<Item = &str>,
) -> sqlx::Result<()> {
    let found: BTreeSet<String> = texts.flat_map(words).take(MOST).collect();
    for some in found.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        let rows: Vec<String> = (0..some.len()).map(|at| format!("($1, ${}, $2)", at + 3)).collect();
        let sql = format!(
            "insert into ticket_words (guild_id, word, ticket_id) values {}
             on conflict (guild_id, word, ticket_id) do nothing",
            rows.join(", ")
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(guild.to_owned()).bind(ticket.to_owned());
        some.iter().fold(query, |query, word| query.bind(word.clone())).execute(&mut *all).await?;
    }
    Ok(())
}

impl Store {
    /// Writes the words of tickets that changed. The answer is whether there may be more.
    pub async fn index_tickets(&self) -> Result<bool> {
        let rows: Vec<Row> = sqlx::query_as("select * from tickets where indexed < version order by number limit $1")
            .bind(TICKETS)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        let may_be_more = i64::try_from(rows.len()).is_ok_and(|count| count == TICKETS);
        for row in rows {
            let anew = row.indexed() < 0;
            self.index_ticket(&row.into(), anew).await?;
        }
        Ok(may_be_more)
    }

    async fn index_ticket(&self, ticket: &Ticket, anew: bool) -> Result<()> {
        let guild = ticket.guild.to_string();
        let lines: Vec<String> = self.ticket_lines(ticket, PAGE).await?.into_iter().map(|line| line.text).collect();
        let mut all = self.pool.begin().await.map_err(lost)?;
        // Who changes it meanwhile has it written once more.
        sqlx::query("update tickets set indexed = $1 where id = $2 and guild_id = $3")
            .bind(ticket.version)
            .bind(&ticket.id)
            .bind(&guild)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        if anew {
            sqlx::query("delete from ticket_words where guild_id = $1 and ticket_id = $2")
                .bind(&guild)
                .bind(&ticket.id)
                .execute(&mut *all)
                .await
                .map_err(lost)?;
        }
        let answers = ticket.answers.iter().flat_map(|one| [one.question.as_str(), one.answer.as_str()]);
        let own = [Some(ticket.course.title.as_str()), ticket.course.reason.as_deref()];
        let texts = own.into_iter().flatten().chain(answers).chain(lines.iter().map(String::as_str));
        index(&mut all, (&guild, &ticket.id), texts).await.map_err(lost)?;
        let mut after = if anew { Some(0_i64) } else { None };
        while let Some(from) = after {
            let page: Vec<(i64, String)> = sqlx::query_as(
                "select message, says from ticket_messages where ticket_id = $1 and guild_id = $2 and message > $3
                 order by message limit $4",
            )
            .bind(&ticket.id)
            .bind(&guild)
            .bind(from)
            .bind(PAGE)
            .fetch_all(&mut *all)
            .await
            .map_err(lost)?;
            after = page.last().map(|(message, _)| *message);
            for (_, says) in page {
                let says: Says = serde_json::from_str(&says).unwrap_or_default();
                index(&mut all, (&guild, &ticket.id), says.texts()).await.map_err(lost)?;
            }
        }
        all.commit().await.map_err(lost)
    }

    /// Tickets of a guild in which all of these words are, or such as begin with them, the newest first; of these categories' rows,
    /// where any are named.
    pub async fn find_tickets(
        &self,
        guild: GuildId,
        typed: &str,
        categories: Option<&[String]>,
        most: i64,
    ) -> Result<Vec<Ticket>> {
        let typed = words(typed);
        let mut meant = Vec::new();
        for word in &typed {
            let all = self.words_like(guild, word).await?;
            if all.is_empty() {
                return Ok(Vec::new());
            }
            let count = self.count_words(guild, &all).await?;
            meant.push((count, all));
        }
        if meant.is_empty() || categories.is_some_and(<[String]>::is_empty) {
            return Ok(Vec::new());
        }
        // The rarest leads: the others are only looked up.
        meant.sort();
        let mut binds: Vec<String> = vec![guild.to_string()];
        let mut named = |values: &[String]| {
            let places = values.iter().map(|value| {
                binds.push(value.clone());
                format!("${}", binds.len())
            });
            places.collect::<Vec<_>>().join(", ")
        };
        let mut conditions = Vec::new();
        for (_, all) in meant.iter().skip(1) {
            conditions.push(format!(
                "exists (select 1 from ticket_words x where x.guild_id = $1 and x.word in ({}) and x.ticket_id = w.ticket_id)",
                named(all)
            ));
        }
        if let Some(categories) = categories {
            conditions.push(format!(
                "exists (select 1 from tickets t where t.id = w.ticket_id and t.guild_id = $1 and t.category_id in ({}))",
                named(categories)
            ));
        }
        let lead = named(&meant[0].1);
        let conditions = conditions.iter().fold(String::new(), |all, one| all + " and " + one);
        let sql = format!(
            "select * from tickets where guild_id = $1 and id in (select distinct w.ticket_id from ticket_words w
                 where w.guild_id = $1 and w.word in ({lead}){conditions} order by w.ticket_id desc limit {most})
             order by number desc"
        );
        let query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(sql));
        let query = binds.into_iter().fold(query, sqlx::query::QueryAs::<_, Row, AnyArguments>::bind);
        let rows = query.fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Words that begin so: each is one look into the index.
    async fn words_like(&self, guild: GuildId, word: &str) -> Result<Vec<String>> {
        let most = if word.chars().count() < 3 { 1 } else { MEANT };
        let end = if most == 1 { format!("{word}\0").replace('\0', "\u{1}") } else { format!("{word}\u{10ffff}") };
        let found: Vec<Option<String>> = sqlx::query_scalar(
            "with recursive found(word) as (
                 select min(word) from ticket_words where guild_id = $1 and word >= $2 and word < $3
                 union all
                 select (select min(w.word) from ticket_words w where w.guild_id = $1 and w.word > found.word and w.word < $3)
                 from found where found.word is not null
             ) select word from found limit $4",
        )
        .bind(guild.to_string())
        .bind(word)
        .bind(end)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn count_words(&self, guild: GuildId, all: &[String]) -> Result<i64> {
        let places: Vec<String> = (0..all.len()).map(|at| format!("${}", at + 2)).collect();
        let sql = format!(
            "select count(*) from (select 1 from ticket_words where guild_id = $1 and word in ({}) limit {COUNTED}) counted",
            places.join(", ")
        );
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(guild.to_string());
        let query = all.iter().fold(query, |query, word| query.bind(word.clone()));
        query.fetch_one(&self.reads).await.map_err(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_lowered_and_of_a_length_that_says_something() {
        let found: Vec<String> = words("The Invoice #12345 of Zoë — a LOT of ‹b›, 請求書です").into_iter().collect();
        assert_eq!(found, ["12345", "invoice", "lot", "of", "the", "zoë", "です", "書で", "求書", "請求"]);
        assert!(words(&"x".repeat(50)).is_empty());
    }
}
