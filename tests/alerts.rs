//! `/alert`, with real hosts that die, fill up and come back, and a bot that is killed meanwhile.

use base::GuildId;
use insta::assert_snapshot;
use peers::{Proc, Sshd};
use store::{
    Store,
    events::{Event, Kind},
};

use crate::{
    metrics::{added, looking, until},
    people::mask,
    world::{World, add},
};

on_both_worlds! {
    a_server_that_dies_is_one_alert_until_it_is_back_whoever_is_killed_meanwhile
}

/// What was told of alerts of a rule: the kind, the level, whether people are told, and the words.
async fn told(world: &World, rule: &str) -> Vec<String> {
    told_about(world, rule, "").await
}

/// The same, of what is called so at its beginning.
pub(crate) async fn told_about(world: &World, rule: &str, subject: &str) -> Vec<String> {
    let store = world.store().await;
    let told = in_store(&store, world.guild(), rule, subject).await;
    store.close().await;
    told
}

async fn in_store(store: &Store, guild: GuildId, rule: &str, subject: &str) -> Vec<String> {
    let last = store.last_event().await.unwrap();
    let events = store.events_of(guild, 0, last, 10_000).await.unwrap();
    let is_meant = |event: &&Event| {
        event.text("rule") == Some(rule) && event.subject.as_deref().is_some_and(|name| name.starts_with(subject))
    };
    events.iter().filter(is_meant).map(line).collect()
}

fn line(event: &Event) -> String {
    let text = |key| event.text(key).unwrap_or("-");
    let tell = if event.data["tell"] == true { "told" } else { "quiet" };
    format!("{} {} {tell} {}: {}", event.kind.as_str(), text("level"), text("subject"), text("text"))
}

/// Waits until so much was told of a rule.
async fn told_so_often(world: &World, rule: &str, times: usize) -> Vec<String> {
    told_so_often_about(world, rule, "", times).await
}

