//! What a file was before a change is kept for a while, and no longer.

use std::path::Path;

use base::Millis;
use store::file_versions::FileVersion;

use super::{Place, versions};
use crate::world::World;

/// What is kept is kept for two weeks.
const KEPT_DAYS: i64 = 14;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_was_is_kept_for_two_weeks_and_then_gone_from_its_server_and_from_here() {
    let mut world = World::start().await;
    let place = Place::open(&mut world).await;
    for name in ["old.txt", "young.txt"] {
        place.write(name, "before\n");
        let form = place.admin.slash(&format!("/file edit server:box path:{name}")).await.form();
        form.fill(&[("What is in it", "after")]).await.until("Changed").await;
    }
    let (old, young) =
        (versions(&world, &place, "old.txt").await.remove(0), versions(&world, &place, "young.txt").await.remove(0));
    let kept = |version: &FileVersion| Path::new(version.kept.as_ref().unwrap()).exists();
    assert!(kept(&old) && kept(&young), "what was there is beside it");
    assert!(world.stop_bot().await);
    let store = world.store().await;
    for (version, days) in [(&old, KEPT_DAYS + 1), (&young, KEPT_DAYS - 1)] {
        assert!(store.forget_file_version(version.guild, &version.id).await.unwrap());
        let at = Millis(version.at.0 - days * 24 * 3_600 * 1_000);
        store.note_file_version(&FileVersion { at, ..version.clone() }).await.unwrap();
    }
    store.close().await;
    world.start_bot().await;
    world.until("what is too old is gone", |_| !kept(&old)).await;
    place.ask("/file undo server:box path:APP/old.txt", "othing").await;
    assert_eq!(place.read("old.txt"), "after\n", "the file itself is as it was left");
    assert!(kept(&young));
    place.ask("/file undo server:box path:APP/young.txt", "Put back").await;
    assert_eq!(place.read("young.txt"), "before\n");
    world.end().await;
}
