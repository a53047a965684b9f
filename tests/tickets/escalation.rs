//! What follows a missed target: a reminder, a ping, those who come last; each once, and by hand with a reason.

use super::desk::{Desk, Opened, tickets};
use crate::{people::Shown, world::World};

on_both_worlds! {
    a_missed_target_is_a_reminder_then_a_ping_then_those_who_come_last_each_once
    staff_escalate_by_hand_with_a_reason_once
}

fn mentions(shown: &Shown) -> String {
    let raw = shown.message().raw;
    format!("{}{}", raw["mentions"], raw["mention_roles"])
}

fn said(world: &World, thread: &str, text: &str) -> usize {
    world.sandbox.messages(thread).iter().filter(|one| one.to_string().contains(text)).count()
}

async fn a_missed_target_is_a_reminder_then_a_ping_then_those_who_come_last_each_once(mut world: World) {
    let desk = Desk::with_billing(&world, "answer:2s solve:1d late:\"2s 4s\" escalate_to:@Buyers").await;
    let boss = world.newcomer("boss", &["Buyers"]).await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    let reminded = desk.helper.sees_in(&thread, "Nobody has answered yet").await;
    let called = mentions(&reminded);
    assert!(!reminded.text().contains("Still") && !called.contains(|letter: char| letter.is_ascii_digit()), "{called}");
    let pinged = desk.helper.sees_in(&thread, "Still: Nobody has answered yet").await;
    let called = mentions(&pinged);
    assert!(called.contains(&desk.helper.id()) && !called.contains(&desk.member.id()), "{called}");
    desk.comes_in(&boss, &thread).await;
    card.until("escalated <t:").await;
    let last = async {
        while said(&world, &thread, "Still: Nobody has answered yet") < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, last).await.expect("those who come last are called");
    let calls_boss = |one: &&serde_json::Value| one["mentions"].to_string().contains(&boss.id());
    assert_eq!(world.sandbox.messages(&thread).iter().filter(calls_boss).count(), 1);
    // Nothing of it comes again after a restart, nor once somebody answered; who was called last answers as staff do.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    boss.client.say(&thread, "We look into it").await.unwrap();
    card.until("waiting for the member").await;
    boss.ask("/ticket claim ticket:1").await.until("Claimed").await;
    assert_eq!((said(&world, &thread, "Nobody has answered yet"), said(&world, &thread, "Still:")), (3, 2));
    assert_eq!(tickets(&world).await[0].course.answered_by.map(|by| by.to_string()), Some(boss.id()));
    world.end().await;
}

async fn staff_escalate_by_hand_with_a_reason_once(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let boss = world.newcomer("boss", &["Buyers"]).await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    let card_of_staff = desk.helper.sees_in(&thread, "Ticket 1").await;
    let more = card_of_staff.try_press(&desk.helper, "More").await.unwrap().answer().await;
    assert!(!more.buttons().iter().any(|label| label == "Escalate…"), "nobody comes last yet");
    desk.admin
        .ask("/ticket category edit category:Billing escalate_to:@Buyers late:default")
        .await
        .until("Changed")
        .await;
    let more = card_of_staff.try_press(&desk.helper, "More").await.unwrap().answer().await;
    let form = more.try_press(&desk.helper, "Escalate…").await.unwrap().form();
    let done = form.fill(&[("Why?", "they threaten to leave")]).await;
    assert!(done.is_private());
    done.until("Escalated").await;
    desk.comes_in(&boss, &thread).await;
    let told = boss.sees_in(&thread, "they threaten to leave").await;
    assert!(mentions(&told).contains(&boss.id()), "{}", mentions(&told));
    card.until("escalated <t:").await;
    // The button of the card that was there before is refused now.
    let form = more.try_press(&desk.helper, "Escalate…").await.unwrap().form();
    let again = form.fill(&[("Why?", "again")]).await;
    again.until("is so already").await;
    world.end().await;
}
