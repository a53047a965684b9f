//! Incidents: from an alert to a message with a thread, taken, snoozed, escalated, resolved; killed in the middle, and folded.

mod alerts;

use std::time::Duration;

use base::GuildId;
use sandbox::Fault;

pub(crate) use self::alerts::said;
use self::alerts::{Alerts, shown, thread};
use crate::{
    people::{Person, mask},
    world::World,
};

on_both_worlds! {
    an_alert_is_one_message_and_one_thread_until_all_is_well
    killed_between_any_two_steps_it_is_shown_once
    a_thousand_flaps_and_a_server_with_fifty_dependants_are_two_incidents_that_ping_twice_at_most
    what_nobody_takes_is_escalated_and_what_waited_for_the_morning_is_told
}

/// Nothing is lost, and nothing is shown anywhere; another guild's is not seen at all.
async fn it_is_kept_where_there_is_no_channel_yet(world: &World, admin: &Person, alerts: &Alerts) {
    alerts.elsewhere(GuildId(42), "not-ours").await;
    alerts.opened("early", Some("box"), "critical", "exited with status 1").await;
    let list = loop {
        let list = admin.ask("/incident list").await;
        if list.text().contains("1 open") {
            break list;
        }
    };
    assert_shown!(list.masked(), @r"
    **Incidents** 1 open
    0 ended in 1 day
    ✕ `1`  **`early` exited with status 1** on `box` · <t:…:R> · nobody has it
    No ops channel is set: incidents are kept, and posted nowhere. `/setup start` sets one.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.until("nothing is shown anywhere yet", |world| shown(world).is_empty()).await;
    alerts.closed("early").await;
    alerts.set_up(world, admin).await;
    assert_shown!(admin.ask("/incident settings role:@Operators calm:2s after:1h").await.masked(), @r"
    ✓ **Set** how incidents go
    They stand in <#…>, each with a thread.
    Pings <@…>, twice in 10 min at most.
    Escalated to <@…> where nobody has it after 1 h.
    No hours are quiet.
    Over when all was well for 2 s.
    -# Discord pings a role that anyone may mention, or where I may mention everyone · ref REFERENCE · by <@…> · <t:…:R>
    ");
}

async fn an_alert_is_one_message_and_one_thread_until_all_is_well(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let deputy = world.newcomer("deputy", &[]).await;
    admin.ask("/grant person person:@deputy allow:incident.* on:*").await.until("Granted").await;
    let alerts = Alerts::of(&world).await;
    it_is_kept_where_there_is_no_channel_yet(&world, &admin, &alerts).await;
    alerts.opened("web", Some("box"), "critical", "HTTP 502 for 3 min").await;
    let card = admin.sees("HTTP 502").await;
    assert_shown!(card.masked(), @r"
    ✕ **`web` HTTP 502 for 3 min** on `box`
    critical · since <t:…:R> · nobody has it
    Acknowledge
    Snooze
    15 minutes
    1 hour
    4 hours
    until morning
    Escalate
    Resolve
    -# incident 2 · <@…>
    ");
    // Whoever may not is told so alone, before a form is opened.
    for label in ["Acknowledge", "Resolve"] {
        let refused = card.seen_by(&member).await.try_press(&member, label).await.unwrap().answer().await;
        assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    }
    // Two press at once, and one of them has it.
    let seen = card.seen_by(&deputy).await;
    let (one, other) = tokio::join!(card.try_press(&admin, "Acknowledge"), seen.try_press(&deputy, "Acknowledge"));
    drop((one, other));
    card.until("> has it").await;
    // The card may show it before the log says how it ended.
    let taken = loop {
        let rows: Vec<String> = world.audited().await.into_iter().filter(|row| row.contains("acknowledge")).collect();
        if rows.len() >= 3 && !rows.iter().any(|row| row.ends_with(": started")) {
            break rows;
        }
    };
    assert_eq!(taken.iter().filter(|row| row.ends_with(": done")).count(), 1, "{taken:#?}");

    card.choose(&admin, "Snooze", &["1 hour"]).await;
    card.until("pings nobody until").await;
    alerts.opened("db", Some("box"), "critical", "exited with status 137").await;
    card.until("exited with status 137").await;
    assert_shown!(card.masked(), @r"
    ✕ **`web` HTTP 502 for 3 min** on `box`
    critical · since <t:…:R> · <@…> has it
    Take over
    ✕ `db` on `box` exited with status 137
    Snoozed by <@…>: it pings nobody until <t:…:R>.
    Snooze
    15 minutes
    1 hour
    4 hours
    until morning
    Escalate
    Resolve
    -# incident 2
    ");
    let form = card.try_press(&admin, "Resolve").await.unwrap().form();
    form.fill(&[("What was it?", "the disk was full")]).await.until("Not over yet").await;
    card.until("the disk was full").await;
    alerts.closed("web").await;
    alerts.closed("db").await;
    card.until("resolved").await;
    assert_shown!(card.masked(), @r"
    ✓ **`web` HTTP 502 for 3 min** on `box`
    resolved · after TIME · <@…> had it
    ✓ `db` on `box` exited with status 137
    <@…> says what it was: `the disk was full`
    -# incident 2
    ");
    assert!(card.buttons().is_empty());

    let place = thread(&world, card.message().id()).await;
    world.until("the thread ends", |world| said(world, &place).contains("resolved after")).await;
    let told = said(&world, &place);
    for once in
        ["opened: `web`", "acknowledged by", "snoozed by", "the disk was full`; what goes on", "✓ resolved after"]
    {
        assert_eq!(told.matches(once).count(), 1, "{once} in\n{told}");
    }
    let events = alerts.events().await;
    let count = |kind: &str| events.iter().filter(|event| *event == kind).count();
    assert_eq!((count("incident.opened"), count("incident.acknowledged")), (2, 1), "{events:?}");
    let show = admin.ask("/incident show incident:2").await;
    show.until("resolved after").await;
    let gone = admin.ask("/incident acknowledge incident:99").await;
    gone.until("No such incident").await;
    assert!(!admin.ask("/incident list days:7").await.text().contains("not-ours"));
    alerts.end().await;
    world.end().await;
}

async fn killed_between_any_two_steps_it_is_shown_once(mut world: World) {
    let admin = world.admin().await;
    let alerts = Alerts::of(&world).await;
    alerts.set_up(&world, &admin).await;
    admin.ask("/incident settings role:@Operators calm:1s").await.until("Set").await;
    for round in 0..6_u64 {
        // Discord takes it and its answer is lost, in every other round: nobody but it knows.
        if round % 2 == 1 {
            let route =
                ["POST /channels/{channel_id}/messages", "POST /channels/{channel_id}/messages/{message_id}/threads"];
            world
                .sandbox
                .inject(Fault::lost_answer().on(route[usize::try_from(round / 2 % 2).unwrap()]).times(1))
                .unwrap();
        }
        alerts.opened(&format!("thing-{round}"), None, "critical", "is down").await;
        // While it is heard, posted, given a thread, told.
        tokio::time::sleep(Duration::from_millis(60 + 190 * round)).await;
        world.kill_bot();
        world.start_bot().await;
    }
    let all_are_there = |world: &World| {
        let cards = shown(world);
        (0..6).all(|round| cards.iter().any(|card| card.0.contains(&format!("thing-{round}"))))
    };
    world.until("each has its message", all_are_there).await;
    for round in 0..6 {
        let name = format!("thing-{round}");
        let cards: Vec<_> = shown(&world).into_iter().filter(|card| card.0.contains(&name)).collect();
        assert_eq!(cards.len(), 1, "{name} stands there twice");
        let place = thread(&world, &cards[0].1).await;
        world.until("its thread says so", |world| said(world, &place).contains("opened:")).await;
        alerts.closed(&name).await;
        world.until("it is over", |world| said(world, &place).contains("resolved after")).await;
        let told = said(&world, &place);
        for once in ["opened:", "is over; nothing else", "✓ resolved after"] {
            assert_eq!(told.matches(once).count(), 1, "{once} in\n{told}");
        }
    }
    assert_eq!(alerts.events().await.iter().filter(|kind| *kind == "incident.opened").count(), 6);
    alerts.end().await;
    world.end().await;
}

async fn a_thousand_flaps_and_a_server_with_fifty_dependants_are_two_incidents_that_ping_twice_at_most(world: World) {
    let admin = world.admin().await;
    let alerts = Alerts::of(&world).await;
    alerts.set_up(&world, &admin).await;
    admin.ask("/incident settings role:@Operators").await.until("Set").await;
    for number in 0..25 {
        alerts.opened(&format!("c{number}"), Some("cellar"), "warn", "exited").await;
    }
    alerts.opened("cellar", None, "critical", "does not answer").await;
    for number in 25..50 {
        alerts.opened(&format!("c{number}"), Some("cellar"), "warn", "exited").await;
    }
    for _ in 0..500 {
        alerts.opened("flapper", None, "critical", "is down").await;
        alerts.closed("flapper").await;
    }
    admin.sees_where("the server is the cause", |text| text.contains("`cellar` does not answer")).await;
    let fifty = admin.sees("and 45 more that depend on it").await;
    assert_shown!(mask(&fifty.text()).lines().take(2).collect::<Vec<_>>().join("\n"), @r"
    ✕ **`cellar` does not answer**
    critical · since <t:…:R> · nobody has it
    ");
    let flapping = admin.sees("`flapper`").await;
    flapping.until("It came back 499 times").await;
    assert_eq!(shown(&world).len(), 2);
    let list = admin.ask("/incident list").await;
    assert!(list.text().contains("2 open"), "{}", list.text());
    for card in [&fifty, &flapping] {
        let place = thread(&world, card.message().id()).await;
        world.until("it is told", |world| said(world, &place).contains("opened:")).await;
        let (pings, posts) = (alerts::pings(&world, card, &place), alerts::posts(&world, &place));
        assert!((1..=2).contains(&pings), "{pings} pings:\n{}", said(&world, &place));
        assert!(posts <= 8, "{posts} messages:\n{}", said(&world, &place));
    }
    alerts.end().await;
    world.end().await;
}

async fn what_nobody_takes_is_escalated_and_what_waited_for_the_morning_is_told(mut world: World) {
    let admin = world.admin().await;
    let alerts = Alerts::of(&world).await;
    alerts.set_up(&world, &admin).await;
    let quiet = alerts::around_now();
    admin.ask(&format!("/incident settings role:@Operators after:1h quiet:{quiet} zone:UTC")).await.until("Set").await;
    // Two who change different things at once both have their way.
    let deputy = admin.clone();
    let (calm, after) =
        tokio::join!(admin.ask("/incident settings calm:1s"), deputy.ask("/incident settings after:3s"));
    calm.until("Set").await;
    after.until("Set").await;
    let set = admin.ask("/incident settings").await.text();
    assert!(set.contains("well for 1") && set.contains("after 3"), "{set}");
    alerts.opened("slow", None, "warn", "answers slowly").await;
    alerts.opened("down", None, "critical", "does not answer").await;
    let (slow, down) = (admin.sees("`slow`").await, admin.sees("`down`").await);
    down.until("Escalated").await;
    let (quiet, loud) = (thread(&world, slow.message().id()).await, thread(&world, down.message().id()).await);
    world.until("it is said", |world| said(world, &loud).contains("nobody took it: escalated")).await;
    assert_eq!(alerts::pings(&world, &down, &loud), 2, "as it began, and as nobody took it");
    assert_eq!(alerts::pings(&world, &slow, &quiet), 0, "it waits for the morning");
    // Nothing is said again after a restart.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    down.press(&admin, "Acknowledge").await;
    down.until("> has it").await;
    admin.ask("/incident settings quiet:off after:never").await.until("Set").await;
    world.until("the morning", |world| said(world, &quiet).contains("it still goes on")).await;
    assert_eq!(alerts::pings(&world, &slow, &quiet), 1);
    assert_eq!(alerts::pings(&world, &down, &loud), 2);
    assert_eq!(said(&world, &loud).matches("escalated").count(), 1);
    // Its message is taken away while it goes on: another takes its place.
    let ops = world.sandbox.channel_id("ops").unwrap();
    let path = format!("/channels/{ops}/messages/{}", slow.message().id());
    admin.client.rest(reqwest::Method::DELETE, &path, None).await.unwrap();
    admin.ask("/incident acknowledge incident:1").await.until("Acknowledged").await;
    let again = |world: &World| {
        shown(world)
            .iter()
            .any(|(text, id)| text.contains("`slow`") && text.contains("> has it") && id != slow.message().id())
    };
    world.until("it stands there again", again).await;
    alerts.end().await;
    world.end().await;
}
