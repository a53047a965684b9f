//! How long it takes from an event's being appended to a subscriber's hearing of it, in one process and between two.

use std::time::{Duration, Instant};

use base::{Clock, GuildId, Redactor};
use store::{
    Store,
    events::{Heard, Kind, NewEvent},
};

const EVENTS: usize = 2_000;
/// So many a second: more than a busy guild has.
const PACE: Duration = Duration::from_millis(5);

pub(crate) async fn print() {
    println!("\n| an event, p50 and p99 | SQLite | PostgreSQL |\n|---|---|---|");
    let home = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", home.path().join("nebula.db").display());
    let sqlite = Store::open(&sqlite, Clock::system()).await.unwrap();
    let url = peers::postgres::database();
    let postgres = Store::open(&url, Clock::system()).await.unwrap();
    // It shares nothing with the other but the database, as another process.
    let other = Store::open(&url, Clock::system()).await.unwrap();
    let [on_sqlite, on_postgres] = [hear(&sqlite, &sqlite).await, hear(&postgres, &postgres).await];
    let between = hear(&postgres, &other).await;
    println!("| on record | {} | {} |", on_sqlite.recorded, on_postgres.recorded);
    println!("| heard in the same process, ≤ 10 ms | {} | {} |", on_sqlite.heard, on_postgres.heard);
    println!("| heard in another process, ≤ 10 ms | – | {} |", between.heard);
}

/// How long it took from before the append.
struct Took {
    recorded: String,
    heard: String,
}

/// Appends at one store and hears at another: from before the append to after the hearing, so the disk's part is in it.
async fn hear(here: &Store, there: &Store) -> Took {
    let mut subscription = there.events().after(here.last_event().await.unwrap());
    let redactor = Redactor::default();
    let event = |number: usize| {
        NewEvent::in_guild(Kind::ServerBlocked, GuildId(1), &redactor).about(&number.to_string()).with("detail", "-")
    };
    // The first waits for connections.
    here.emit(event(0)).await.unwrap();
    subscription.next().await.unwrap();
    let hearing = tokio::spawn(async move {
        let mut heard = Vec::with_capacity(EVENTS);
        while heard.len() < EVENTS {
            let Heard::Event(_) = subscription.next().await.unwrap() else { panic!("nothing was deleted") };
            heard.push(Instant::now());
        }
        heard
    });
    let mut pace = tokio::time::interval(PACE);
    let (mut began, mut recorded) = (Vec::with_capacity(EVENTS), Vec::with_capacity(EVENTS));
    for number in 0..EVENTS {
        pace.tick().await;
        began.push(Instant::now());
        here.emit(event(number)).await.unwrap();
        recorded.push(Instant::now());
    }
    let heard = hearing.await.unwrap();
    Took { recorded: between(&began, &recorded), heard: between(&began, &heard) }
}

fn between(began: &[Instant], ended: &[Instant]) -> String {
    let mut took: Vec<Duration> = began.iter().zip(ended).map(|(began, ended)| *ended - *began).collect();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    format!("{:.2} ms · {:.2} ms", at(50), at(99))
}
