//! How members found it: asked once, in a direct message, and theirs alone to say.

use reqwest::Method;
use serde_json::json;

use super::desk::{Desk, Opened};
use crate::{
    people::{Person, Shown},
    world::World,
};

on_both_worlds! {
    whose_ticket_it_was_is_asked_once_how_it_went_and_can_say_otherwise
    whoever_was_sent_away_is_not_asked
    who_takes_no_direct_messages_is_asked_in_the_thread_and_nobody_else_answers
}

/// What only one person sees.
const PRIVATE: u64 = 1 << 6;

/// The channel of somebody's direct messages with the bot.
async fn direct(person: &Person, bot: &str) -> String {
    let body = json!({ "recipient_id": bot });
    let channel = person.client.rest(Method::POST, "/users/@me/channels", Some(&body)).await.unwrap();
    channel["id"].as_str().unwrap().to_owned()
}

fn bot(card: &Shown) -> String {
    card.message().raw["author"]["id"].as_str().unwrap().to_owned()
}

async fn rated(world: &World, number: i64) -> Option<(Option<i64>, Option<String>)> {
    let store = world.store().await;
    let ticket = store.ticket(world.guild(), number).await.unwrap().unwrap();
    let rating = store.ticket_rating(&ticket).await.unwrap();
    store.close().await;
    rating.map(|rating| (rating.stars, rating.comment))
}

async fn whose_ticket_it_was_is_asked_once_how_it_went_and_can_say_otherwise(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    let channel = direct(&desk.member, &bot(&card)).await;
    desk.helper.ask("/ticket close ticket:1 reason:\"It was refunded\"").await.until("Closed").await;
    let asked = desk.member.sees_in(&channel, "How was ticket 1?").await;
    assert_shown!(asked.masked(), @r"
    **How was ticket 1?**
    `Billing` · `Crew`
    It was closed: solved. `It was refunded`
    ★★★★★ very good
    5
    ★★★★☆ good
    4
    ★★★☆☆ so-so
    3
    ★★☆☆☆ bad
    2
    ★☆☆☆☆ very bad
    1
    Add a comment…
    -# only staff see what you say
    ");
    desk.until_locked(&thread, true).await;
    assert_eq!(rated(&world, 1).await, Some((None, None)));
    asked.try_press(&desk.member, "4").await.unwrap().answer().await.until("4 of 5").await;
    assert_eq!(rated(&world, 1).await, Some((Some(4), None)));
    let form = asked.try_press(&desk.member, "Add a comment…").await.unwrap().form();
    form.fill(&[("Comment", "quick and kind")]).await.until("quick and kind").await;
    asked.try_press(&desk.member, "2").await.unwrap().answer().await.until("2 of 5").await;
    assert_eq!(rated(&world, 1).await, Some((Some(2), Some("quick and kind".to_owned()))));
    // Closing it again asks nobody again, and a restart does not either.
    desk.helper.ask("/ticket reopen ticket:1").await.until("Reopened").await;
    desk.until_locked(&thread, false).await;
    desk.helper.ask("/ticket close ticket:1 reason:again").await.until("Closed").await;
    desk.until_locked(&thread, true).await;
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let seen = |one: &&serde_json::Value| one["flags"].as_u64().unwrap_or_default() & PRIVATE == 0;
    assert_eq!(world.sandbox.messages(&channel).iter().filter(seen).count(), 1);
    let stats = desk.helper.ask("/ticket stats").await;
    assert!(stats.text().contains("2.0 of 5 stars, 1 answer"), "{}", stats.text());
    world.end().await;
}

async fn whoever_was_sent_away_is_not_asked(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    let channel = direct(&desk.member, &bot(&card)).await;
    desk.helper.ask("/ticket close ticket:1 outcome:declined reason:no").await.until("Closed").await;
    desk.until_locked(&thread, true).await;
    assert_eq!((rated(&world, 1).await, world.sandbox.messages(&channel).len()), (None, 0));
    world.end().await;
}

async fn who_takes_no_direct_messages_is_asked_in_the_thread_and_nobody_else_answers(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    world.sandbox.close_direct_messages(&desk.member.id());
    let Opened { thread, .. } = desk.opens(&desk.member, "Billing").await;
    desk.helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;
    let asked = desk.member.sees_in(&thread, "How was ticket 1?").await;
    assert!(asked.message().raw["mentions"].to_string().contains(&desk.member.id()));
    let is_locked = async {
        while desk.thread(&thread).await["thread_metadata"]["locked"] != true {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, is_locked).await.expect("it is locked, and not put away");
    // Neither staff nor an administrator says how somebody else found it.
    for (person, why) in [(&desk.helper, "You may not"), (&desk.admin, "Only whose ticket it was")] {
        let refused = asked.seen_by(person).await.try_press(person, "5").await.unwrap().answer().await;
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    assert_eq!(rated(&world, 1).await, Some((None, None)));
    asked.seen_by(&desk.member).await.try_press(&desk.member, "5").await.unwrap().answer().await.until("5 of 5").await;
    assert_eq!(rated(&world, 1).await, Some((Some(5), None)));
    world.end().await;
}
