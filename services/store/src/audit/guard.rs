//! The database itself refuses to change or delete a row of the log.
//!
//! It stops mistakes, not whoever owns the database and can take it away again: for those there is the chain.

use sqlx::{AnyPool, Executor};

use crate::Kind;

const SQLITE: [&str; 2] = [
    "create trigger if not exists audit_log_is_not_changed before update on audit_log
     begin select raise(abort, 'the audit log is append-only'); end",
    "create trigger if not exists audit_log_is_not_deleted before delete on audit_log
     begin select raise(abort, 'the audit log is append-only'); end",
];
const POSTGRES: [&str; 2] = [
    "create or replace function audit_log_is_append_only() returns trigger language plpgsql as
     $$ begin raise exception 'the audit log is append-only'; end $$",
    "create trigger audit_log_is_append_only before update or delete or truncate on audit_log
     for each statement execute function audit_log_is_append_only()",
];

/// Sets the guard where it does not stand yet. The two databases have no common words for it, so it is no migration.
pub(crate) async fn guard(pool: &AnyPool, kind: Kind) -> sqlx::Result<()> {
    if kind == Kind::Sqlite {
        // Looking first: `create trigger if not exists` takes the write lock even where there is nothing to do.
        let there: i64 = sqlx::query_scalar(
            "select count(*) from sqlite_master where type = 'trigger' and tbl_name = 'audit_log'
             and name in ('audit_log_is_not_changed', 'audit_log_is_not_deleted')",
        )
        .fetch_one(pool)
        .await?;
        if there < 2 {
            for sql in SQLITE {
                pool.execute(sql).await?;
            }
        }
        return Ok(());
    }
    let sql = "select count(*) from pg_trigger
               where tgname = 'audit_log_is_append_only' and tgrelid = 'audit_log'::regclass";
    let there: i64 = sqlx::query_scalar(sql).fetch_one(pool).await?;
    if there == 0 {
        let mut both = pool.begin().await?;
        // Two that start at the same moment: the second waits, and then sees the first one's.
        both.execute("lock table audit_log in share row exclusive mode").await?;
        let there: i64 = sqlx::query_scalar(sql).fetch_one(&mut *both).await?;
        if there == 0 {
            for sql in POSTGRES {
                both.execute(sql).await?;
            }
        }
        both.commit().await?;
    }
    Ok(())
}
