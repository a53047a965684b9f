//! Answers of conversations as people see them, and where they stand.

use base::{GuildId, Result};
use uuid::Uuid;

use crate::{Store, lost};

/// An answer as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The conversation.
    pub conversation: Uuid,
    /// Whose it is.
    pub guild: GuildId,
    /// The turn.
    pub turn: i64,
    /// What is shown, as JSON.
    pub body: String,
    /// Counts its changes.
    pub version: i64,
    /// The change that stands in Discord.
    pub drawn: i64,
    /// The messages that it stands in, in order.
    pub messages: Vec<u64>,
}

type AnswerColumns = (String, String, i64, String, i64, i64, String);

impl From<AnswerColumns> for AnswerRow {
    fn from((conversation, guild, turn, body, version, drawn, messages): AnswerColumns) -> Self {
        let messages: Vec<String> = serde_json::from_str(&messages).unwrap_or_default();
        Self {
            conversation: conversation.parse().unwrap_or_default(),
            guild: GuildId(guild.parse().unwrap_or_default()),
            turn,
            body,
            version,
            drawn,
            messages: messages.iter().filter_map(|id| id.parse().ok()).collect(),
        }
    }
}

impl Store {
    /// The answers of any guild that do not stand in Discord as they are.
    pub async fn answers_behind(&self) -> Result<Vec<AnswerRow>> {
        let rows: Vec<AnswerColumns> = sqlx::query_as(
            "select conversation_id, guild_id, turn, body, version, drawn, messages from conversation_answers
             where drawn < version order by conversation_id, turn",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(AnswerRow::from).collect())
    }

    /// One answer.
    pub async fn answer(&self, guild: GuildId, conversation: Uuid, turn: i64) -> Result<Option<AnswerRow>> {
        let row: Option<AnswerColumns> = sqlx::query_as(
            "select conversation_id, guild_id, turn, body, version, drawn, messages from conversation_answers
             where guild_id = $1 and conversation_id = $2 and turn = $3",
        )
        .bind(guild.to_string())
        .bind(conversation.to_string())
        .bind(turn)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(AnswerRow::from))
    }

    /// It stands in these messages, and shows this version.
    pub async fn answer_stands(&self, answer: &AnswerRow, messages: &[u64], drawn: i64) -> Result<()> {
        let messages: Vec<String> = messages.iter().map(u64::to_string).collect();
        sqlx::query(
            "update conversation_answers set messages = $1, drawn = case when drawn > $2 then drawn else $2 end
             where guild_id = $3 and conversation_id = $4 and turn = $5",
        )
        .bind(serde_json::json!(messages).to_string())
        .bind(drawn)
        .bind(answer.guild.to_string())
        .bind(answer.conversation.to_string())
        .bind(answer.turn)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
