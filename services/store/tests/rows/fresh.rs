//! A fresh database of one kind, and a way around the store into it; each story is told on both kinds.

use base::{Clock, Millis};
use sqlx::AnyPool;
use store::{Kind, Store};

/// A database in which nothing happened yet.
pub(crate) struct Fresh {
    pub(crate) store: Store,
    /// Its time: it moves only where somebody says so. At first it is a whole hour.
    pub(crate) clock: Clock,
    pub(crate) url: String,
    /// Past the store, as whoever owns the database can.
    pub(crate) raw: AnyPool,
    _home: tempfile::TempDir,
}

impl Fresh {
    pub(crate) async fn of(kind: Kind) -> Self {
        let home = tempfile::tempdir().unwrap();
        let make = async |url: String| Store::open(&url, Clock::system()).await.unwrap().close().await;
        let url = match kind {
            Kind::Sqlite => peers::databases::sqlite(home.path(), make).await,
            Kind::Postgres => peers::databases::postgres(make).await,
        };
        let clock = Clock::manual(Millis(1_800_000_000_000));
        let store = Store::open(&url, clock.clone()).await.unwrap();
        Self { store, clock, raw: AnyPool::connect_lazy(&url).unwrap(), url, _home: home }
    }
}

/// Tells each story on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(crate::fresh::Fresh::of(store::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(crate::fresh::Fresh::of(store::Kind::Postgres).await).await;
            }
        }
    )*};
}
