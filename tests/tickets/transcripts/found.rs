//! Tickets are found by their words.

use super::until_written;
use crate::{
    people::Person,
    tickets::desk::{Desk, Opened},
    world::{SOON, World},
};

on_both_worlds! {
    tickets_are_found_by_what_was_said_and_only_by_those_who_answer_them
}

async fn tickets_are_found_by_what_was_said_and_only_by_those_who_answer_them(world: World) {
    let desk = Desk::with_billing(&world, "limit:5 cooldown:none").await;
    desk.admin.ask("/ticket category add panel:help name:Sales staff:@Buyers").await.until("Added").await;
    let buyer = world.newcomer("buyer", &["Buyers"]).await;
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    let said = "the invoices of Zürich are late";
    desk.member.client.say(&thread, said).await.unwrap();
    until_written(&world, 1, "it is heard", |all| all.iter().any(|one| one.says.content == said)).await;
    desk.helper.ask("/ticket note ticket:1 text:\"paid twice by cheque\"").await.until("Noted").await;
    desk.helper.ask("/ticket rename ticket:1 title:\"Late papers\"").await.until("Renamed").await;
    let finds = async |person: &Person, words: &str| {
        let looking = async {
            loop {
                let found = person.ask(&format!("/ticket search words:\"{words}\"")).await;
                if found.text().contains("1 ticket") {
                    return found;
                }
            }
        };
        tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("{words} is not found"))
    };
    for words in ["invoices", "INVOICE", "zürich late", "cheque", "late papers"] {
        finds(&desk.helper, words).await;
    }
    let text = finds(&desk.helper, "zür").await.masked();
    assert!(text.contains("**Found** 1 ticket") && text.contains("`1`  `Late papers` <#…> · "), "{text}");
    for words in ["invoices paris", "nowhere", "nvoice"] {
        let found = desk.helper.ask(&format!("/ticket search words:\"{words}\"")).await;
        assert!(found.text().contains("0 tickets"), "{words}: {}", found.text());
    }
    let found = buyer.ask("/ticket search words:invoices").await;
    assert!(found.text().contains("0 tickets"), "{}", found.text());
    let refused = desk.member.ask("/ticket search words:invoices").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    world.end().await;
}
