//! Where tickets live: channels of their own, as many categories as it takes, and a thousand at once.

use std::time::{Duration, Instant};

use reqwest::Method;
use sandbox::Fault;
use serde_json::json;
use store::tickets::State;

use super::{
    desk::{Desk, Opened, cards, drawn, tickets},
    seeded::seed,
};
use crate::world::World;

on_both_worlds! {
    a_ticket_lives_in_a_channel_that_only_its_people_see
    another_category_is_made_where_one_is_full
    killed_between_any_two_steps_a_ticket_has_one_channel_and_one_card
    a_server_without_room_for_channels_gives_threads
    a_thousand_open_tickets_leave_room_for_more
}

const FOLDER: u8 = 4;

async fn a_ticket_lives_in_a_channel_that_only_its_people_see(world: World) {
    let folder = Desk::make(&world, FOLDER, "Desk", None).await;
    let desk = Desk::with_billing(&world, "under:Desk").await;
    let (member, helper) = (&desk.member, &desk.helper);
    let Opened { number, thread: channel, card } = desk.opens(member, "Billing").await;
    let place = desk.thread(&channel).await;
    assert_eq!((&place["type"], &place["parent_id"]), (&json!(0), &json!(folder)));
    assert_eq!(place["name"], "ticket-1-billing");
    let outsider = world.newcomer("outsider", &[]).await;
    let history = format!("/channels/{channel}/messages");
    assert!(outsider.client.rest(Method::GET, &history, None).await.is_err(), "nobody else reads it");
    let seen = helper.sees_in(&channel, "Ticket 1").await;
    seen.press(helper, "Claim").await;
    card.until("> has it").await;
    helper.client.say(&channel, "Which order is it?").await.unwrap();
    card.until("waiting for the member").await;
    helper.ask("/ticket people add ticket:1 person:@outsider").await.until("Added").await;
    desk.comes_in(&outsider, &channel).await;
    helper.ask("/ticket people remove ticket:1 person:@outsider").await.until("Removed").await;
    let is_out = async {
        while outsider.client.rest(Method::GET, &history, None).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, is_out).await.expect("they are out again");

    helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;
    desk.until(&world, number, |ticket| ticket.locked).await;
    assert!(member.client.say(&channel, "one more thing").await.is_err(), "it is over, and can be read");
    member.client.read_history(&channel).await.unwrap();
    helper.client.say(&channel, "It was order 7").await.unwrap();
    helper.ask("/ticket reopen ticket:1").await.until("Reopened").await;
    desk.until(&world, number, |ticket| !ticket.locked).await;
    member.client.say(&channel, "one more thing").await.unwrap();
    drawn(&world, 1).await;
    assert_eq!(cards(&world, &channel), 1);
    let listed = desk.admin.ask("/ticket category list").await;
    assert!(listed.text().contains("channels of their own under <#"), "{}", listed.text());
    world.end().await;
}

async fn another_category_is_made_where_one_is_full(world: World) {
    let folder = Desk::make(&world, FOLDER, "Desk", None).await;
    Desk::fill(&world, 49, Some(&folder)).await;
    let desk = Desk::with_billing(&world, "place:\"channel: a channel each\" under:Desk").await;
    let mut under = Vec::new();
    for name in ["one", "two", "three"] {
        let opened = desk.opens(&world.newcomer(name, &[]).await, "Billing").await;
        under.push(desk.thread(&opened.thread).await["parent_id"].clone());
    }
    let all = desk.channels(&world).await;
    let second: Vec<_> = all.iter().filter(|one| one["name"] == "Desk 2").collect();
    assert_eq!(second.len(), 1, "{second:?}");
    assert_eq!(under, [json!(folder), second[0]["id"].clone(), second[0]["id"].clone()]);
    world.end().await;
}

