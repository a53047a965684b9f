//! Many overlays on one machine, in one browser: each is connected, however few connections a browser has to a host.

use super::{
    browser::Browser,
    stage::{Page, follow, happens, key, shown_address},
};
use crate::world::World;

/// The seventh never loaded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_overlays_in_one_browser_are_all_connected_and_all_told() {
    let world = World::start().await;
    let admin = world.admin().await;
    let mut pages = Vec::new();
    for at in 0..8 {
        let told = admin.ask(&format!("/overlay create name:alerts-{at} kind:alerts")).await;
        told.until("Made").await;
        let address = shown_address(&told);
        let (host, _) = address.strip_prefix("http://").unwrap().split_once(".localhost:").unwrap();
        assert!((1..=63).contains(&host.len()) && host.bytes().all(|one| one.is_ascii_alphanumeric()), "{host}");
        assert!(!key(&address).contains(host) && !host.contains(&key(&address)[..6]), "{address}");
        pages.push((host.to_owned(), address));
    }
    // Donations are told by what is no browser, and does not know such a host.
    let hook = shown_address(&admin.ask("/overlay rotate overlay:alerts-0 what:donations").await);
    assert!(hook.starts_with(&world.web()), "{hook}");
    let pages: Vec<(&str, &str)> = pages.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    let mut browser = Browser::opens(&world, "many", &pages);
    browser.says("open").await;
    happens(&world, [follow("Ada")]).await;
    browser.tell("said").await;
    browser.ends().await;
    // It is the same place for whoever asks there by number.
    Page::open(&format!("{}/o/{}", world.web(), key(pages[0].1))).await;
    world.end().await;
}
