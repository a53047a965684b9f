//! Donations, told from outside under a key of their own.

use reqwest::Client;
use serde_json::{Value, json};

use super::stage::{Page, address, made};
use crate::world::World;

on_both_worlds! {
    donations_are_told_under_a_key_of_their_own_and_shown_once
}

async fn tells(address: &str, donation: &Value) -> u16 {
    let sent = Client::new().post(address).header("content-type", "application/json").body(donation.to_string());
    sent.send().await.unwrap().status().as_u16()
}

async fn donations_are_told_under_a_key_of_their_own_and_shown_once(world: World) {
    let admin = world.admin().await;
    let (alerts, goal) = (made(&admin, "alerts", "alerts").await, made(&admin, "chair", "goal").await);
    let edit = admin.ask("/overlay edit overlay:chair").await;
    let counts = "What it counts by itself";
    edit.choose(&admin, counts, &["What it counts by itself: donations"]).await;
    edit.until("Changed").await;
    let (mut shown, mut counted) = (Page::open(&alerts).await, Page::open(&goal).await);
    let refused = admin.ask("/overlay create name:talk kind:\"chat box\"").await;
    refused.until("Made").await;
    let refused = admin.ask("/overlay rotate overlay:talk what:donations").await;
    assert!(refused.text().contains("are told to alerts"), "{}", refused.text());
    let opened = admin.ask("/overlay rotate overlay:alerts what:donations").await;
    assert!(opened.text().contains("shown on every overlay of this server that shows donations"), "{}", opened.text());
    let hook = address(&opened);

    let told = json!({ "id": "d-1", "name": "Ada", "amount": 12.5, "currency": "EUR", "message": "for the chair" });
    assert_eq!(tells(&hook, &told).await, 202);
    let donation = shown.shows().await;
    assert_eq!((&donation["what"], &donation["amount"]), (&json!("donation"), &json!(1_250)));
    assert_eq!((&donation["currency"], &donation["message"]), (&json!("EUR"), &json!("for the chair")));
    assert_eq!(counted.hears("now").await["state"]["value"], 12);
    // Told again, also at the same time, it is not shown again.
    let (one, two) = tokio::join!(tells(&hook, &told), tells(&hook, &told));
    assert_eq!((one, two), (200, 200));
    shown.shows_nothing().await;

    // The page's key takes none, and this one opens no page.
    for nowhere in [
        alerts.clone(),
        alerts.replace("/o/", "/o/hooks/"),
        format!("{}{}", &hook[..hook.len() - 1], i32::from(hook.ends_with('0'))),
    ] {
        assert!([404, 405].contains(&tells(&nowhere, &told).await), "{nowhere}");
    }
    assert_eq!(reqwest::get(hook.replace("/hooks/", "/")).await.unwrap().status(), 404);
    for (wrong, status) in [
        (json!({ "name": "Ada" }), 422),
        (json!({ "amount": -1 }), 422),
        (json!({ "amount": 5, "message": "x".repeat(3_000) }), 422),
        (json!({ "amount": 5, "message": "x".repeat(70_000) }), 413),
    ] {
        assert_eq!(tells(&hook, &wrong).await, status);
    }
    // Too many at a time wait.
    let mut statuses = Vec::new();
    for number in 0..60 {
        statuses.push(tells(&hook, &json!({ "id": number, "amount": 1 })).await);
    }
    assert!(statuses.contains(&202) && statuses.contains(&429), "{statuses:?}");
    admin.ask("/overlay revoke overlay:alerts what:donations").await.until("Revoked").await;
    assert_eq!(tells(&hook, &told).await, 404);
    world.end().await;
}
