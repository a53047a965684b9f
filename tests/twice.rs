//! Stories that are told twice: with a bot that keeps everything in SQLite, and with one on PostgreSQL.

/// The same is shown whichever database there is.
macro_rules! assert_shown {
    ($text:expr, @$shown:literal) => {
        let text = $text;
        insta::allow_duplicates! { insta::assert_snapshot!(text, @$shown) }
    };
}

/// Each story is told on both databases.
macro_rules! on_both_worlds {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(crate::world::World::start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(crate::world::World::on_postgres().await).await;
            }
        }
    )*};
}

/// Each story of a module is told on both databases, in the `Scene` that it has there.
macro_rules! on_both_databases {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(super::Scene::set(store::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(super::Scene::set(store::Kind::Postgres).await).await;
            }
        }
    )*};
}
