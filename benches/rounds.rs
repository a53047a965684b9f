//! Measures the bots in turn, round after round.

use std::time::{Duration, Instant};

use sandbox::{Flood, Options};

use crate::{
    Asked,
    bot::{ALL, Bot, CHATTER, GUILDS, Maker},
};

/// Interactions a second.
pub(crate) const A_SECOND: u32 = 200;
/// A bot that has nothing to do is looked at after this long.
const SETTLED: Duration = Duration::from_secs(10);
/// How long it is watched doing nothing, and how long what it does after a flood may go on.
const IDLE: Duration = Duration::from_secs(2);
const AFTERWARDS: Duration = Duration::from_millis(500);

/// What one bot did in one round. Times in milliseconds, memory in MiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Round {
    pub(crate) start: f64,
    pub(crate) acknowledged_p50: f64,
    pub(crate) acknowledged_p99: f64,
    pub(crate) late: f64,
    pub(crate) messages: f64,
    pub(crate) mix: f64,
    pub(crate) memory: f64,
    pub(crate) memory_many: f64,
}

/// Every bot's rounds, in the order of [`ALL`].
pub(crate) async fn all(asked: &Asked) -> [Vec<Round>; 3] {
    let mut rounds = [const { Vec::new() }; 3];
    for _ in 0..asked.runs {
        for (maker, rounds) in ALL.into_iter().zip(&mut rounds) {
            rounds.push(busy(maker, asked).await);
        }
        // Memory does not mind company, and waiting together takes a third of the time.
        let idle = futures::future::join_all(ALL.map(idle)).await;
        for (rounds, (one, many)) in rounds.iter_mut().zip(idle) {
            let round = rounds.last_mut().unwrap();
            (round.memory, round.memory_many) = (one, many);
        }
    }
    rounds
}

async fn busy(maker: Maker, asked: &Asked) -> Round {
    let mut bot = Bot::start(maker, GUILDS, Options::default()).await;
    let (person, start) = bot.ready().await;
    let times = A_SECOND * asked.seconds;
    person.ask_often(times, A_SECOND).await;
    bot.acknowledged(times as usize + 1).await;
    // The first was the one it became ready with.
    let mut acknowledged = bot.sandbox.acknowledgements().split_off(1);
    acknowledged.sort_unstable();
    let unacknowledged = times as usize - acknowledged.len();
    let late = acknowledged.iter().filter(|took| **took > Duration::from_secs(3)).count() + unacknowledged;
    drop(bot);
    Round {
        start: milliseconds(start),
        acknowledged_p50: milliseconds(at(&acknowledged, 50)),
        acknowledged_p99: milliseconds(at(&acknowledged, 99)),
        late: f64::from(u32::try_from(late).unwrap()),
        messages: handled(maker, Flood::Messages, asked.events).await,
        mix: handled(maker, Flood::Mix, asked.events).await,
        ..Round::default()
    }
}

/// Events handled per second of processor time.
async fn handled(maker: Maker, what: Flood, events: u64) -> f64 {
    let mut bot = Bot::start(maker, CHATTER, Options::default()).await;
    let (person, _) = bot.ready().await;
    // Once to get warm: what is compiled while it runs should be.
    bot.sandbox.flood(what, events / 3).await;
    tokio::time::sleep(IDLE).await;
    let rest = (Instant::now(), bot.processor_time());
    tokio::time::sleep(IDLE).await;
    let (began, before) = (Instant::now(), bot.processor_time());
    let idle = (before - rest.1) / (began - rest.0).as_secs_f64();
    let sent = bot.sandbox.flood(what, events).await;
    assert!(sent >= events, "the bot was cut off after {sent} events");
    // Events are in order: when this one is acknowledged, it has read all of them.
    person.ask().await;
    bot.acknowledged(2).await;
    tokio::time::sleep(AFTERWARDS).await;
    let used = bot.processor_time() - before - idle * began.elapsed().as_secs_f64();
    f64::from(u32::try_from(sent).unwrap()) / used
}

/// Memory with nothing to do: in one guild, and in a thousand.
async fn idle(maker: Maker) -> (f64, f64) {
    let memory = async |options| {
        let mut bot = Bot::start(maker, GUILDS, options).await;
        bot.ready().await;
        tokio::time::sleep(SETTLED).await;
        bot.memory()
    };
    // A popular bot's guilds: the one everybody is in, and these.
    let many = Options { guilds: 999, members: 100, ..Options::default() };
    futures::join!(memory(Options::default()), memory(many))
}

fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
