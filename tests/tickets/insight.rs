//! What is learnt from tickets: numbers, a picture, a file.

use super::desk::{Desk, Opened};
use crate::world::World;

on_both_worlds! {
    how_tickets_went_is_told_by_category_and_by_whoever_answers
}

async fn how_tickets_went_is_told_by_category_and_by_whoever_answers(world: World) {
    let desk = Desk::with_billing(&world, "limit:9").await;
    desk.admin.ask("/ticket category add panel:help name:Shipping staff:@Helpers").await.until("Added").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    desk.helper.ask("/ticket claim ticket:1").await.until("Claimed").await;
    desk.helper.client.say(&thread, "Which order is it?").await.unwrap();
    card.until("waiting for the member").await;
    desk.helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;
    let other = world.newcomer("other", &[]).await;
    desk.opens(&other, "Shipping").await;
    let stats = desk.helper.ask("/ticket stats days:7").await;
    assert!(stats.is_private());
    let text = stats.text();
    for told in
        ["**Tickets** of 7 days", "1 open · 1 closed", "`Billing`  0 open · 1 closed", "`Shipping`  1 open · 0 closed"]
    {
        assert!(text.contains(told), "{told}:\n{text}");
    }
    let helper = format!("<@{}>  1 taken · 1 answered first · 1 closed", desk.helper.id());
    assert!(text.contains(&helper), "{text}");
    assert!(stats.file().await.starts_with(b"\x89PNG"));
    assert!(text.contains("Shipping: 1 open, 1 below 1 h") || stats.message().raw.to_string().contains("1 below 1 h"));
    let only = desk.helper.ask("/ticket stats category:Shipping").await.text();
    assert!(only.contains("1 open · 0 closed") && !only.contains("Billing"), "{only}");
    let hers = desk.helper.ask("/ticket stats staff:@helper from:2026-01-01").await;
    assert!(hers.text().contains("0 open · 1 closed"), "{}", hers.text());
    let file = hers.try_press(&desk.helper, "As a file").await.unwrap().answer().await.file().await;
    let file = String::from_utf8(file).unwrap();
    assert!(file.lines().count() == 2 && file.contains("\"Billing\",closed"), "{file}");
    let wrong = desk.helper.ask("/ticket stats from:2026-02-31").await.text();
    assert!(wrong.contains("is no day that has been"), "{wrong}");
    world.end().await;
}
