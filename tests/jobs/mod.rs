//! Durable runs in the hub itself, where the test decides what time it is, how many processes there are, and which of them dies.

/// Each story is told on both databases, in a shop whose first process is at work.
macro_rules! on_both_shops {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story($crate::jobs::shop::Shop::at_work(store::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story($crate::jobs::shop::Shop::at_work(store::Kind::Postgres).await).await;
            }
        }
    )*};
}

mod again;
mod line;
mod lost;
mod mill;
mod odd;
mod shop;
mod stop;
