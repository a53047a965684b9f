//! What a guild is told when the bot joins.

use reqwest::Method;

use crate::world::World;

on_both_worlds! {
    a_guild_is_welcomed_once_each_time_the_bot_joins
}

async fn a_guild_is_welcomed_once_each_time_the_bot_joins(mut world: World) {
    let admin = world.admin().await;
    let general = world.sandbox.channel_id("general").unwrap();
    let welcomes = |world: &World| {
        let all = world.sandbox.messages(&general);
        all.iter().filter(|message| message.to_string().contains("runs your servers")).count()
    };
    assert_eq!(welcomes(&world), 0, "whoever has known it for a year is not greeted");
    for times in 1..=2 {
        let member = format!("/guilds/{}/members/{}", world.guild(), world.sandbox.application_id());
        admin.client.rest(Method::DELETE, &member, None).await.unwrap();
        world.sandbox.let_bot_in();
        world.until("it says hello", |world| welcomes(world) == times).await;
        // Joins are told apart by their time, which Discord gives in seconds.
        world.sandbox.advance(std::time::Duration::from_secs(2));
    }
    assert!(world.stop_bot().await);
    world.start_bot().await;
    admin.ask("/feature list").await.until("Features").await;
    assert_eq!(welcomes(&world), 2, "a restart tells of every guild again");

    admin.client.go("general").unwrap();
    let card = admin.client.wait_for("the welcome", crate::world::SOON, |state| {
        state.messages(&general).find(|message| message.raw.to_string().contains("runs your")).cloned()
    });
    let card = card.await.unwrap();
    assert_shown!(sandbox::client::message_text(&card.raw), @r"
    **Nebula** runs your servers from here
    Nothing is connected yet, and only administrators may do anything.
    Set up where incidents go, who the operators are, and what is on. It takes a minute.
    Set up
    ");
    let opened = admin.client.press(&card, "Set up").await.unwrap();
    let wizard = admin.client.answer(&opened, crate::world::SOON).await.unwrap();
    assert!(wizard.is_ephemeral() && wizard.raw.to_string().contains("step 1 of 4"));
    world.end().await;
}