/// The same, of what is called so at its beginning.
pub(crate) async fn told_so_often_about(world: &World, rule: &str, subject: &str, times: usize) -> Vec<String> {
    let store = world.store().await;
    let waited = async {
        loop {
            let told = in_store(&store, world.guild(), rule, subject).await;
            if told.len() >= times {
                return told;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    let told = tokio::time::timeout(crate::world::SOON, waited).await;
    let so_far = in_store(&store, world.guild(), rule, subject).await;
    store.close().await;
    told.unwrap_or_else(|_| panic!("of {rule} was told only {so_far:#?}"))
}

/// Waits until a bot has looked at its servers so often.
async fn looked(world: &World, times: usize) {
    let store = world.store().await;
    let mut seen = std::collections::BTreeSet::new();
    let looks = async {
        while seen.len() <= times {
            seen.extend(store.latest_looks().await.unwrap().into_iter().map(|look| look.at));
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, looks).await.expect("it looks every second");
    store.close().await;
}

async fn a_server_that_dies_is_one_alert_until_it_is_back_whoever_is_killed_meanwhile(mut world: World) {
    looking(&mut world).await;
    let admin = world.admin().await;
    let mut sshd = world.with_server("box").await;
    assert_shown!(admin.ask("/alert rules").await.until("ref").await.masked(), @r"
    **Rules** 8 on
    ✓ `cpu`  CPU from 70 %, critical from 90 %, for 5 min
    ✓ `memory`  memory from 80 %, critical from 95 %, for 2 min
    ✓ `disk`  disk from 80 %, critical from 95 %, for 1 min
    ✓ `swap`  swap from 50 %, critical from 80 %, for 5 min
    ✓ `load`  load per core from 0.80, critical from 1.50, for 5 min
    ✓ `gpu-memory`  GPU memory critical from 95 %, for 5 min
    ✓ `answers`  no answer for 1 min is critical
    ✓ `container`  containers that end unasked, loop, run out of memory or are unhealthy
    Every guild begins with these. `/alert set` changes one or adds to them, `/alert remove` switches one off.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/alert set name:answers for:1s calm:1s").await.until("ref").await.masked(), @r"
    ✓ **Changed** rule `answers`
    no answer for 1 s is critical · all servers · over after TIME of calm
    Rules
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // This machine's own disks are not what the story is about.
    assert_shown!(admin.ask("/alert remove rule:disk").await.until("ref").await.masked(), @r"
    ✓ **Switched off** rule `disk`
    What it had open is closed within seconds.
    `/alert reset rule:disk` brings it back as it was at first.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/alert list").await.until("ref").await.masked(), @r"
    ✓ **Alerts** none open
    7 rules are on. `/alert rules` shows them; what they cannot know they say nothing about.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    sshd.stop();
    assert_eq!(told_so_often(&world, "answers", 1).await.len(), 1);
    assert_shown!(why_masked(&admin.ask("/alert list").await.until("ref").await.masked()), @r"
    ✕ **Alerts** 1 open
    1 critical
    ✕ `box`  no answer for 1 s: WHY · <t:…:R> · `answers`
    Refresh
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Killed between any value and any row: the next process says nothing again.
    world.kill_bot();
    world.start_bot().await;
    looked(&world, 3).await;
    let open = told(&world, "answers").await;
    assert!(open.len() == 1 && open[0].starts_with("alert.opened critical told box: no answer for 1 s"), "{open:#?}");

    sshd.start_again();
    let closed = told_so_often(&world, "answers", 2).await;
    assert_eq!(closed[1..], ["alert.closed fine told box: answers again"]);
    admin.ask("/alert list").await.until("none open").await;
    world.end().await;
}

/// Whether the look met the connection that just died, or none any more, is a matter of luck.
fn why_masked(text: &str) -> String {
    regex::Regex::new(r"no answer for 1 s[^·]*·").unwrap().replace_all(text, "no answer for 1 s: WHY ·").into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_opens_gets_better_and_closes_and_what_is_behind_a_dead_server_is_unknown() {
    const FULL: &str = "MemTotal: 1000000 kB\nMemAvailable: 30000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n";
    let mut world = World::start().await;
    looking(&mut world).await;
    let admin = world.admin().await;
    let mut full = Sshd::start_with(Proc::Saying(&[("meminfo", FULL)]));
    let behind = Sshd::start();
    added(&mut world, &admin, "full", &full).await;
    let key = behind.private_key();
    world.never_show(&key);
    let form = admin.slash(&format!("{} jump:full", add("behind", &behind))).await.form();
    let offer = form.fill(&[("Private key", &key)]).await;
    offer.press(&admin, "Pin this key").await;
    offer.until("Added").await;

    admin.ask("/server tag server:full tags:db").await.until("Tagged").await;
    let made = admin.ask("/alert set name:memory-of-db what:memory warn:80 critical:95 for:1s calm:1s on:tag:db runbook:free-memory cooldown:15m most:2").await;
    assert_snapshot!(made.until("ref").await.masked(), @r"
    ✓ **Made** rule `memory-of-db`
    memory from 80 %, critical from 95 %, for 1 s · `tag:db` · over after TIME of calm
    Runs runbook `free-memory` when it opens.
    Rules
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let opened = told_so_often(&world, "memory-of-db", 1).await;
    assert_eq!(opened, ["alert.opened critical told full: memory 97 % for 1 s"]);
    let test = until(&admin, "/alert test rule:memory-of-db", "97 %").await;
    assert_snapshot!(test.masked(), @r"
    **Rule** `memory-of-db` now
    memory from 80 %, critical from 95 %, for 1 s
    ✕ `full`  97 % · critical
    Nothing was opened: it must be so for the rule's whole time.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    full.say("meminfo", "MemTotal: 1000000 kB\nMemAvailable: 150000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    let better = told_so_often(&world, "memory-of-db", 2).await;
    assert_eq!(better[1..], ["alert.changed warn told full: memory 85 % for 1 s"]);

    // A rule that goes takes what it had open with it; two were told in ten minutes, and this is what a person asked for.
    admin.ask("/alert remove rule:memory-of-db").await.until("Removed").await;
    let gone = told_so_often(&world, "memory-of-db", 3).await;
    assert_eq!(gone[2..], ["alert.closed fine told full: its rule is gone"]);

    admin.ask("/alert set name:answers for:1s calm:1s").await.until("Changed").await;
    full.stop();
    told_so_often(&world, "answers", 1).await;
    looked(&world, 3).await;
    let dead = told(&world, "answers").await;
    assert!(dead.len() == 1 && dead[0].contains(" full: no answer"), "what is behind it was never asked: {dead:#?}");

    let store = world.store().await;
    let last = store.last_event().await.unwrap();
    let events = store.events_of(world.guild(), 0, last, 10_000).await.unwrap();
    let first = events.iter().find(|event| event.kind == Kind::AlertOpened).unwrap();
    let texts = ["rule", "level", "from", "subject_kind", "subject", "server", "runbook", "cooldown", "most"]
        .map(|key| first.text(key).unwrap());
    assert_eq!(texts, ["memory-of-db", "critical", "fine", "server", "full", "full", "free-memory", "15", "2"]);
    assert_eq!(first.text("set_by"), Some(admin.id().as_str()));
    store.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_changed_by_whoever_may_and_what_cannot_be_meant_is_refused() {
    let mut world = World::start().await;
    let (admin, member) = (world.admin().await, world.member().await);
    let _box = world.with_server("box").await;
    let refused = member.ask("/alert list").await;
    assert!(refused.is_private() && refused.text().contains("It takes `alert.list`"), "{}", refused.text());

    // Who may set rules for one server sets them there, and takes none from the others.
    admin.ask("/grant person person:@member allow:alert.set on:box").await.until("Granted").await;
    member.ask("/alert set name:box-cpu what:cpu critical:99 on:box").await.until("Made").await;
    member.ask("/alert set name:other what:cpu critical:99").await.until("It takes `alert.set`").await;
    let taken = member.ask("/alert set name:cpu critical:99 on:box").await;
    assert_snapshot!(taken.until("ref").await.masked(), @r"
    ✕ **That will not work**
    Rule `cpu` is about all servers. Choose another name for one about `box`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let nowhere = admin.ask("/alert set name:ghost what:cpu critical:99 on:ghost").await;
    nowhere.until("I know no server").await;
    for (line, says) in [
        ("/alert set name:a what:humour warn:1", "is nothing I can watch"),
        ("/alert set name:a what:event:alert.opened warn:1 for:1h", "would feed itself without end"),
        ("/alert set name:a what:event:incident.opened warn:1 for:1h", "would feed itself without end"),
        ("/alert set name:a what:cpu warn:90 critical:80", "`warn` must be the lower limit"),
        ("/alert set name:a what:cpu", "Say from what on it is wrong"),
        ("/alert set name:a what:cpu warn:900", "is no limit for `cpu`"),
        ("/alert set name:a what:cpu warn:9 for:5", "A span is a number with"),
        ("/alert remove rule:nothing", "There is no rule `nothing`"),
        ("/alert reset rule:box-cpu", "is no rule that every guild begins with"),
    ] {
        admin.ask(line).await.until(says).await;
    }
    admin.ask("/alert remove rule:swap").await.until("Switched off").await;
    admin.ask("/alert set name:cpu warn:60 critical:none").await.until("Changed").await;
    assert_snapshot!(admin.ask("/alert rules").await.until("ref").await.masked(), @r"
    **Rules** 8 on
    1 off
    ✓ `cpu`  CPU from 60 %, for 5 min · changed here
    ✓ `memory`  memory from 80 %, critical from 95 %, for 2 min
    ✓ `disk`  disk from 80 %, critical from 95 %, for 1 min
    – `swap`  swap from 50 %, critical from 80 %, for 5 min · off
    ✓ `load`  load per core from 0.80, critical from 1.50, for 5 min
    ✓ `gpu-memory`  GPU memory critical from 95 %, for 5 min
    ✓ `answers`  no answer for 1 min is critical
    ✓ `container`  containers that end unasked, loop, run out of memory or are unhealthy
    ✓ `box-cpu`  CPU critical from 99 % · on `box`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_snapshot!(admin.ask("/alert reset rule:cpu").await.until("ref").await.masked(), @r"
    ✓ **Brought back** rule `cpu`
    CPU from 70 %, critical from 90 %, for 5 min · all servers
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(admin.offered("/alert test rule:bo").await, ["box-cpu"]);
    assert!(admin.offered("/alert set name:x what:action.f").await.contains(&"event:action.failed".to_owned()));
    assert_eq!(admin.offered("/alert set name:x on:bo").await, ["box"]);
    // Nobody looks in this story: not known is neither well nor wrong.
    let test = admin.ask("/alert test rule:box-cpu").await;
    assert_snapshot!(mask(&test.until("ref").await.text()), @r"
    **Rule** `box-cpu` now
    CPU critical from 99 %
    – `box`  not known
    Nothing was opened: it must be so for the rule's whole time.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // What happens to the bot itself can be counted as well, here and in no guild that has no rule on it.
    admin.ask("/alert set name:died what:event:bot.killed critical:1 for:1h").await.until("Made").await;
    world.kill_bot();
    world.start_bot().await;
    let told = told_so_often(&world, "died", 1).await;
    assert!(told.len() == 1 && told[0].starts_with("alert.opened critical told bot.killed"), "{told:#?}");
    world.end().await;
}
