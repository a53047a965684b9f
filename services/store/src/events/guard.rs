//! The database itself refuses to change an event, and to delete one that retention did not give up.

use sqlx::{AnyPool, Executor};

use crate::Kind;

const SQLITE: [&str; 2] = [
    "create trigger if not exists events_are_not_changed before update on events
     begin select raise(abort, 'events are append-only'); end",
    "create trigger if not exists events_are_kept before delete on events
     when old.seq > (select trimmed from event_tail)
     begin select raise(abort, 'only retention deletes events'); end",
];
const POSTGRES: [&str; 4] = [
    "create or replace function events_are_append_only() returns trigger language plpgsql as
     $$ begin raise exception 'events are append-only'; end $$",
    "create or replace function events_are_kept() returns trigger language plpgsql as
     $$ begin
         if old.seq > (select trimmed from event_tail) then raise exception 'only retention deletes events'; end if;
         return old;
     end $$",
    "create trigger events_are_not_changed before update or truncate on events
     for each statement execute function events_are_append_only()",
    "create trigger events_are_kept before delete on events for each row execute function events_are_kept()",
];

/// Sets the guard where it does not stand yet. The two databases have no common words for it, so it is no migration.
pub(crate) async fn guard(pool: &AnyPool, kind: Kind) -> sqlx::Result<()> {
    let names = "in ('events_are_not_changed', 'events_are_kept')";
    if kind == Kind::Sqlite {
        // Looking first: `create trigger if not exists` takes the write lock even where there is nothing to do.
        let sql = format!("select count(*) from sqlite_master where type = 'trigger' and name {names}");
        let there: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await?;
        if there < 2 {
            for sql in SQLITE {
                pool.execute(sql).await?;
            }
        }
        return Ok(());
    }
    let sql = format!("select count(*) from pg_trigger where tgname {names} and tgrelid = 'events'::regclass");
    let there: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone())).fetch_one(pool).await?;
    if there < 2 {
        let mut all = pool.begin().await?;
        // Two that start at the same moment: the second waits, and then sees the first one's.
        all.execute("lock table events in share row exclusive mode").await?;
        let there: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *all).await?;
        if there < 2 {
            for sql in POSTGRES {
                all.execute(sql).await?;
            }
        }
        all.commit().await?;
    }
    Ok(())
}
