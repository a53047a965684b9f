//! Runbooks: imported, looked at, run step by step as whoever asks, killed in the middle, and begun by alerts.

mod certificate;
mod heal;
mod mend;
mod run;

use std::path::PathBuf;

use crate::{
    people::{Person, Shown},
    world::World,
};

/// Imports a file as it is, and keeps it.
async fn import(world: &World, admin: &Person, yaml: &str) -> Shown {
    let shown = admin.ask(&format!("/runbook import file:@{}", file(world, yaml).display())).await;
    shown.until("Import").await;
    shown.press(admin, "Import").await;
    shown.until("Imported").await;
    shown
}

/// A file beside the bot.
fn file(world: &World, yaml: &str) -> PathBuf {
    let path = world.path("runbook.yaml");
    std::fs::write(&path, yaml).unwrap();
    path
}

/// What nobody asked for is told in #ops from now on.
async fn tell_ops(world: &World) {
    let store = world.store().await;
    let ops = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
    store.set_ops_channel(world.guild(), Some(ops)).await.unwrap();
    store.close().await;
}
