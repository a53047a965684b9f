//! The bot, killed again and again while people use it: what is lost, what is done twice, and how soon it goes on.
//!
//! It is the tale that `tests/kills` tells, only longer.

use crate::{
    tale::{Kill, Tale, Verdict},
    world::World,
};

/// One world has so many kills at most: Discord lets a bot identify a thousand times a day, and its start counts as well.
const IN_ONE_WORLD: usize = 250;

pub(crate) async fn print(kills: usize) {
    println!("\n| killed | kills | runs | lost | done twice | shown wrongly | goes on after, p50 | most |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for database in ["SQLite", "PostgreSQL"] {
        let mut all = Verdict::default();
        let mut left = kills / 2;
        while left > 0 {
            let now = left.min(IN_ONE_WORLD);
            left -= now;
            let world = if database == "SQLite" { World::start().await } else { World::on_postgres().await };
            let mut tale = Tale::begin(world, database).await;
            tale.tell(now, &mut Kill).await;
            let (verdict, world) = tale.end().await;
            world.end().await;
            add(&mut all, verdict);
        }
        let (median, most) = all.recovery();
        println!(
            "| {database} | {} | {} | {} | {} | {} | {} ms | {} ms |",
            all.kills,
            all.runs,
            all.lost.len(),
            all.doubled.len(),
            all.untrue.len(),
            median.as_millis(),
            most.as_millis()
        );
        let stages: Vec<String> = all.stages.iter().map(|(stage, times)| format!("{stage}: {times}")).collect();
        wrong.push(format!("{database} was killed with {}.", stages.join(", ")));
        if all.is_good() {
            wrong.push("Nothing was lost, done twice or shown wrongly.".to_owned());
        }
        wrong.extend(all.lost.into_iter().chain(all.doubled).chain(all.untrue));
    }
    println!("\n{}", wrong.join("\n"));
}

fn add(all: &mut Verdict, more: Verdict) {
    all.kills += more.kills;
    all.runs += more.runs;
    all.lost.extend(more.lost);
    all.doubled.extend(more.doubled);
    all.untrue.extend(more.untrue);
    all.recovery.extend(more.recovery);
    all.recovery.sort_unstable();
    for (stage, times) in more.stages {
        *all.stages.entry(stage).or_default() += times;
    }
}
