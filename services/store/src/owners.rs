//! Which rows of the vault something still uses: the one list that everything which deletes secrets goes by.
//!
//! **Invariant:** a table that refers to `secrets` is on this list. One that were forgotten would break the deletion, not lose
//! the secret: the database refuses to delete what is referred to.

/// A subquery: the ids of all secrets that something uses. Another owner is another `union` here.
macro_rules! used_secrets {
    () => {
        "select secret_id from servers
         union select next_secret_id from servers where next_secret_id is not null
         union select secret_id from named_secrets
         union select previous_id from named_secrets where previous_id is not null
         union select sealed_id from approvals where sealed_id is not null
         union select sealed_id from runs where sealed_id is not null
         union select secret_id from terminal_secrets
         union select secret_id from model_providers where secret_id is not null
         union select secret_id from mcp_servers where secret_id is not null
         union select secret_id from accounts where secret_id is not null
         union select secret_id from account_consents where secret_id is not null
         union select secret_id from account_returns
         union select secret_id from stream_secrets
         union select secret_id from presence_plex"
    };
}

pub(crate) use used_secrets;
