//! A follow's own channel, member, words and filters: set with the follow, changed one by one, and taken away again.

use base::UserId;
use sandbox::client::message_text;
use store::streams::{Filters, NewFollow};

use super::{
    scene::now,
    seen::{beside, live, says},
};
use crate::world::World;

on_both_worlds! {
    following_again_changes_what_is_named_and_nothing_else
    a_follow_is_told_of_in_its_own_channel_with_its_own_words_and_filters
}

/// What the guild's only follow has of its own.
async fn own(world: &World) -> NewFollow {
    let store = world.store().await;
    let follows = store.stream_follows(world.guild()).await.unwrap();
    store.close().await;
    assert_eq!(follows.len(), 1);
    follows[0].0.own.clone()
}

async fn following_again_changes_what_is_named_and_nothing_else(mut world: World) {
    let _clouds = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    let ops: u64 = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
    let follow = async |options: &str| admin.ask(&format!("/stream follow name:twitch.tv/ada {options}")).await;
    let all = r#"channel:#ops member:@member template:"{user} now" games:Chess words:"speedrun*, any%""#;
    assert_shown!(follow(all).await.masked(), @r"
    ✓ **Following** Ada on Twitch
    announced in <#…>
    – announced in <#…>, a channel of its own
    – the channel of <@…>
    – says `{user} now`
    – only games `Chess`
    – only titles with `speedrun*`, `any%`
    Channel
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let filters = Filters { games: list(&["Chess"]), words: list(&["speedrun*", "any%"]), ..Filters::default() };
    let mut kept = NewFollow {
        channel: Some(ops),
        template: Some("{user} now".to_owned()),
        filters: Some(filters.clone()),
        member: Some(UserId(member.id().parse().unwrap())),
    };
    assert_eq!(own(&world).await, kept);
    assert_shown!(follow("tags:English").await.masked(), @r"
    ✓ **Changed** how Ada on Twitch is followed
    announced in <#…>
    – only tags `English`
    The rest stays as it was.
    Channel
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    kept.filters = Some(Filters { tags: list(&["English"]), ..filters.clone() });
    assert_eq!(own(&world).await, kept);
    assert_shown!(follow("").await.masked(), @r"
    – **Followed already** Ada on Twitch
    announced in <#…>
    Nothing was changed.
    Channel
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(own(&world).await, kept);
    // Each is taken away by a word of its own.
    assert_shown!(follow("template:none words:none without:member").await.masked(), @r"
    ✓ **Changed** how Ada on Twitch is followed
    announced in <#…>
    – no member's channel any more
    – says what all announcements say
    – no longer only some titles
    The rest stays as it was.
    Channel
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    (kept.template, kept.member) = (None, None);
    kept.filters = Some(Filters { words: Vec::new(), tags: list(&["English"]), ..filters });
    assert_eq!(own(&world).await, kept);
    follow("without:filters").await.until("filtered as all are").await;
    assert_shown!(follow("without:channel").await.masked(), @r"
    ✓ **Changed** how Ada on Twitch is followed
    ! There is no channel yet: `/stream setup channel:` says where streams are announced.
    – announced where all are
    The rest stays as it was.
    Channel
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(own(&world).await, NewFollow::default());
    world.end().await;
}

async fn a_follow_is_told_of_in_its_own_channel_with_its_own_words_and_filters(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    clouds.twitch.add_channel("2", "bob", "Bob");
    let wanted = admin.ask("/stream setup channel:#live template:\"{user} is on\" games:Go").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    admin.ask("/stream follow name:twitch.tv/bob").await.until("Following").await;
    let own = r#"channel:#ops template:"{user} plays {game} on {platform}" games:Chess words:"final*""#;
    admin.ask(&format!("/stream follow name:twitch.tv/ada {own}")).await.until("a channel of its own").await;
    // Neither the game nor the title alone is enough; what holds for all the others does not hold for it.
    clouds.twitch.go_live("1", "stream-1", "Finals day", "Go", now());
    clouds.twitch.go_live("2", "stream-2", "Hello", "Go", now());
    says(&world, "Bob is on").await;
    let ops = world.sandbox.channel_id("ops").unwrap();
    let told = |world: &World| {
        let all = world.sandbox.messages(&ops).into_iter().map(|one| message_text(&one));
        all.filter(|text| text.contains("Ada plays")).collect::<Vec<_>>()
    };
    assert!(told(&world).is_empty());
    clouds.twitch.go_live("1", "stream-1", "Finals day", "Chess", now());
    world.until("it is told where it is to be", |world| !told(world).is_empty()).await;
    assert!(told(&world)[0].contains("**Ada** is live on Twitch"), "{:?}", told(&world));
    assert!(told(&world)[0].contains("Ada plays Chess on Twitch"), "{:?}", told(&world));
    assert_eq!((told(&world).len(), live(&world).len()), (1, 1));
    world.end().await;
}
