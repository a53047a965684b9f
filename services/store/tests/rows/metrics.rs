//! What was seen of servers is kept, put together and let go of, on SQLite and on PostgreSQL alike.

use std::time::Duration;

use base::{GuildId, Millis, Secret, UserId};
use store::{
    Store, Vault,
    metrics::{Look, Point, Span, Values},
    servers::{Offer, Server},
};

use crate::fresh::Fresh;

const CREW: GuildId = GuildId(1);
const OTHERS: GuildId = GuildId(2);
const MINUTES: i64 = 60_000;

on_both! {
    means_are_of_what_was_known_and_of_nothing_else
    what_is_too_old_goes_in_whole_spans_and_its_means_stay_as_they_were
    a_round_of_two_hundred_servers_is_kept_and_the_last_look_at_each_is_known
    a_server_that_is_gone_takes_its_metrics_with_it
}

fn look(server: &str, at: Millis, cpu: Option<i64>) -> Look {
    Look {
        guild: CREW,
        server: server.to_owned(),
        at,
        since: at,
        sample: cpu.map(|_| "{}".to_owned()),
        trouble: cpu.is_none().then(|| "No answer.".to_owned()),
        values: Values { cpu, cpu_peak: cpu, disk: cpu.map(|_| 61_00), ..Values::default() },
    }
}

async fn server(store: &Store, name: &str) -> Server {
    let vault = Vault::new(store.clone(), Some("a passphrase for tests".to_owned().into()));
    let secret = vault.seal(CREW, &Secret::new("pw")).await.unwrap();
    let offer = Offer {
        guild: CREW,
        name,
        host: "127.0.0.1",
        port: 22,
        user: "root",
        secret: &secret,
        offered_key: "key",
        note: "",
        jump: None,
        added_by: UserId(7),
    };
    store.offer_server(&offer).await.unwrap().unwrap()
}

async fn points(store: &Store, server: &str, span: Span) -> Vec<Point> {
    store.metric_points(CREW, server, span, Millis(0)).await.unwrap()
}

async fn means_are_of_what_was_known_and_of_nothing_else(Fresh { store, clock, .. }: Fresh) {
    let began = clock.now().0;
    let at = |minute: i64| Millis(began + minute * MINUTES);
    let looks = [Some(10_00), None, Some(30_00), Some(50_00), None, None];
    let looks: Vec<Look> = (0..).zip(looks).map(|(index, cpu)| look("a", at(index * 2), cpu)).collect();
    store.keep_looks(&looks).await.unwrap();
    clock.advance(Duration::from_mins(12));
    store.roll_metrics_up(Millis(0)).await.unwrap();
    let minutes = points(&store, "a", Span::Minutes).await;
    let read: Vec<_> = minutes.iter().map(|point| (point.looks, point.seen, point.values.cpu)).collect();
    // 0, 2, 4 minutes; 6, 8; 10, of which nothing is known.
    assert_eq!(read, [(3, 2, Some(20_00)), (2, 1, Some(50_00)), (1, 0, None)]);
    assert_eq!(minutes[0].values.cpu_peak, Some(30_00));
    assert_eq!(minutes[0].values.memory, None, "what was never known is not zero");
    let hours = points(&store, "a", Span::Hour).await;
    assert_eq!((hours.len(), hours[0].looks, hours[0].seen), (1, 6, 3));
    assert_eq!((hours[0].values.cpu, hours[0].values.cpu_peak), (Some(35_00), Some(50_00)));
    // What goes on is put together anew, and nothing is counted twice.
    store.keep_looks(&[look("a", at(11), Some(90_00))]).await.unwrap();
    store.roll_metrics_up(at(10)).await.unwrap();
    store.roll_metrics_up(at(10)).await.unwrap();
    let last = points(&store, "a", Span::Minutes).await.pop().unwrap();
    assert_eq!((last.looks, last.seen, last.values.cpu), (2, 1, Some(90_00)));
    assert_eq!(points(&store, "a", Span::Hour).await[0].looks, 7);
    assert!(store.metric_points(OTHERS, "a", Span::Look, Millis(0)).await.unwrap().is_empty(), "guilds are walls");
}

