//! One's own stream, managed from Discord on all platforms at once: each says for itself how it went, and what can be put back is.

use serde_json::json;

use super::{
    browser::{allows, connects},
    end,
};
use crate::world::World;

on_both_worlds! {
    title_category_and_tags_are_set_everywhere_and_put_back
    what_a_platform_took_and_did_not_show_is_a_failure_with_its_reason
}

async fn title_category_and_tags_are_set_everywhere_and_put_back(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    member.ask("/stream title title:Hello").await.until("Nothing is connected").await;
    for platform in ["twitch", "kick", "youtube", "spotify"] {
        connects(&world, &member, platform).await;
    }
    clouds.twitch.channel("1001", |channel| "Before".clone_into(&mut channel.title));
    clouds.youtube.broadcast("g-2001", |live| {
        live.live = true;
        live.snippet = json!({ "title": "Before", "description": "Mine", "categoryId": "20", "tags": ["a"] });
    });
    // What was not given is asked for, and only that.
    let refused = member.ask("/stream title title:\"Rust all night\"").await;
    assert_shown!(refused.masked(), @r"
    ✕ **Set** the title: not done
    ✕ Twitch  You have not let me do that there yet.
    ✕ YouTube  You have not let me do that there yet.
    ✕ Kick  You have not let me do that there yet.
    Connect Twitch
    Connect YouTube
    Connect Kick
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    for platform in ["Twitch", "YouTube", "Kick"] {
        allows(&world, &member, &refused, platform).await;
    }
    let set = member.ask("/stream title title:\"Rust all night\"").await;
    assert_shown!(set.until("Set").await.masked(), @r"
    ✓ **Set** the title
    ✓ Twitch  `Rust all night`
    ✓ YouTube  `Rust all night`
    ✓ Kick  `Rust all night`
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let titles = || {
        [
            clouds.twitch.channel("1001", |channel| channel.title.clone()),
            clouds.youtube.broadcast("g-2001", |live| live.snippet["title"].as_str().unwrap_or_default().to_owned()),
            clouds.kick.channel("3001", |channel| channel.title.clone()),
        ]
    };
    assert_eq!(titles(), ["Rust all night"; 3]);
    assert_eq!(clouds.youtube.broadcast("g-2001", |live| live.snippet["description"].clone()), "Mine");
    set.press(&member, "Undo").await;
    set.until("Put back").await;
    assert_eq!(titles(), ["Before", "Before", ""]);

    assert_eq!(member.offered("/stream category on:Twitch category:che").await, ["Chess", "Chess Ultra"]);
    let set = member.ask("/stream category category:chess").await;
    assert_shown!(set.until("Set").await.masked(), @r"
    ! **Set** the category
    ✓ Twitch  `Chess`
    ✕ YouTube  It knows no category `chess`.
    ✓ Kick  `Chess`
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    set.press(&member, "Undo").await;
    set.until("Put back").await;
    assert_eq!(clouds.twitch.channel("1001", |channel| channel.category.clone()), "");
    member.ask("/stream tags tags:\"English, rust\" on:Twitch").await.until("`English` `rust`").await;
    assert_eq!(clouds.twitch.channel("1001", |channel| channel.tags.clone()), ["English", "rust"]);
    member.ask("/stream tags tags:two-words").await.until("is no tag").await;
    end(world, &clouds).await;
}

async fn what_a_platform_took_and_did_not_show_is_a_failure_with_its_reason(mut world: World) {
    let clouds = world.with_clouds().await;
    let member = world.member().await;
    clouds.twitch.person("1002", "grace", "Grace");
    clouds.twitch.consents_as("1001");
    for platform in ["twitch", "kick"] {
        connects(&world, &member, platform).await;
    }
    let refused = member.ask("/stream chat text:hello").await;
    allows(&world, &member, &refused, "Twitch").await;
    allows(&world, &member, &refused, "Kick").await;
    clouds.twitch.channel("1001", |channel| channel.drops = Some("Your message is being checked by mods."));
    let said = member.ask("/stream chat text:hello").await;
    assert_shown!(said.until("in chat").await.masked(), @r"
    ! **Said** in chat
    ✕ Twitch  It took the message and did not show it: `Your message is being checked by mods.`
    ✓ Kick  said
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    clouds.kick.channel("3001", |channel| channel.drops = true);
    member.ask("/stream chat text:again on:Kick").await.until("did not show it, without a word why").await;

    // Each asks for its own right, and keeps those before.
    for (line, done) in [
        ("/stream announce text:\"Back in five\"", "announced"),
        ("/stream marker what:\"first blood\"", "2 min 05 s in `first blood`"),
        ("/stream clip", "https://clips.twitch.tv/clip-1"),
        ("/stream raid channel:grace", "to `Grace`"),
    ] {
        let refused = member.ask(line).await;
        refused.until("not let me do that").await;
        allows(&world, &member, &refused, "Twitch").await;
        clouds.twitch.channel("1001", |channel| (channel.live, channel.clips_after) = (true, 2));
        member.ask(line).await.until(done).await;
    }
    clouds.twitch.channel("1001", |channel| {
        assert_eq!(
            (channel.chat.as_slice(), channel.raids.as_deref()),
            (&["/announce Back in five".to_owned()][..], Some("1002"))
        );
        channel.live = false;
    });
    member.ask("/stream raid").await.until("nobody is sent anywhere").await;
    // As long as it has not set off, its card undoes it.
    let begun = member.ask("/stream raid channel:grace").await;
    assert_shown!(begun.until("Began").await.masked(), @r"
    ✓ **Began** a raid
    ✓ Twitch  to `Grace`: it sets off by itself <t:…:R>, or with your press on Twitch
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    begun.press(&member, "Undo").await;
    begun.until("Called off").await.until("nobody is sent anywhere").await;
    assert_eq!(clouds.twitch.channel("1001", |channel| channel.raids.clone()), None);
    let begun = member.ask("/stream raid channel:grace").await;
    begun.until("Began").await;
    clouds.twitch.channel("1001", |channel| channel.raids = None);
    begun.press(&member, "Undo").await;
    assert_shown!(begun.until("too late").await.masked(), @r"
    ✕ **Called off** the raid: not done
    ✕ Twitch  It was too late: it has set off, or was called off there. Nothing was called off.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    member.ask("/stream clip").await.until("Nothing of yours is live there").await;
    member.ask("/stream marker").await.until("Nothing of yours is live there").await;
    member.ask("/stream raid channel:nobody_there").await.until("There is no channel").await;
    end(world, &clouds).await;
}
