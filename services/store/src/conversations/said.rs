//! What people say in conversations, and the pictures that they attach.

use base::{GuildId, Millis, Result, UserId};
use uuid::Uuid;

use crate::{Store, lost};

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Their message's id, or one of ours.
    pub id: String,
    /// Who.
    pub author: UserId,
    /// Their name.
    pub name: String,
    /// The words, without secrets.
    pub text: String,
    /// What they attached, as JSON.
    pub files: String,
    /// When.
    pub at: Millis,
}

/// A picture somebody attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its id.
    pub id: Uuid,
    /// `image/png` and the like.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Somebody says something. The answer is whether there is such a conversation, and it was not said before.
    pub async fn say(&self, guild: GuildId, id: Uuid, said: &Said, pictures: &[Picture]) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let there = sqlx::query("update conversations set busy = 1, touched_at = $1 where guild_id = $2 and id = $3")
            .bind(said.at.0)
            .bind(guild.to_string())
            .bind(id.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        if there.rows_affected() == 0 {
            return Ok(false);
        }
        let new = sqlx::query(
            "insert into conversation_said (id, conversation_id, guild_id, author_id, name, text, files, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (conversation_id, id) do nothing",
        )
        .bind(&said.id)
        .bind(id.to_string())
        .bind(guild.to_string())
        .bind(said.author.to_string())
        .bind(said.name.replace('\0', "␀"))
        .bind(said.text.replace('\0', "␀"))
        .bind(&said.files)
        .bind(said.at.0)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if new.rows_affected() == 0 {
            return Ok(false);
        }
        for picture in pictures {
            sqlx::query(
                "insert into conversation_pictures (id, conversation_id, guild_id, media_type, bytes)
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(picture.id.to_string())
            .bind(id.to_string())
            .bind(guild.to_string())
            .bind(&picture.media_type)
            .bind(&picture.bytes)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// What was said in a conversation and not heard yet, in order.
    pub async fn unheard(&self, guild: GuildId, id: Uuid) -> Result<Vec<Said>> {
        let rows: Vec<(String, String, String, String, String, i64)> = sqlx::query_as(
            "select id, author_id, name, text, files, at from conversation_said
             where guild_id = $1 and conversation_id = $2 and heard = 0 order by at, id",
        )
        .bind(guild.to_string())
        .bind(id.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let said = rows.into_iter().map(|(id, author, name, text, files, at)| Said {
            id,
            author: UserId(author.parse().unwrap_or_default()),
            name,
            text,
            files,
            at: Millis(at),
        });
        Ok(said.collect())
    }

    /// A conversation's pictures.
    pub async fn conversation_pictures(&self, guild: GuildId, id: Uuid) -> Result<Vec<Picture>> {
        let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
            "select id, media_type, bytes from conversation_pictures where guild_id = $1 and conversation_id = $2",
        )
        .bind(guild.to_string())
        .bind(id.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let picture = |(id, media_type, bytes): (String, String, Vec<u8>)| Picture {
            id: id.parse().unwrap_or_default(),
            media_type,
            bytes,
        };
        Ok(rows.into_iter().map(picture).collect())
    }

    /// Gives another conversation of the guild the same pictures.
    pub async fn copy_pictures(&self, guild: GuildId, from: Uuid, to: Uuid) -> Result<()> {
        for picture in self.conversation_pictures(guild, from).await? {
            sqlx::query(
                "insert into conversation_pictures (id, conversation_id, guild_id, media_type, bytes)
                 values ($1, $2, $3, $4, $5) on conflict (conversation_id, id) do nothing",
            )
            .bind(picture.id.to_string())
            .bind(to.to_string())
            .bind(guild.to_string())
            .bind(&picture.media_type)
            .bind(&picture.bytes)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        }
        Ok(())
    }
}
