//! Every rule of a category, held where it counts: what is set and not enforced is worth nothing.

use super::desk::{Desk, tickets};
use crate::{people::Person, world::World};

on_both_worlds! {
    every_rule_of_a_category_is_enforced_also_after_a_restart
    what_is_pressed_twice_is_one_ticket
}

/// What somebody is told who may not.
async fn refused(desk: &Desk, person: &Person, why: &str) {
    let told = desk.press(person, "Billing").await;
    assert!(told.is_private() && told.text().contains(why), "{why}: {}", told.text());
    assert!(told.text().contains("No ticket was opened"), "{}", told.text());
}

async fn every_rule_of_a_category_is_enforced_also_after_a_restart(mut world: World) {
    let desk = Desk::with_billing(&world, "limit:2").await;
    let (admin, member) = (&desk.admin, &desk.member);
    let category = |rules: &str| format!("/ticket category edit category:Billing {rules}");
    let role = |role: &str, part: &str, change: &str| {
        format!("/ticket category role category:Billing role:@{role} part:\"{part}\" change:{change}")
    };
    let (required, excluded) = ("required: one such role must be held to ask", "excluded: its holders may not ask");
    // Roles.
    admin.ask(&role("Buyers", required, "add")).await.until("Set").await;
    refused(&desk, member, "are for <@&").await;
    admin.give(member, "Buyers").await;
    admin.ask(&role("Banned", excluded, "add")).await.until("Set").await;
    admin.give(member, "Banned").await;
    refused(&desk, member, "may not open tickets of Billing").await;
    admin.take(member, "Banned").await;
    // Hours, on the clocks of a zone.
    let minute = base::Clock::system().now().0 / 60_000 % (24 * 60);
    let at = |minute: i64| format!("{:02}:{:02}", minute.rem_euclid(1_440) / 60, minute.rem_euclid(60));
    let closed = format!("hours:{}-{} zone:UTC", at(minute + 120), at(minute + 180));
    admin.ask(&category(&closed)).await.until("Changed").await;
    refused(&desk, member, "is closed at this hour").await;
    admin.ask(&category("hours:always")).await.until("Changed").await;
    // Blocks.
    desk.helper.ask("/ticket blocked add member:@member reason:\"spam, three times\"").await.until("Blocked").await;
    refused(&desk, member, "spam, three times").await;
    desk.helper.ask("/ticket blocked remove member:@member").await.until("Unblocked").await;
    desk.opens(member, "Billing").await;
    desk.helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;
    // A cooldown, and a limit; neither is forgotten by a restart.
    admin.ask(&category("cooldown:1h")).await.until("Changed").await;
    world.stop_bot().await;
    world.start_bot().await;
    refused(&desk, member, "Another can be opened").await;
    admin.ask(&category("cooldown:none limit:1")).await.until("Changed").await;
    let opened = desk.opens(member, "Billing").await;
    // Within a moment it would be the same press.
    let full = async {
        loop {
            let told = desk.press(member, "Billing").await.text();
            if told.contains("as many open") {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(crate::world::SOON, full).await.expect("one at once");
    assert!(told.contains(&format!("<#{}>", opened.thread)), "{told}");
    // What is removed in the middle is no more.
    let going = admin.ask("/ticket category remove category:Billing").await;
    let told = going.try_press(admin, "Confirm").await.unwrap().answer().await;
    told.until("still go on").await;
    desk.helper.ask("/ticket close ticket:2 reason:done").await.until("Closed").await;
    let going = admin.ask("/ticket category remove category:Billing").await;
    going.press(admin, "Confirm").await;
    going.until("Removed").await;
    assert!(tickets(&world).await.is_empty());
    world.end().await;
}

async fn what_is_pressed_twice_is_one_ticket(world: World) {
    let desk = Desk::with_billing(&world, "limit:9").await;
    let panel = desk.panel(&desk.member).await;
    let presses = (0..5).map(|_| panel.try_press(&desk.member, "Billing"));
    for one in futures::future::join_all(presses).await {
        one.unwrap().answer().await.until("ticket 1").await;
    }
    assert_eq!(tickets(&world).await.len(), 1);
    assert_eq!(desk.threads(&world).await.len(), 1);
    world.end().await;
}

mod without_the_members_intent {
    use super::without_the_members_intent_a_ticket_is_opened_all_the_same as story;
    use crate::world::World;

    /// `GUILD_MEMBERS`.
    const MEMBERS: u64 = 1 << 1;

    fn options() -> sandbox::Options {
        sandbox::Options { disallowed_intents: MEMBERS, ..sandbox::Options::default() }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_ticket_is_opened_all_the_same_on_sqlite() {
        story(World::start_with(options()).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_ticket_is_opened_all_the_same_on_postgres() {
        story(World::on_postgres_with(options()).await).await;
    }
}

async fn without_the_members_intent_a_ticket_is_opened_all_the_same(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let opened = desk.opens(&desk.member, "Billing").await;
    // Nobody told who answers; whoever does finds it in the list, takes it, and is in it.
    let listed = desk.helper.ask("/ticket list").await;
    assert!(listed.text().contains(&format!("<#{}>", opened.thread)), "{}", listed.text());
    desk.helper.ask("/ticket claim ticket:1").await.until("Claimed").await;
    desk.comes_in(&desk.helper, &opened.thread).await;
    let doctor = desk.admin.ask("/setup doctor").await.text();
    assert!(doctor.contains("Server Members Intent") && doctor.contains("`tickets`"), "{doctor}");
    world.end().await;
}
