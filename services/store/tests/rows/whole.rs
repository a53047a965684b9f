//! The database as a whole: one bot on it, and all of it there when it is opened again.

use std::time::Duration;

use store::Store;

use crate::{
    crew::{CREW, offer},
    fresh::Fresh,
};

on_both! {
    a_second_bot_is_kept_off_the_database
    opening_again_keeps_everything
}

async fn a_second_bot_is_kept_off_the_database(fresh: Fresh) {
    let other = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    let lock = fresh.store.lock().await.unwrap();
    assert!(other.lock().await.unwrap_err().to_string().contains("another Nebula"));
    drop(lock);
    fresh.store.close().await;
    // PostgreSQL sees a moment later that its holder is gone.
    let free = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while other.lock().await.is_err() {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), free).await.expect("the lock goes with its holder");
}

async fn opening_again_keeps_everything(fresh: Fresh) {
    offer(&fresh, CREW, "box", "key-a").await.unwrap();
    fresh.store.close().await;
    let again = Store::open(&fresh.url, fresh.clock.clone()).await.unwrap();
    assert_eq!(again.servers().await.unwrap()[0].name, "box");
}
