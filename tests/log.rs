//! `/log`: what people do shows in a channel, folded, and none of it twice.

use std::time::Duration;

use sandbox::Fault;
use sandbox::client::message_text;

use crate::people::mask;
use crate::world::World;

on_both_worlds! {
    what_people_do_shows_in_the_log_channel
    a_burst_is_a_few_cards_and_what_matters_comes_first
    killed_in_the_middle_nothing_is_missing_and_nothing_is_shown_twice
}

/// What the log channel shows, the oldest card first.
fn shown(world: &World) -> Vec<String> {
    let channel = world.sandbox.channel_id("general").unwrap();
    world.sandbox.messages(&channel).iter().map(|message| message_text(message)).collect()
}

async fn until_shown(world: &World, text: &str) {
    world.until(text, |world| shown(world).iter().any(|card| card.contains(text))).await;
}

async fn what_people_do_shows_in_the_log_channel(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(admin.ask("/log list").await.until("Logs").await.masked(), @"");
    let set = admin.ask("/log setup channel:#general kinds:all").await;
    assert_shown!(set.until("Set up").await.masked(), @"");
    until_shown(&world, "Show `all`").await;

    let _sshd = world.with_server("box").await;
    admin.ask("/server run server:box command:\"false # correct\"").await.until("exit 1").await;
    member.ask("/server remove server:box").await.until("You may not").await;
    admin.ask("/server list").await.until("Servers").await;
    admin.ask("/server tag server:box tags:prod").await.until("Tagged").await;
    until_shown(&world, "Tag").await;
    let cards = shown(&world);
    let all = mask(&cards.join("\n"));
    assert!(!all.contains("List the servers"), "looking is no event:\n{all}");
    for expected in ["✓ Pin", "✕ failed Run `false # correct` on `box`", "✕ refused Remove", "✓ Tag"] {
        assert_eq!(all.matches(expected).count(), 1, "{expected} in\n{all}");
    }
    assert!(!all.contains("began"), "what ended within one card is told once:\n{all}");
    // The reference finds the row.
    let failed = cards.iter().flat_map(|card| card.lines()).find(|line| line.contains("✕ failed")).unwrap();
    let reference = failed.rsplit('`').nth(1).unwrap();
    admin.ask(&format!("/audit show reference:{reference}")).await.until("false # correct").await;

    // Narrowed, and ended: nothing comes any more.
    let changed = admin.ask("/log setup channel:#general kinds:\"bot.*, server.blocked\"").await;
    assert_shown!(changed.until("Changed").await.masked(), @"");
    assert_shown!(admin.ask("/log list").await.until("general").await.masked(), @"");
    assert_shown!(admin.ask("/log remove channel:#general").await.until("Ended").await.masked(), @"");
    let again = admin.ask("/log remove channel:#general").await;
    assert!(again.is_private());
    assert_shown!(again.masked(), @"");
    world.end().await;
}

async fn a_burst_is_a_few_cards_and_what_matters_comes_first(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/log setup channel:#general kinds:\"action.*\"").await.until("Set up").await;
    until_shown(&world, "Show `action.*`").await;
    let before = shown(&world).len();
    for number in 0..60 {
        admin
            .ask(&format!("/grant role role:@Operators allow:server.run on:web-{number}"))
            .await
            .until("Granted")
            .await;
    }
    member.ask("/server run server:nowhere command:id").await.until("You may not").await;
    until_shown(&world, "refused").await;
    // The last card is behind the last event: nothing more comes.
    let told = |world: &World| -> usize {
        let cards = shown(world).split_off(before);
        let lines = cards.iter().flat_map(|card| card.lines()).filter(|line| line.contains("grant.give"));
        lines
            .map(|line| line.rsplit_once(" × ").map_or(1, |(_, n)| n.split(' ').next().unwrap().parse().unwrap()))
            .sum()
    };
    let singles = |world: &World| shown(world).split_off(before).join("\n").matches("✓ Let").count();
    world.until("all are told", |world| told(world) + singles(world) == 60).await;
    let cards = shown(&world).split_off(before);
    assert!(cards.len() <= 8, "{} cards:\n{}", cards.len(), cards.join("\n\n"));
    let refusing = cards.iter().find(|card| card.contains("refused")).unwrap();
    let first_line = refusing.lines().nth(1).unwrap();
    assert!(first_line.contains("✕ refused"), "{refusing}");
    world.end().await;
}

async fn killed_in_the_middle_nothing_is_missing_and_nothing_is_shown_twice(mut world: World) {
    let admin = world.admin().await;
    admin.ask("/log setup channel:#general kinds:all").await.until("Set up").await;
    let mut granted = 0;
    let grant = |number: usize| format!("/grant role role:@Operators allow:server.run on:web-{number}");
    for round in 0..3 {
        // Discord takes the post and its answer is lost, in every other round: nobody but it knows.
        if round % 2 == 1 {
            world.sandbox.inject(Fault::lost_answer().on("POST /channels/{channel_id}/messages").times(1)).unwrap();
        }
        for _ in 0..4 {
            admin.ask(&grant(granted)).await.until("Granted").await;
            granted += 1;
        }
        // While cards are written, claimed, posted.
        tokio::time::sleep(Duration::from_millis(4_900 + 60 * round)).await;
        world.kill_bot();
        world.start_bot().await;
    }
    let all = |world: &World| shown(world).join("\n");
    let web = |text: &str, number: usize| text.matches(&format!("on `web-{number}`")).count();
    let told = |text: &str| (0..granted).map(|number| web(text, number)).sum::<usize>();
    world
        .until("all are told", |world| {
            let text = all(world);
            text.matches("killed").count() == 3 && told(&text) + folded(&text) == granted
        })
        .await;
    // Once more, so that whatever were to come twice would be there by now.
    admin.ask(&grant(granted)).await.until("Granted").await;
    until_shown(&world, &format!("web-{granted}")).await;
    let text = all(&world);
    assert_eq!(told(&text) + folded(&text), granted, "{text}");
    assert_eq!(text.matches("killed").count(), 3, "{text}");
    world.end().await;
}

/// Grants told of in lines with a number.
fn folded(text: &str) -> usize {
    let lines = text.lines().filter(|line| line.contains("grant.give"));
    lines.filter_map(|line| line.split_once(" × ")?.1.split(' ').next()?.parse::<usize>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_bot_lacks_is_said_when_a_log_is_set_up() {
    let world = World::start().await;
    let (admin, member) = (world.admin().await, world.member().await);
    let refused = member.ask("/log setup channel:#general").await;
    assert!(refused.is_private() && refused.text().contains("log.setup"), "{}", refused.text());
    assert!(member.offered("/log setup channel:#general kinds:act").await.is_empty());
    let offered = admin.offered("/log setup channel:#general kinds:bot.*, server.").await;
    assert_eq!(
        offered,
        [
            "bot.*, server.*  All 1 kinds that begin with server.",
            "bot.*, server.blocked  A server answered with another host key and is shut."
        ]
    );
    let wrong = admin.ask("/log setup channel:#general kinds:everything").await;
    insta::assert_snapshot!(wrong.masked(), @"");
    world.end().await;
}
