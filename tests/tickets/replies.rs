//! Answers of staff by the bot: replies that are kept, and words of their own.

use super::desk::{Desk, Opened, tickets};
use crate::world::World;

on_both_worlds! {
    a_saved_reply_is_filled_in_and_counts_as_staffs_answer
    nothing_in_a_reply_calls_anybody_but_whose_ticket_it_is
}

async fn a_saved_reply_is_filled_in_and_counts_as_staffs_answer(mut world: World) {
    let desk = Desk::with_billing(&world, "answer:1h").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    assert_shown!(desk.admin.ask("/ticket saved list").await.masked(), @r"
    **Saved replies** 0 replies
    There is none yet: `/ticket saved set` keeps one.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let wrong = desk.admin.ask("/ticket saved set name:hello text:\"Hello {name}\"").await;
    assert!(wrong.text().contains("`{name}` stands for nothing here"), "{}", wrong.text());
    let text = "Hello {member}, {staff} of {server} looks into {ticket} ({category}).";
    let kept = desk.admin.ask(&format!("/ticket saved set name:hello text:\"{text}\"")).await;
    kept.until("Kept").await;
    assert_eq!(desk.helper.offered("/ticket reply saved:hel").await, ["hello"]);
    assert_eq!(desk.member.offered("/ticket reply saved:hel").await, Vec::<String>::new());
    let listed = desk.helper.ask("/ticket saved list").await;
    assert!(listed.is_private() && listed.text().contains("`hello`"), "{}", listed.text());
    let sent = desk.helper.ask("/ticket reply saved:hello ticket:1").await;
    assert!(sent.is_private());
    sent.until("Answered").await;
    let seen = desk.member.sees_in(&thread, "looks into").await;
    let (member, helper) = (desk.member.id(), desk.helper.id());
    assert_eq!(
        seen.text().lines().nth(1).unwrap_or_default(),
        format!("Hello <@{member}>, <@{helper}> of Crew looks into #1 `Billing` (Billing).")
    );
    card.until("waiting for the member").await;
    let course = tickets(&world).await.remove(0).course;
    assert_eq!((course.answered_by.map(|by| by.to_string()), course.answer_by), (Some(helper), None));
    // What is said stands once, whatever becomes of the process.
    world.kill_bot();
    world.sandbox.excuse_unacknowledged();
    world.start_bot().await;
    let form = desk.helper.slash("/ticket reply ticket:1").await.form();
    form.fill(&[("Answer", "It was refunded")]).await.until("Answered").await;
    desk.member.sees_in(&thread, "It was refunded").await;
    let said = |text: &str| world.sandbox.messages(&thread).iter().filter(|one| one.to_string().contains(text)).count();
    assert_eq!((said("looks into"), said("It was refunded")), (1, 1));
    let going = desk.admin.ask("/ticket saved remove name:hello").await;
    going.press(&desk.admin, "Confirm").await;
    going.until("Forgot").await;
    let gone = desk.helper.ask("/ticket reply saved:hello ticket:1").await;
    assert!(gone.text().contains("There is no saved reply"), "{}", gone.text());
    desk.helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;
    let over = desk.helper.ask("/ticket reply text:more ticket:1").await;
    assert!(over.text().contains("is closed"), "{}", over.text());
    world.end().await;
}

async fn nothing_in_a_reply_calls_anybody_but_whose_ticket_it_is(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    let admin = desk.admin.id();
    let sent = desk.helper.ask(&format!("/ticket reply text:\"look, @everyone and <@{admin}>\" ticket:1")).await;
    sent.until("Answered").await;
    let seen = desk.member.sees_in(&thread, "look,").await;
    let raw = seen.message().raw;
    assert!(!raw["mentions"].to_string().contains(&admin) && raw["mention_everyone"] != true, "{raw}");
    assert!(!seen.text().contains(&format!("<@{admin}>")), "{}", seen.text());
    world.end().await;
}
