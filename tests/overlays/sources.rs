//! Whose accounts feed a guild's overlays: their own people's, by their own word, for as long as they are connected.

use store::overlays::Origin;

use crate::{
    accounts::browser::{allows, connects},
    world::World,
};

on_both_worlds! {
    a_streamers_own_account_feeds_the_overlays_until_somebody_takes_it_out
    an_account_that_is_gone_or_another_one_feeds_nothing
}

async fn a_streamers_own_account_feeds_the_overlays_until_somebody_takes_it_out(mut world: World) {
    let clouds = world.with_clouds().await;
    let admin = world.admin().await;
    let refused = admin.ask("/overlay source add platform:Twitch").await;
    assert!(refused.is_private());
    assert_shown!(refused.masked(), @r"
    ✕ **Twitch** does not feed the overlays
    You have connected no Twitch account. It feeds nothing yet.
    Connect Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Who is connected without these rights is asked for them, and keeps those they gave.
    connects(&world, &admin, "twitch").await;
    let refused = admin.ask("/overlay source add platform:Twitch").await;
    refused.until("You have not let me see what happens there").await;
    allows(&world, &admin, &refused, "Twitch").await;
    assert_shown!(admin.ask("/overlay source add platform:Twitch").await.masked(), @r"
    ✓ **Twitch** feeds the overlays
    `Ada`
    Everybody who watches sees follows, subscriptions, gifts, cheers, raids and the chat.
    Sources
    Remove
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    connects(&world, &admin, "spotify").await;
    admin.ask("/overlay source add platform:Spotify").await.until("the track that is playing").await;
    connects(&world, &admin, "kick").await;
    admin.ask("/overlay source add platform:Kick").await.until("tells only who has a public address").await;
    let list = admin.ask("/overlay source list").await;
    assert_shown!(list.masked(), @r"
    **Sources** 3
    ✓ Twitch  `Ada`  since <t:…:R> · <@…>
    Remove
    ✓ Spotify  `Ada S`  since <t:…:R> · <@…>
    Remove
    ✓ Kick  `AdaK`  since <t:…:R> · <@…>
    Remove
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let store = world.store().await;
    let known = store.overlay_sources_at(Origin::Twitch).await.unwrap();
    assert_eq!((known.len(), known[0].subject.as_str(), known[0].guild), (1, "1001", world.guild()));
    admin.ask("/overlay source remove platform:Spotify").await.until("feeds the overlays no longer").await;
    let nothing = admin.ask("/overlay source remove platform:Spotify").await;
    nothing.until("Nothing was changed").await;
    assert!(store.overlay_sources_at(Origin::Spotify).await.unwrap().is_empty());
    store.close().await;
    for secret in clouds.secrets() {
        world.never_show(&secret);
    }
    world.end().await;
}

async fn an_account_that_is_gone_or_another_one_feeds_nothing(mut world: World) {
    let clouds = world.with_clouds().await;
    let admin = world.admin().await;
    connects(&world, &admin, "spotify").await;
    connects(&world, &admin, "kick").await;
    for platform in ["Spotify", "Kick"] {
        admin.ask(&format!("/overlay source add platform:{platform}")).await.until("feeds the overlays").await;
    }
    // The same person connects another account: that one was never named.
    clouds.kick.person("3002", "ada-two", "AdaTwo");
    connects(&world, &admin, "kick").await;
    admin.ask("/overlay source list").await.until("**Sources** 1").await;
    let mine = admin.ask("/connections").await;
    mine.until("Connections").await;
    mine.press(&admin, "Spotify").await;
    mine.until("connected <t:").await;
    mine.press(&admin, "Disconnect").await;
    mine.until("Disconnected").await;
    admin.ask("/overlay source list").await.until("none yet").await;
    let store = world.store().await;
    assert!(store.overlay_sources_at(Origin::Spotify).await.unwrap().is_empty());
    store.close().await;
    for secret in clouds.secrets() {
        world.never_show(&secret);
    }
    world.end().await;
}
