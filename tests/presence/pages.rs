//! What plays, on the pages of overlays.

use peers::clouds::Fault;
use store::overlays::Origin;

use super::scene::{ADA, CREW, FRIENDS, Scene};
use crate::{
    accounts::browser::connects,
    overlays::stage::{Page, key, made},
    world::World,
};

const PLAYER: &str = "/api/v1/me/player/currently-playing";

on_both_databases! {
    a_track_is_told_once_a_change_to_pages_that_are_open_and_one_account_is_one_question
    silence_changes_nothing_and_an_account_that_is_gone_plays_nothing
    plex_plays_on_pages_of_its_own_guild_where_no_account_does
}

on_both_worlds! {
    what_spotify_plays_is_on_the_page_and_gone_with_the_account
}

async fn a_track_is_told_once_a_change_to_pages_that_are_open_and_one_account_is_one_question(scene: Scene) {
    let spotify = &scene.clouds.spotify;
    scene.has_spotify(&[CREW, FRIENDS]).await;
    spotify.plays("ada.s", "Clair de lune", &["Debussy"]);
    scene.later(60).await;
    assert!(spotify.asked(PLAYER).is_empty() && scene.told().is_empty(), "nobody looks");

    *scene.pages.open.lock().unwrap() = vec![CREW, FRIENDS];
    scene.looks().await;
    let told = |track: Option<&str>| vec![(CREW, track.map(str::to_owned)), (FRIENDS, track.map(str::to_owned))];
    assert_eq!(scene.told(), told(Some("Clair de lune by Debussy")));
    assert_eq!(spotify.asked(PLAYER).len(), 1);
    for _ in 0..3 {
        scene.later(7).await;
    }
    assert!(scene.told().is_empty(), "the same track is not told again");
    assert_eq!(spotify.asked(PLAYER).len(), 4);
    spotify.plays("ada.s", "So What", &["Miles Davis", "John Coltrane"]);
    scene.later(7).await;
    assert_eq!(scene.told(), told(Some("So What by Miles Davis, John Coltrane")));
    spotify.pauses("ada.s");
    scene.later(7).await;
    assert_eq!(scene.told(), told(None));
    spotify.stops("ada.s");
    scene.later(7).await;
    assert!(scene.told().is_empty());
    spotify.plays("ada.s", "So What", &["Miles Davis"]);
    scene.later(7).await;
    assert_eq!(scene.told(), told(Some("So What by Miles Davis")));
    // The last page is closed: nobody is asked any more, and what was played does not stand there for ever.
    scene.pages.open.lock().unwrap().clear();
    scene.looks().await;
    assert_eq!(scene.told(), told(None));
    let asked = spotify.asked(PLAYER).len();
    scene.later(60).await;
    assert_eq!(spotify.asked(PLAYER).len(), asked);
}

async fn silence_changes_nothing_and_an_account_that_is_gone_plays_nothing(scene: Scene) {
    let spotify = &scene.clouds.spotify;
    scene.has_spotify(&[CREW]).await;
    spotify.plays("ada.s", "So What", &["Miles Davis"]);
    *scene.pages.open.lock().unwrap() = vec![CREW, FRIENDS];
    scene.looks().await;
    assert_eq!(scene.told(), [(CREW, Some("So What by Miles Davis".to_owned()))], "the others have no account there");
    // It wants to be left alone for a while, and is; what it said before still counts.
    spotify.break_next(PLAYER, 1, Fault::Status(429, vec![("Retry-After", "60".to_owned())]));
    scene.later(7).await;
    let asked = spotify.asked(PLAYER).len();
    for _ in 0..8 {
        scene.later(7).await;
    }
    assert_eq!((spotify.asked(PLAYER).len(), scene.told()), (asked, Vec::new()));
    scene.later(7).await;
    assert_eq!(spotify.asked(PLAYER).len(), asked + 1);
    spotify.break_next(PLAYER, 100, Fault::Status(503, Vec::new()));
    for _ in 0..17 {
        scene.later(7).await;
    }
    assert!(scene.told().is_empty(), "not yet two minutes");
    scene.later(7).await;
    assert_eq!(scene.told(), [(CREW, None)]);
    spotify.mend();
    scene.later(7).await;
    assert_eq!(scene.told(), [(CREW, Some("So What by Miles Davis".to_owned()))]);
    // A token that is taken no more is renewed, and nobody notices.
    spotify.take_access();
    scene.later(7).await;
    assert_eq!((scene.told(), spotify.renewals()), (Vec::new(), 1));
    let account = scene.store.account(ADA, "spotify").await.unwrap().unwrap();
    assert!(scene.store.remove_account(&account).await.unwrap());
    assert!(scene.store.overlay_sources_at(Origin::Spotify).await.unwrap().is_empty());
    scene.looks().await;
    assert_eq!(scene.told(), [(CREW, None)]);
}

async fn plex_plays_on_pages_of_its_own_guild_where_no_account_does(scene: Scene) {
    scene.has_spotify(&[CREW]).await;
    scene.has_plex(CREW, "Ada").await;
    scene.plex.hears("Ada", "Naima", "John Coltrane");
    *scene.pages.open.lock().unwrap() = vec![CREW, FRIENDS];
    scene.looks().await;
    assert_eq!(scene.told(), [(CREW, Some("Naima by John Coltrane".to_owned()))]);
    scene.clouds.spotify.plays("ada.s", "So What", &["Miles Davis"]);
    scene.later(7).await;
    assert_eq!(scene.told(), [(CREW, Some("So What by Miles Davis".to_owned()))]);
    scene.clouds.spotify.pauses("ada.s");
    scene.later(7).await;
    assert_eq!(scene.told(), [(CREW, Some("Naima by John Coltrane".to_owned()))]);
    // Nothing of it is in the status, where nobody shares it.
    scene.wishes(&["plex"], "").await;
    scene.later(15).await;
    assert_eq!(scene.says(), "");
}

async fn what_spotify_plays_is_on_the_page_and_gone_with_the_account(mut world: World) {
    let clouds = world.with_clouds().await;
    let admin = world.admin().await;
    connects(&world, &admin, "spotify").await;
    admin.ask("/overlay source add platform:Spotify").await.until("feeds the overlays").await;
    clouds.spotify.plays("ada.s", "Clair de lune | live", &["Debussy"]);
    let address = made(&admin, "track", "now playing").await;
    let mut page = Page::open(&format!("{}/o/{}", world.web(), key(&address))).await;
    assert_eq!(page.hears("now").await["state"]["words"], serde_json::json!(["Clair de lune ¦ live", "Debussy"]));
    // One that is made in the middle of a track shows it, and waits for no other.
    let late = made(&admin, "late", "now playing").await;
    let late = Page::open(&format!("{}/o/{}", world.web(), key(&late))).await;
    assert_eq!(late.hello["state"]["words"], serde_json::json!(["Clair de lune ¦ live", "Debussy"]));
    clouds.spotify.plays("ada.s", "<script>alert(1)</script>", &["Nobody"]);
    assert_eq!(page.hears("now").await["state"]["words"][0], "<script>alert(1)</script>", "a page has it as a text");
    // Whoever disconnects plays nothing here any more.
    let list = admin.ask("/connections").await;
    list.press(&admin, "Spotify").await;
    list.until("connected <t:").await;
    list.press(&admin, "Disconnect").await;
    let now = page.hears("now").await;
    assert_eq!(now["state"]["shown"], false, "{now}");
    for secret in clouds.secrets() {
        world.never_show(&secret);
    }
    world.end().await;
}
