//! How fast secrets are masked, and sealed anew under another key.

use std::time::{Duration, Instant};

use base::{Clock, GuildId, Secret, UserId};
use secrecy::SecretString;
use store::{Store, Vault};

#[path = "../services/base/tests/throughput/mod.rs"]
mod throughput;

/// Secrets of one rotation.
const SECRETS: u32 = 10_000;

pub(crate) fn print_redactor() {
    println!("\n| redactor, one core | 0 known values | 10 | 1,000 |\n|---|---|---|---|");
    for row in throughput::rows() {
        let figures = row.megabytes_per_second.map(|figure| format!("{figure:.0} MB/s"));
        println!("| {} | {} |", row.text, figures.join(" | "));
    }
}

pub(crate) async fn print_rotation() {
    let home = tempfile::tempdir().unwrap();
    let mut databases = vec![format!("sqlite://{}", home.path().join("nebula.db").display())];
    if std::env::var_os("NEBULA_TEST_POSTGRES").is_some() {
        databases.push(peers::postgres::database());
    }
    println!("\n| `nebula key rotate` of {SECRETS} secrets | took | secrets a second |\n|---|---|---|");
    for url in databases {
        let (kind, took) = rotated(&url).await;
        println!("| {kind} | {:.1} s | {:.0} |", took.as_secs_f64(), f64::from(SECRETS) / took.as_secs_f64());
    }
}

async fn rotated(url: &str) -> (store::Kind, Duration) {
    let store = Store::open(url, Clock::system()).await.unwrap();
    let passphrase = |text: &str| SecretString::from(format!("{text}, and long enough"));
    let vault = Vault::new(store.clone(), Some(passphrase("old")));
    for number in 0..SECRETS {
        let value = Secret::new(format!("the value of number {number}"));
        vault.name(GuildId(1), &format!("S{number}"), &value, UserId(7)).await.unwrap();
    }
    let began = Instant::now();
    store.rotate_key(&passphrase("old"), &passphrase("new"), |_| {}).await.unwrap();
    (store.kind(), began.elapsed())
}
