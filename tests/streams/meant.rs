//! Which channel is meant by what people type, where several are called alike, and where it is called in several ways.

use super::seen::beside;
use crate::world::World;

on_both_worlds! {
    what_is_called_alike_on_three_platforms_is_chosen_and_never_guessed
    a_channel_on_youtube_is_unfollowed_by_the_very_text_it_was_followed_with
}

const ADA: &str = "UCaaaaaaaaaaaaaaaaaaaaaa";
const BOB: &str = "UCbbbbbbbbbbbbbbbbbbbbbb";

async fn what_is_called_alike_on_three_platforms_is_chosen_and_never_guessed(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    clouds.youtube.add_channel(ADA, "ada", "Ada");
    clouds.kick.add_channel(2, "ada");
    for name in ["twitch.tv/ada", "youtube.com/@ada", "kick.com/ada"] {
        admin.ask(&format!("/stream follow name:{name}")).await.until("Following").await;
    }
    let offered = admin.client.autocomplete("/stream unfollow name:ada").await.unwrap();
    let offered: Vec<(String, String)> =
        offered.into_iter().map(|one| (one.name, one.value.as_str().unwrap().to_owned())).collect();
    let names: Vec<&str> = offered.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Ada · Twitch", "Ada · YouTube", "ada · Kick"]);
    assert_eq!(admin.offered("/stream test name:kick").await, ["ada · Kick"]);
    for line in ["/stream unfollow name:ada", "/stream test name:Ada"] {
        let answer = admin.ask(line).await;
        assert!(answer.is_private());
        assert_shown!(answer.masked().replace("`Ada`", "`ada`"), @r"
        ✕ **3 channels** are called `ada`
        – Ada on Twitch  `twitch.tv/ada`
        – Ada on YouTube  `youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa`
        – ada on Kick  `kick.com/ada`
        Name one as it stands there. Nothing was changed.
        -# ref REFERENCE · by <@…> · <t:…:R>
        ");
    }
    assert!(admin.ask("/stream list").await.text().contains("3 channels"));
    for (left, (name, value)) in offered.iter().enumerate().rev() {
        let answer = admin.ask(&format!("/stream unfollow name:{value}")).await;
        let (who, at) = name.split_once(" · ").unwrap();
        answer.until(&format!("{who} on {at}")).await;
        let list = admin.ask("/stream list").await;
        for (position, (other, _)) in offered.iter().enumerate() {
            let (_, at) = other.split_once(" · ").unwrap();
            assert_eq!(list.text().contains(&format!(" on {at}")), position < left, "{value}: {}", list.text());
        }
    }
    world.end().await;
}

async fn a_channel_on_youtube_is_unfollowed_by_the_very_text_it_was_followed_with(mut world: World) {
    let clouds = beside(&mut world).await;
    let admin = world.admin().await;
    clouds.youtube.add_channel(ADA, "ada", "Ada Lovelace");
    clouds.youtube.add_channel(BOB, "bob", "Robert");
    let wanted = admin.ask("/stream setup channel:#live").await;
    wanted.press(&admin, "Keep").await;
    wanted.until("are announced like this").await;
    for name in ["@ada", "youtube.com/@Ada", "https://www.youtube.com/@ada/live"] {
        admin.ask(&format!("/stream follow name:\"{name}\"")).await.until("**Following** Ada Lovelace").await;
        let asked = clouds.youtube.asked("/youtube/v3/channels").len();
        admin.ask(&format!("/stream test name:\"{name}\"")).await.until("an example of Ada Lovelace").await;
        admin.ask(&format!("/stream unfollow name:\"{name}\"")).await.until("**Unfollowed** Ada Lovelace").await;
        assert_eq!(clouds.youtube.asked("/youtube/v3/channels").len(), asked, "whose it is was known");
    }
    // One that was followed by its id is known by its handle to YouTube.
    let id = format!("/stream follow name:{BOB}");
    admin.ask(&id).await.until("**Following** Robert").await;
    let nobody = admin.ask("/stream unfollow name:@nobody").await;
    assert!(nobody.text().contains("No channel called `@nobody` is followed here"), "{}", nobody.text());
    admin.ask("/stream unfollow name:@bob").await.until("**Unfollowed** Robert").await;
    world.end().await;
}
