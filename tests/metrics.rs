//! `/server metrics` and `/fleet`, as people use them, with real hosts that go down, hide their `/proc` or say nonsense.

use insta::assert_snapshot;
use peers::{Proc, Sshd};

use crate::{
    people::{Person, Shown, mask},
    world::{World, add},
};

on_both_worlds! {
    a_server_is_looked_at_by_itself_goes_down_and_comes_back_and_is_never_zero
}

/// A bot that looks every second.
pub(crate) async fn looking(world: &mut World) {
    world.set("NEBULA_LOOK_EVERY", "1");
    assert!(world.stop_bot().await);
    world.start_bot().await;
}

/// Asks again until the answer says this.
pub(crate) async fn until(person: &Person, line: &str, text: &str) -> Shown {
    let asked = async {
        loop {
            let shown = person.ask(line).await;
            shown.until("ref").await;
            if shown.text().contains(text) {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, asked).await.unwrap_or_else(|_| panic!("{line} never says {text}"))
}

/// Adds a host and pins its key.
pub(crate) async fn added(world: &mut World, admin: &Person, name: &str, sshd: &Sshd) {
    let key = sshd.private_key();
    world.never_show(&key);
    let form = admin.slash(&add(name, sshd)).await.form();
    let offer = form.fill(&[("Private key", &key)]).await;
    offer.press(admin, "Pin this key").await;
    offer.until("Added").await;
}

/// Numbers differ from machine to machine, and how it stands with them.
fn without_numbers(text: &str) -> String {
    let text = mask(text);
    let text = regex::Regex::new(r"\d+(\.\d+)?").unwrap().replace_all(&text, "N").into_owned();
    let text = regex::Regex::new(r"N [kMGT]?B").unwrap().replace_all(&text, "N B").into_owned();
    regex::Regex::new(r"(?m)^[✓!✕]").unwrap().replace_all(&text, "?").into_owned()
}

async fn a_server_is_looked_at_by_itself_goes_down_and_comes_back_and_is_never_zero(mut world: World) {
    looking(&mut world).await;
    let admin = world.admin().await;
    let mut sshd = world.with_server("box").await;

    let shown = until(&admin, "/server metrics server:box period:1h", ", peak").await;
    let text = without_numbers(&shown.text());
    let first: Vec<&str> = text.lines().take(2).collect();
    assert_eq!(first, ["? **Metrics** of `box`", "CPU N % · memory N of N B · disk N %"], "{text}");
    assert!(text.contains("load N N N on N core"), "{text}");
    assert!(text.contains("box over N h: CPU N %, peak N %; Memory N %"), "{text}");
    let png = shown.file().await;
    assert!(png.starts_with(b"\x89PNG") && png.len() < 400_000, "{} bytes", png.len());
    assert_eq!(shown.buttons(), ["1 h", "24 h", "7 days", "30 days"]);
    shown.press(&admin, "7 days").await;
    shown.until("box over 7 days").await;

    sshd.stop();
    let down = until(&admin, "/fleet", "no answer").await;
    let line = down.text().lines().find(|line| line.contains("✕ box")).unwrap().to_owned();
    assert!(!line.contains('%'), "{line}");
    assert!(down.text().contains("1 in trouble"));
    let down = admin.ask("/server metrics server:box").await;
    down.until("No answer").await;
    assert!(!down.text().contains("CPU 0 %"), "{}", down.text());
    // Whether the look met the connection that just died, or none any more, is a matter of luck.
    let whys = ["refused the connection", "connection was lost"];
    assert!(whys.iter().any(|why| down.text().contains(why)), "{}", down.text());

    // What was known before a restart is known after it, once it was written.
    let store = world.store().await;
    let written = async {
        while store.latest_looks().await.unwrap().iter().all(|look| look.trouble.is_none()) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, written).await.expect("it is written within moments");
    store.close().await;
    assert!(world.stop_bot().await);
    world.start_bot().await;
    assert!(admin.ask("/fleet").await.until("ref").await.text().contains("no answer"));
    sshd.start_again();
    let back = until(&admin, "/fleet", "%").await;
    assert!(!back.text().contains("no answer"), "{}", back.text());

    admin.ask("/server metrics server:box watch:off").await.until("Not watching").await;
    let off = admin.ask("/fleet").await;
    assert!(off.until("ref").await.text().contains("– box     not watched"), "{}", off.text());
    admin.ask("/feature off feature:metrics").await.until("Switched off").await;
    let refused = admin.ask("/server metrics server:box").await;
    refused.until("metrics is off").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_a_host_hides_or_garbles_is_unknown_and_not_zero() {
    let mut world = World::start().await;
    looking(&mut world).await;
    let admin = world.admin().await;
    let hidden = Sshd::start_with(Proc::Hidden);
    let garbled = Sshd::start_with(Proc::Saying(&[
        ("stat", "cpu  many of them\n"),
        ("meminfo", "MemTotal: 16000 MB\nMemAvailable: -5 kB\nSwapTotal: 1000 kB\nSwapFree: 2000 kB\n"),
        ("loadavg", "1.00 nan 0.50 1/2 3\n"),
    ]));
    added(&mut world, &admin, "mac", &hidden).await;
    added(&mut world, &admin, "odd", &garbled).await;
    for (server, says) in [("mac", "says nothing of its processors"), ("odd", "\ndisk ")] {
        let shown = until(&admin, &format!("/server metrics server:{server} period:1h"), says).await;
        let text = shown.text();
        for unknown in ["CPU ", "memory 0", "· memory", "swap ", "load "] {
            assert!(!text.split(" over 1 h").next().unwrap().contains(unknown), "{server} {unknown}: {text}");
        }
        assert!(text.contains("CPU is not known; Memory is not known"), "{text}");
    }
    let fleet = admin.ask("/fleet").await;
    fleet.until("– mac     not known").await;
    let line = fleet.text().lines().find(|line| line.contains("odd")).unwrap().to_owned();
    assert_eq!(line.matches('–').count(), 2, "{line}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_a_server_in_the_fleet_that_they_hold_nothing_on() {
    let mut world = World::start().await;
    let (admin, member) = (world.admin().await, world.member().await);
    let _box = world.with_server("box").await;
    let _web = world.with_server("web-1").await;

    assert_snapshot!(member.ask("/fleet").await.until("Fleet").await.masked(), @r"
    – **Fleet** none
    There is no server here that you may see. `/server add` adds one.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refused = member.ask("/server metrics server:box").await;
    assert!(refused.is_private());
    assert_snapshot!(refused.until("may not").await.masked(), @r"
    ✕ **You may not** look at the metrics of `box`
    It takes `metrics.show` on `box`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/grant person person:@member allow:metrics.show on:web-*").await.until("Granted").await;
    // Nobody looks in this story: that is not known, and neither well nor zero.
    let fleet = member.ask("/fleet").await;
    fleet.until("– web-1   not known").await;
    assert!(fleet.text().contains("**Fleet** 1 server") && !fleet.text().contains("box"), "{}", fleet.text());
    let shown = member.ask("/server metrics server:web-1").await;
    shown.until("nobody has looked lately").await;
    assert!(shown.text().contains("web-1 over 6 h: CPU is not known"), "{}", shown.text());
    world.end().await;
}
