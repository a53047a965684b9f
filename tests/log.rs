//! `/log`: what people do shows in a channel, folded, and none of it twice.

use std::time::Duration;

use sandbox::Fault;
use sandbox::client::message_text;

use crate::people::mask;
use crate::world::{SOON, World};

on_both_worlds! {
    what_people_do_shows_in_the_log_channel
    a_burst_is_a_few_cards_and_what_matters_comes_first
    killed_in_the_middle_nothing_is_missing_and_nothing_is_shown_twice
}

/// What the log channel shows, the oldest card first.
fn shown(world: &World) -> Vec<String> {
    let channel = world.sandbox.channel_id("general").unwrap();
    world.sandbox.messages(&channel).iter().map(message_text).collect()
}

async fn until_shown(world: &World, text: &str) {
    world.until(text, |world| shown(world).iter().any(|card| card.contains(text))).await;
}

async fn what_people_do_shows_in_the_log_channel(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(admin.ask("/log list").await.until("Logs").await.masked(), @r"
    **Logs** none yet
    `/log setup` shows what happens in a channel.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let set = admin.ask("/log setup channel:#general kinds:all").await;
    assert_shown!(set.until("Set up").await.masked(), @r"
    ✓ **Set up** the log in <#…>
    shows everything
    From now on, one card in 5 s at most. `/log remove` ends it.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    until_shown(&world, "Show `all`").await;
    let first = shown(&world).join("\n");
    let reference = regex::Regex::new("`[2-9A-Z]{6}`").unwrap();
    assert_shown!(reference.replace(&mask(&first), "`REFERENCE`").into_owned(), @r"
    **Log** 1 event
    ✓ Show `all` in <#…> · <@…> · <t:…:T> · `REFERENCE`
    ");

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
    assert_shown!(changed.until("Changed").await.masked(), @r"
    ✓ **Changed** the log in <#…>
    shows `bot.*`, `server.blocked`
    From now on, one card in 5 s at most. `/log remove` ends it.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/log list").await.until("bot.").await.masked(), @r"
    **Logs** 1
    ✓ <#…>  `bot.*`, `server.blocked`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/log remove channel:#general").await.until("Ended").await.masked(), @r"
    ✓ **Ended** the log in <#…>
    What it showed stays there.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let again = admin.ask("/log remove channel:#general").await;
    assert_shown!(again.masked(), @r"
    ✕ **That will not work**
    Nothing is logged in <#…>. `/log list` shows what is. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

async fn a_burst_is_a_few_cards_and_what_matters_comes_first(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/log setup channel:#general kinds:\"action.*\"").await.until("Set up").await;
    until_shown(&world, "Show `action.*`").await;
    let before = shown(&world).len();
    for number in 0..60 {
        admin.ask(&grant(number)).await.until("Granted").await;
    }
    member.ask("/server run server:nowhere command:id").await.until("You may not").await;
    until_told(&world, &[(GRANTS, 60), ("✕ refused", 1)]).await;
    let cards = shown(&world).split_off(before);
    assert!(cards.len() <= 8, "{} cards:\n{}", cards.len(), cards.join("\n\n"));
    let refusing = cards.iter().find(|card| card.contains("refused")).unwrap();
    assert!(refusing.lines().nth(1).unwrap().contains("✕ refused"), "{refusing}");
    world.end().await;
}

async fn killed_in_the_middle_nothing_is_missing_and_nothing_is_shown_twice(mut world: World) {
    let admin = world.admin().await;
    admin.ask("/log setup channel:#general kinds:all").await.until("Set up").await;
    for round in 0..4 {
        // Discord takes the post and its answer is lost, in every other round: nobody but it knows.
        if round % 2 == 1 {
            world.sandbox.inject(Fault::lost_answer().on("POST /channels/{channel_id}/messages").times(1)).unwrap();
        }
        for number in 0..4 {
            admin.ask(&grant(round * 4 + number)).await.until("Granted").await;
        }
        // While a card is claimed, written, posted.
        tokio::time::sleep(Duration::from_millis(4_900 + 60 * round)).await;
        world.kill_bot();
        world.start_bot().await;
    }
    until_told(&world, &[(GRANTS, 16), ("✕ killed", 4)]).await;
    // Once more, so that whatever were to come twice would be there by now.
    admin.ask(&grant(16)).await.until("Granted").await;
    until_told(&world, &[(GRANTS, 17), ("✕ killed", 4), ("– started", 4), ("Show `all`", 1)]).await;
    world.end().await;
}

/// What every grant's line holds, one's alone and several's.
const GRANTS: &str = "✓ Let |✓ `grant.give`";

fn grant(number: u64) -> String {
    format!("/grant role role:@Operators allow:server.run on:web-{number}")
}

/// Waits until the log tells of exactly so many events in lines that hold one of these.
async fn until_told(world: &World, wanted: &[(&str, usize)]) {
    let told = |world: &World| -> Vec<usize> {
        let all = shown(world).join("\n");
        let number = |line: &str| {
            line.split_once(" × ").map_or("1", |(_, n)| n.split(' ').next().unwrap()).parse::<usize>().unwrap()
        };
        let of =
            |words: &str| all.lines().filter(|line| words.split('|').any(|word| line.contains(word))).map(number).sum();
        wanted.iter().map(|(words, _)| of(words)).collect()
    };
    let asked = wanted.iter().map(|(_, count)| *count).collect::<Vec<usize>>();
    let told_in_time = tokio::time::timeout(SOON, async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while told(world) != asked {
            ticks.tick().await;
        }
    });
    assert!(told_in_time.await.is_ok(), "{wanted:?}, and told {:?}:\n{}", told(world), shown(world).join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_gone_is_named_in_the_list_and_the_others_go_on() {
    let world = World::start().await;
    let admin = world.admin().await;
    let delete = |channel: String| {
        let client = admin.client.clone();
        async move { client.rest(reqwest::Method::DELETE, &format!("/channels/{channel}"), None).await.unwrap() }
    };
    admin.ask("/log setup channel:#ops kinds:action.done").await.until("Set up").await;
    let general = world.sandbox.channel_id("general").unwrap();
    admin.ask("/log setup channel:#general kinds:action.*").await.until("Set up").await;
    delete(general).await;
    admin.ask(&grant(1)).await.until("Granted").await;
    let list = loop {
        let list = admin.ask("/log list").await;
        if list.until("Logs").await.text().contains('✕') {
            break list;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    assert!(list.text().contains("✓ <#"), "{}", list.text());
    assert_eq!(list.buttons(), ["Remove"]);
    list.press(&admin, "Remove").await;
    let ended = |world: &World| {
        let ops = world.sandbox.messages(&world.sandbox.channel_id("ops").unwrap());
        let all: Vec<String> = ops.iter().map(message_text).collect();
        all.iter().any(|card| card.contains("**Ended** the log")) && all.iter().any(|card| card.contains("✓ Let "))
    };
    world.until("it is ended, and the other shows what happened", ended).await;
    world.end().await;
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
            "bot.*, server.*  Every kind that begins with server.",
            "bot.*, server.blocked  A server answered with another host key and is shut."
        ]
    );
    let wrong = admin.ask("/log setup channel:#general kinds:everything").await;
    insta::assert_snapshot!(wrong.masked(), @r"
    ✕ **That will not work**
    `everything` is no kind of event. Say `all`, a group such as `action.*`, or kinds such as `server.blocked`, with commas between them. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}
