//! Keys: what each opens, for how long, and where it is seen.

use std::time::Duration;

use base::{Clock, Millis, Redactor};
use overlays::Overlays;
use serde_json::json;

use super::stage::{Page, address, follow, happens, key, made, opened};
use crate::world::World;

on_both_worlds! {
    a_key_opens_one_overlay_of_one_kind_until_it_is_rotated_or_revoked
    an_address_is_in_no_log_no_row_no_referrer_and_no_cache
    a_key_does_not_end_by_itself_in_mid_stream
}

/// Tokens that opened any kind, could not be revoked, and were found by a guessable id.
async fn a_key_opens_one_overlay_of_one_kind_until_it_is_rotated_or_revoked(world: World) {
    let admin = world.admin().await;
    let (alerts, goal) = (made(&admin, "alerts", "alerts").await, made(&admin, "goal", "goal").await);
    let (base, _) = alerts.rsplit_once('/').unwrap();
    assert!(opened(&alerts).await.2.contains("alerts.js") && opened(&goal).await.2.contains("goal.js"));

    // Nothing else opens anything: not the name, not the row, not the hash that is kept, not a part of the key.
    let store = world.store().await;
    let row = store.overlay(world.guild(), "alerts").await.unwrap().unwrap();
    let hash = row.key_hash.clone().unwrap();
    let missing = opened(&format!("{base}/{}", "0".repeat(32))).await;
    assert_eq!(missing.0, 404);
    for other in
        ["alerts", &row.id, &hash, &key(&alerts)[..31], &key(&alerts).to_uppercase(), "x", "%00", &"0".repeat(5_000)]
    {
        let answer = opened(&format!("{base}/{other}")).await;
        assert!(answer.0 == 404 && answer.2 == missing.2, "{other}: {answer:?}");
        assert_eq!(opened(&format!("{base}/{other}/events")).await.0, 404, "{other}");
    }
    // What happens elsewhere it is not told of.
    let mut page = Page::open(&alerts).await;
    admin.ask("/overlay test overlay:goal").await.until("No page").await;
    page.shows_nothing().await;

    // Rotated: pages with the key before are closed, and it opens nothing.
    let told = admin.ask("/overlay rotate overlay:alerts").await;
    assert!(told.is_private());
    let rotated = address(&told);
    page.ends().await;
    let answer = opened(&alerts).await;
    assert_eq!((answer.0, &answer.2), (404, &missing.2));
    let mut page = Page::open(&rotated).await;
    happens(&world, [follow("Ada")]).await;
    assert_eq!(page.shows().await["name"], "Ada");
    let revoked = admin.ask("/overlay revoke overlay:alerts").await;
    assert!(revoked.text().contains("1 page closed"), "{}", revoked.text());
    page.ends().await;
    let answer = opened(&rotated).await;
    assert_eq!((answer.0, &answer.2), (404, &missing.2));
    assert_eq!(opened(&goal).await.0, 200);

    // Where overlays are off, nothing is opened.
    admin.ask("/feature off feature:overlays").await.until("Switched off").await;
    assert_eq!(opened(&goal).await.0, 404);
    admin.ask("/feature on feature:overlays").await.until("Switched on").await;
    assert_eq!(opened(&goal).await.0, 200);
    store.close().await;
    world.end().await;
}

/// Tokens that leaked in logs and referrers, and were kept as they are.
async fn an_address_is_in_no_log_no_row_no_referrer_and_no_cache(world: World) {
    let admin = world.admin().await;
    let page = made(&admin, "alerts", "alerts").await;
    let told = admin.ask("/overlay rotate overlay:alerts what:donations").await;
    let hook = address(&told);
    assert!(hook.contains("/o/hooks/"), "{hook}");
    let (status, headers, html) = opened(&page).await;
    assert_eq!(status, 200);
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    let policy = header("content-security-policy");
    for part in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert!(headers.get("access-control-allow-origin").is_none());
    assert!(!html.contains(&key(&page)) && !html.contains("<style") && !html.contains("onload"), "{html}");
    Page::open(&page).await;
    opened(&format!("{page}/file/{}", "0".repeat(64))).await;
    for key in [key(&page), key(&hook)] {
        assert!(!world.log().contains(&key), "it is in the log");
        let store = world.store().await;
        let kept = store.overlay(world.guild(), "alerts").await.unwrap().unwrap();
        assert!(!format!("{kept:?}").contains(&key));
        let told = format!("{:?}", world.audit().await);
        assert!(!told.contains(&key), "it is in the audit log");
        store.close().await;
    }
    world.end().await;
}

/// Tokens that ended after a day, in the middle of a stream.
async fn a_key_does_not_end_by_itself_in_mid_stream(world: World) {
    let admin = world.admin().await;
    let page = made(&admin, "alerts", "alerts").await;
    let (now, year) = (Clock::system().now(), Duration::from_hours(400 * 24));
    let store = world.store_at(Clock::manual(Millis(now.0).plus(year))).await;
    let overlays = Overlays::new(store.clone(), Clock::manual(now.plus(year)), Redactor::default());
    assert_eq!(overlays.at(&key(&page)).await.unwrap().unwrap().name, "alerts");
    overlays.tidy().await.unwrap();
    assert!(overlays.at(&key(&page)).await.unwrap().is_some());
    store.close().await;
    let mut page = Page::open(&page).await;
    admin.ask("/overlay test overlay:alerts").await.until("Shown").await;
    assert_eq!(page.shows().await["what"], json!("follow"));
    world.end().await;
}