async fn killed_between_any_two_steps_a_ticket_has_one_channel_and_one_card(mut world: World) {
    const ROUNDS: u64 = 5;
    let folder = Desk::make(&world, FOLDER, "Desk", None).await;
    Desk::fill(&world, 50, Some(&folder)).await;
    let desk = Desk::with_billing(&world, "under:Desk").await;
    desk.panel(&desk.member).await;
    for round in 0..ROUNDS {
        let asker = world.newcomer(&format!("asker-{round}"), &[]).await;
        // Discord takes it and its answer is lost, in every other round: nobody but it knows.
        if round % 2 == 0 {
            let fault = Fault::lost_answer().on("POST /guilds/{guild_id}/channels").times(1);
            world.sandbox.inject(fault).unwrap();
        }
        let panel = desk.panel(&asker).await;
        let pressed = tokio::spawn(async move { panel.try_press(&asker, "Billing").await.is_ok() });
        let before = usize::try_from(round).unwrap();
        while tickets(&world).await.len() <= before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(40 * round)).await;
        world.kill_bot();
        world.sandbox.excuse_unacknowledged();
        world.start_bot().await;
        pressed.abort();
    }
    for number in 1..=i64::try_from(ROUNDS).unwrap() {
        desk.until(&world, number, |ticket| ticket.message.is_some()).await;
    }
    let all = desk.channels(&world).await;
    let folders: Vec<_> = all.iter().filter(|one| one["name"] == "Desk 2").collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    for ticket in tickets(&world).await {
        let begins = format!("ticket-{}-", ticket.number);
        let its: Vec<_> = all.iter().filter(|one| one["name"].as_str().unwrap().starts_with(&begins)).collect();
        assert_eq!(its.len(), 1, "{begins} has {its:?}");
        let channel = its[0]["id"].as_str().unwrap();
        assert_eq!((its[0]["parent_id"].clone(), cards(&world, channel)), (folders[0]["id"].clone(), 1));
    }
    world.end().await;
}

async fn a_server_without_room_for_channels_gives_threads(world: World) {
    let desk = Desk::with_billing(&world, "place:\"channel: a channel each\"").await;
    let ops = desk.reports(&world).await;
    let there = desk.channels(&world).await.len();
    Desk::fill(&world, 500 - there, None).await;
    let opened = desk.opens(&desk.member, "Billing").await;
    assert_eq!(desk.thread(&opened.thread).await["type"], 12);
    let told = desk.admin.sees_in(&ops, "500 channels").await;
    assert!(told.text().contains("tickets get threads until there is room"), "{}", told.text());
    let again = desk.opens(&world.newcomer("again", &[]).await, "Billing").await;
    assert_eq!(desk.thread(&again.thread).await["type"], 12);
    let said = world.sandbox.messages(&ops).iter().filter(|one| one.to_string().contains("500 channels")).count();
    assert_eq!(said, 1);
    world.end().await;
}

async fn a_thousand_open_tickets_leave_room_for_more(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    assert!(world.stop_bot().await);
    seed(&world, (&desk.admin, &desk.member), &desk.channel, 1_000).await;
    world.start_bot().await;
    // Discord has no room for another thread: the quietest is put away, and stays an open ticket.
    let began = Instant::now();
    for name in ["one", "two", "three"] {
        desk.opens(&world.newcomer(name, &[]).await, "Billing").await;
    }
    assert!(began.elapsed() < Duration::from_secs(30), "three were opened in {:?}", began.elapsed());
    let threads = desk.threads(&world).await;
    assert_eq!(threads.len(), 1_000);
    for old in ["#old 0", "#old 1", "#old 2"] {
        assert!(!threads.iter().any(|(name, _)| name == old), "{old} is put away");
    }
    let listed = desk.helper.ask("/ticket list").await;
    assert!(listed.text().contains("1,003 tickets"), "{}", listed.text());
    let stats = desk.helper.ask("/ticket stats").await;
    assert!(stats.text().contains("1003 open"), "{}", stats.text());
    // Whoever writes into one that was put away has it back, and it is heard.
    let first = desk.until(&world, 1, |ticket| ticket.asleep.is_some()).await;
    let thread = first.thread.unwrap().to_string();
    let quiet = desk.threads(&world).await.into_iter().find(|(name, _)| name == "#old 9").unwrap().1;
    desk.admin
        .client
        .rest(Method::PATCH, &format!("/channels/{quiet}"), Some(&json!({ "archived": true })))
        .await
        .unwrap();
    desk.admin.client.say(&thread, "We look into it").await.unwrap();
    desk.until(&world, 1, |ticket| ticket.asleep.is_none() && ticket.course.state == State::WaitingMember).await;
    world.end().await;
}
