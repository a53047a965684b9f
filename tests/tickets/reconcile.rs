//! What goes wrong around tickets: deleted places, roles and permissions, and people who leave. Each is told once.

use std::time::Duration;

use reqwest::Method;
use sandbox::{Fault, Options};
use serde_json::json;
use store::tickets::Away;

use super::desk::{Desk, Opened, cards, drawn, tickets};
use crate::world::{SOON, World};

on_both_worlds! {
    what_was_deleted_is_told_once_and_opened_anew
    what_discord_does_not_say_is_not_taken_for_gone
    a_deleted_role_is_told_once_and_again_when_it_was_right_meanwhile
    a_permission_that_is_lost_is_told_once_and_what_waited_goes_on
    who_leaves_is_told_once_and_brought_in_again
}

mod where_nobody_tells {
    use super::who_left_is_found_out as story;
    use crate::world::World;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_left_is_found_out_on_sqlite() {
        story(World::start_with(super::without_members()).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_left_is_found_out_on_postgres() {
        story(World::on_postgres_with(super::without_members()).await).await;
    }
}

/// Who joins and leaves is not switched on for the bot.
fn without_members() -> Options {
    Options { disallowed_intents: 1 << 1, ..Options::default() }
}

/// How many messages that everybody sees say this: what answers a press repeats what was pressed.
fn count(world: &World, channel: &str, text: &str) -> usize {
    const EPHEMERAL: u64 = 1 << 6;
    let all = world.sandbox.messages(channel);
    let is_seen = |one: &&serde_json::Value| one["flags"].as_u64().unwrap_or_default() & EPHEMERAL == 0;
    all.iter().filter(is_seen).filter(|one| one.to_string().contains(text)).count()
}

/// How often the bot asked for a channel.
fn asked(world: &World, path: &str) -> usize {
    let all = world.sandbox.requests();
    all.iter().filter(|one| one.method == "GET" && one.path.ends_with(path)).count()
}

async fn what_was_deleted_is_told_once_and_opened_anew(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let ops = desk.reports(&world).await;
    let (admin, member, helper) = (&desk.admin, &desk.member, &desk.helper);
    let Opened { thread, .. } = desk.opens(member, "Billing").await;
    drawn(&world, 1).await;
    admin.client.rest(Method::DELETE, &format!("/channels/{thread}"), None).await.unwrap();
    let told = helper.sees_in(&ops, "has no place").await;
    assert_shown!(told.masked(), @r"
    ! **Ticket 1** has no place
    The thread of ticket 1 was deleted. The ticket is kept.
    It is of <@…>. What was said in it is gone; what was asked is not.
    Open it anew
    Close…
    ");
    // It is neither closed nor forgotten, and told once, whoever starts again.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let listed = helper.ask("/ticket list").await;
    assert!(
        listed.text().contains("1 ticket") && listed.text().contains("Its thread was deleted"),
        "{}",
        listed.text()
    );
    let refused = told.seen_by(member).await.try_press(member, "Open it anew").await.unwrap().answer().await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    told.try_press(helper, "Open it anew").await.unwrap().answer().await.until("Renewed").await;
    let renewed = desk.until(&world, 1, |ticket| ticket.message.is_some()).await;
    let place = renewed.thread.unwrap().to_string();
    assert_ne!(place, thread);
    desk.comes_in(member, &place).await;
    desk.comes_in(helper, &place).await;
    assert_eq!((cards(&world, &place), count(&world, &ops, "has no place")), (1, 1));
    let refused = helper.ask("/ticket renew ticket:1").await;
    assert!(refused.text().contains("has its place still"), "{}", refused.text());
    // Lost once more, it is told once more.
    admin.client.rest(Method::DELETE, &format!("/channels/{place}"), None).await.unwrap();
    world.until("it is told again", |world| count(world, &ops, "has no place") == 2).await;
    helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;

    // Their channel is deleted, and with it many: that is one report.
    for name in ["a", "b", "c", "d"] {
        desk.opens(&world.newcomer(name, &[]).await, "Billing").await;
    }
    admin.client.rest(Method::DELETE, &format!("/channels/{}", desk.channel), None).await.unwrap();
    let told = helper.sees_in(&ops, "4 tickets lost").await;
    assert!(told.text().contains("2, 3, 4, 5"), "{}", told.text());
    helper.sees_in(&ops, "The channel of panel `help` was deleted").await;
    world.end().await;
}

async fn what_discord_does_not_say_is_not_taken_for_gone(mut world: World) {
    let desk = Desk::with_billing(&world, "limit:5").await;
    let ops = desk.reports(&world).await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    drawn(&world, 1).await;
    // It sleeps, so it is not among the active ones, and Discord fails where it is asked for.
    let path = format!("/channels/{thread}");
    desk.admin.client.rest(Method::PATCH, &path, Some(&json!({ "archived": true }))).await.unwrap();
    for status in [500, 502, 503] {
        assert!(world.stop_bot().await);
        let before = asked(&world, &path);
        world.sandbox.inject(Fault::server_error(status).on("GET /channels/{channel_id}").times(1)).unwrap();
        world.start_bot().await;
        world.until("it is asked for", |world| asked(world, &path) > before).await;
        world.sandbox.heal();
        let all = tickets(&world).await;
        assert_eq!((all[0].lost, &all[0].trouble), (None, &None));
    }
    assert_eq!(count(&world, &ops, "has no place"), 0);
    desk.helper.ask("/ticket claim ticket:1").await.until("Claimed").await;
    card.until("> has it").await;
    world.end().await;
}

async fn a_deleted_role_is_told_once_and_again_when_it_was_right_meanwhile(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let ops = desk.reports(&world).await;
    let admin = &desk.admin;
    let roles = format!("/guilds/{}/roles", world.guild());
    let add = async |name: &str| {
        admin.client.rest(Method::POST, &roles, Some(&json!({ "name": name }))).await.unwrap();
        let line = format!(
            "/ticket category role category:Billing role:@{name} part:\"staff: its holders answer\" change:add"
        );
        admin.ask(&line).await.until("Set").await;
    };
    let delete = async |name: &str| {
        let all = admin.client.rest(Method::GET, &roles, None).await.unwrap();
        let role = all.as_array().unwrap().iter().find(|role| role["name"] == name).unwrap();
        admin.client.rest(Method::DELETE, &format!("{roles}/{}", role["id"].as_str().unwrap()), None).await.unwrap();
    };
    add("Deputies").await;
    delete("Deputies").await;
    let told = admin.sees_in(&ops, "A role that answered").await;
    assert_shown!(told.masked(), @r"
    ! **Tickets** need a look
    A role that answered `Billing` was deleted. The others that answer it go on.
    ");

    delete("Helpers").await;
    let told = admin.sees_in(&ops, "Nobody answers").await;
    assert_shown!(told.masked(), @r"
    ! **Tickets** need a look
    Nobody answers `Billing`: the role that did was deleted. `/ticket category role` says who does.
    ");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let listed = admin.ask("/ticket list").await;
    assert!(listed.text().contains("Nobody answers"), "{}", listed.text());
    assert_eq!(count(&world, &ops, "Nobody answers"), 1);

    add("Seconds").await;
    let store = world.store().await;
    let is_right = async {
        while !store.ticket_troubles(world.guild()).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, is_right).await.expect("somebody answers, so nothing is wrong");
    store.close().await;
    delete("Seconds").await;
    world.until("it is told again", |world| count(world, &ops, "Nobody answers") == 2).await;
    world.end().await;
}

async fn a_permission_that_is_lost_is_told_once_and_what_waited_goes_on(world: World) {
    const PRIVATE_THREADS: u64 = 1 << 36;
    let desk = Desk::with_billing(&world, "limit:5").await;
    let ops = desk.reports(&world).await;
    let (admin, bot) = (&desk.admin, world.sandbox.application_id());
    let place = format!("/channels/{}", desk.channel);
    let denied = json!({ "permission_overwrites": [{ "id": bot, "type": 1, "allow": "0", "deny": PRIVATE_THREADS.to_string() }] });
    admin.client.rest(Method::PATCH, &place, Some(&denied)).await.unwrap();
    let told = admin.sees_in(&ops, "I lack Create Private Threads").await;
    let waits = desk.press(&desk.member, "Billing").await;
    waits.until("I may not make private threads").await;
    assert_eq!(tickets(&world).await.len(), 1, "it is kept");
    let listed = desk.helper.ask("/ticket list").await;
    assert!(listed.text().contains("cannot be shown: I may not make private threads"), "{}", listed.text());
    admin.client.rest(Method::PATCH, &place, Some(&json!({ "permission_overwrites": [] }))).await.unwrap();
    // Nobody presses anything: it is tried as soon as it can be.
    let shown = desk.until(&world, 1, |ticket| ticket.message.is_some()).await;
    desk.comes_in(&desk.member, &shown.thread.unwrap().to_string()).await;
    assert_eq!(count(&world, &ops, "I lack Create Private Threads"), 1);
    let listed = desk.helper.ask("/ticket list").await;
    assert!(!listed.text().contains("I lack"), "{}", listed.text());
    drop(told);
    world.end().await;
}

async fn who_leaves_is_told_once_and_brought_in_again(world: World) {
    let desk = Desk::with_billing(&world, "idle:2s").await;
    let leaver = world.newcomer("leaver", &[]).await;
    let Opened { thread, card, number } = desk.opens(&leaver, "Billing").await;
    let seen = desk.helper.sees_in(&thread, &format!("Ticket {number}")).await;
    desk.admin.kick(&leaver).await;
    let told = desk.helper.sees_in(&thread, "left the server. Nobody").await;
    let called = told.message().raw["mentions"].to_string();
    assert!(called.contains(&desk.helper.id()), "staff are called: {called}");
    seen.until("left the server").await;
    // Nobody waits for who is not there: it does not close by itself.
    desk.helper.client.say(&thread, "Which order is it?").await.unwrap();
    let waiting = desk.until(&world, number, |ticket| ticket.course.heard.is_some()).await;
    assert_eq!((waiting.course.away, waiting.course.idle), (Some(Away::Left), None));
    let refused = desk.helper.ask("/ticket renew ticket:1").await;
    assert!(refused.text().contains("is not in this server"), "{}", refused.text());

    world.sandbox.let_in("leaver");
    desk.helper.sees_in(&thread, "is back").await;
    desk.until(&world, number, |ticket| ticket.course.away.is_none()).await;
    desk.comes_in(&leaver, &thread).await;

    // Whoever is banned is said to be banned, and their ticket is not closed.
    let ban = format!("/guilds/{}/bans/{}", world.guild(), leaver.id());
    desk.admin.client.rest(Method::PUT, &ban, Some(&json!({}))).await.unwrap();
    desk.helper.sees_in(&thread, "is banned. The ticket").await;
    let banned = desk.until(&world, number, |ticket| ticket.course.away == Some(Away::Banned)).await;
    assert!(banned.course.ended.is_none());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(
        (count(&world, &thread, "left the server. Nobody"), count(&world, &thread, "is banned. The ticket")),
        (1, 1)
    );
    drop(card);
    world.end().await;
}

async fn who_left_is_found_out(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let leaver = world.newcomer("leaver", &[]).await;
    let Opened { number, .. } = desk.opens(&leaver, "Billing").await;
    desk.admin.kick(&leaver).await;
    assert!(world.stop_bot().await);
    world.start_bot().await;
    desk.until(&world, number, |ticket| ticket.course.away == Some(Away::Left)).await;
    world.end().await;
}