async fn what_is_too_old_goes_in_whole_spans_and_its_means_stay_as_they_were(Fresh { store, clock, .. }: Fresh) {
    let a = server(&store, "a").await;
    let began = clock.now().0;
    let looks: Vec<Look> =
        (0..20).map(|index| look(&a.id, Millis(began + index * MINUTES), Some(index * 1_00))).collect();
    store.keep_looks(&looks).await.unwrap();
    clock.advance(Duration::from_mins(20));
    store.roll_metrics_up(Millis(0)).await.unwrap();
    let before = points(&store, &a.id, Span::Minutes).await;
    // In the middle of the second five minutes.
    clock.advance(Span::Look.kept());
    clock.turn_back(Duration::from_mins(13));
    store.trim_metrics().await.unwrap();
    let kept = points(&store, &a.id, Span::Look).await;
    assert_eq!(kept[0].at, Millis(began + 5 * MINUTES), "the whole five minutes stay");
    store.roll_metrics_up(Millis(0)).await.unwrap();
    assert_eq!(points(&store, &a.id, Span::Minutes).await, before);
    clock.advance(Span::Minutes.kept());
    store.trim_metrics().await.unwrap();
    store.roll_metrics_up(Millis(0)).await.unwrap();
    assert!(points(&store, &a.id, Span::Minutes).await.is_empty());
    assert_eq!(points(&store, &a.id, Span::Hour).await[0].looks, 20);
    clock.advance(Span::Hour.kept());
    store.trim_metrics().await.unwrap();
    assert!(points(&store, &a.id, Span::Hour).await.is_empty());
}

async fn a_round_of_two_hundred_servers_is_kept_and_the_last_look_at_each_is_known(Fresh { store, clock, .. }: Fresh) {
    let now = clock.now();
    let mut looks: Vec<Look> = (0..200).map(|index| look(&format!("s{index}"), now, Some(index))).collect();
    // The same server twice in one round: the later look counts as the last.
    looks.push(look("s7", now.plus(Duration::from_secs(2)), None));
    store.keep_looks(&looks).await.unwrap();
    // What was written before is not written twice.
    store.keep_looks(&looks).await.unwrap();
    let latest = store.latest_looks().await.unwrap();
    assert_eq!(latest.len(), 200);
    let last = latest.iter().find(|look| look.server == "s7").unwrap();
    assert_eq!((last.sample.as_deref(), last.trouble.as_deref()), (None, Some("No answer.")));
    let seen: Vec<i64> = points(&store, "s7", Span::Look).await.iter().map(|point| point.seen).collect();
    assert_eq!(seen, [1, 0]);
}

async fn a_server_that_is_gone_takes_its_metrics_with_it(Fresh { store, clock, .. }: Fresh) {
    let (a, b) = (server(&store, "a").await, server(&store, "b").await);
    let looks = [look(&a.id, clock.now(), Some(1)), look(&b.id, clock.now(), Some(1))];
    store.keep_looks(&looks).await.unwrap();
    assert!(!store.unwatch_server(OTHERS, &a.id, UserId(7)).await.unwrap(), "not of that guild");
    assert!(store.unwatch_server(CREW, &a.id, UserId(7)).await.unwrap());
    assert!(!store.unwatch_server(CREW, &a.id, UserId(7)).await.unwrap());
    assert_eq!(store.unwatched_servers().await.unwrap(), std::slice::from_ref(&a.id));
    assert!(!store.watch_server(OTHERS, &a.id).await.unwrap());
    store.remove_server(&a).await.unwrap();
    store.trim_metrics().await.unwrap();
    assert!(points(&store, &a.id, Span::Look).await.is_empty() && store.unwatched_servers().await.unwrap().is_empty());
    let latest: Vec<String> = store.latest_looks().await.unwrap().into_iter().map(|look| look.server).collect();
    assert_eq!(latest, [b.id]);
}
