//! The key a server is being given, beside the one it logs in with.
//!
//! **Invariant:** a server has one of them at a time, and it is used only after it was proven.

use base::Result;

use crate::{
    Store, lost,
    servers::{Row, Server},
};

impl Store {
    /// Keeps the key that a server is being given; none where there is one already.
    pub async fn give_key(&self, server: &Server, secret: &str) -> Result<Option<Server>> {
        self.change_key(
            "update servers set next_secret_id = $1
             where id = $2 and guild_id = $3 and next_secret_id is null returning *",
            server,
            secret,
        )
        .await
    }

    /// The server logs in with this key from now on, if it is the one it is being given.
    pub async fn use_given_key(&self, server: &Server, secret: &str) -> Result<Option<Server>> {
        self.change_key(
            "update servers set secret_id = next_secret_id, next_secret_id = null
             where next_secret_id = $1 and id = $2 and guild_id = $3 returning *",
            server,
            secret,
        )
        .await
    }

    /// This person logs in to the server from now on, with the key it is being given, if that is this one.
    pub async fn use_given_login(&self, server: &Server, secret: &str, user: &str) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(
            "update servers set secret_id = next_secret_id, next_secret_id = null, user_name = $4
             where next_secret_id = $1 and id = $2 and guild_id = $3 returning *",
        )
        .bind(secret.to_owned())
        .bind(&server.id)
        .bind(server.guild.to_string())
        .bind(user.to_owned())
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Server::from))
    }

    /// The server keeps what it has: the key it was being given is deleted.
    pub async fn take_key_back(&self, server: &Server, secret: &str) -> Result<Option<Server>> {
        let row = self
            .change_key(
                "update servers set next_secret_id = null
                 where next_secret_id = $1 and id = $2 and guild_id = $3 returning *",
                server,
                secret,
            )
            .await?;
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        crate::vault::forget(&mut connection, server.guild, secret).await?;
        Ok(row)
    }

    async fn change_key(&self, sql: &'static str, server: &Server, secret: &str) -> Result<Option<Server>> {
        let row: Option<Row> = sqlx::query_as(sql)
            .bind(secret.to_owned())
            .bind(&server.id)
            .bind(server.guild.to_string())
            .fetch_optional(&self.pool)
            .await
            .map_err(lost)?;
        Ok(row.map(Server::from))
    }
}
