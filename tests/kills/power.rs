//! The power is cut: what was not synced to disk is gone. What somebody was told is still so.
//!
//! The bot's database is watched by [`peers::Unsynced`], and put back after each kill as its last syncs left it.

use peers::Unsynced;

use super::{
    holds,
    tale::{Cut, Tale},
};
use crate::world::World;

/// How often the power is cut.
const CUTS: usize = 24;

/// Puts the database's files back after each kill.
struct Power(Unsynced);

impl Power {
    async fn of(world: &mut World) -> Self {
        let power = Self(Unsynced::of("nebula.db"));
        world.kill_bot();
        // What was written before anybody watched counts as synced: a clean stop leaves nothing else.
        world.start_bot().await;
        assert!(world.stop_bot().await);
        power.0.begin(&world.path(""));
        for (name, value) in power.0.environment() {
            world.set_environment(name, &value);
        }
        world.start_bot().await;
        power
    }
}

impl Cut for Power {
    fn after(&mut self, world: &World) {
        self.0.cut(&world.path(""));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_power_cut_everything_that_was_said_is_still_so() {
    let mut world = World::start().await;
    let mut power = Power::of(&mut world).await;
    let mut tale = Tale::begin(world, "the power is cut").await;
    tale.tell(CUTS, &mut power).await;
    let (verdict, world) = tale.end().await;
    holds(&verdict);
    world.end().await;
}

/// The harness itself: on a disk that promises and does not keep it, what was said is lost, and that is seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_keeps_nothing_is_found_out() {
    let mut world = World::start().await;
    let power = Power::of(&mut world).await;
    assert!(world.stop_bot().await);
    world.set_environment("UNSYNCED_BLIND", "1");
    world.start_bot().await;
    let admin = world.admin().await;
    admin.ask("/policy commands add rule:\"restic snapshots\"").await.until("restic").await;
    let told = world.audited().await;
    world.kill_bot();
    power.0.cut(&world.path(""));
    assert_eq!(world.audited().await.len() + 1, told.len(), "what was never synced is still there");
    world.end().await;
}
