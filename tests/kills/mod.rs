//! The real bot, killed at random moments: no run lost, no command done twice, every card true.
//!
//! A failing story can be told again with the seed it printed: `NEBULA_KILLS_SEED=…`. The choices are the same then; what the
//! machine does in between is not.

mod first_start;
mod power;
pub(crate) mod tale;

use self::tale::{Kill, Tale, Verdict};
use crate::world::World;

/// Kills in each of the two stories of runs.
const KILLS: usize = 40;

on_both_worlds! {
    killed_at_any_moment_it_loses_no_run_and_does_none_twice
}

async fn killed_at_any_moment_it_loses_no_run_and_does_none_twice(world: World) {
    let mut tale = Tale::begin(world, "killed at any moment").await;
    tale.tell(KILLS, &mut Kill).await;
    let (verdict, world) = tale.end().await;
    holds(&verdict);
    assert_eq!(verdict.kills, KILLS);
    world.end().await;
}

fn holds(verdict: &Verdict) {
    let (median, most) = verdict.recovery();
    eprintln!(
        "{} kills, {} runs, gone on with after {median:?}, at most {most:?}; killed at: {:?}",
        verdict.kills, verdict.runs, verdict.stages
    );
    assert!(verdict.is_good(), "{verdict:#?}");
}
