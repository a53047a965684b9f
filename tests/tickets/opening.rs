//! By what else tickets are opened: posts in a forum, messages to the bot alone, and incidents.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, Opened, tickets};
use crate::{people::Person, world::World};

on_both_worlds! {
    a_post_in_a_forum_opens_one_private_ticket
    what_somebody_writes_to_the_bot_goes_where_they_say
    an_incident_and_its_tickets_know_each_other
}

const FORUM: u8 = 15;

async fn post(person: &Person, forum: &str, name: &str, text: &str) -> String {
    let body = json!({ "name": name, "message": { "content": text } });
    let made = person.client.rest(Method::POST, &format!("/channels/{forum}/threads"), Some(&body)).await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

async fn a_post_in_a_forum_opens_one_private_ticket(mut world: World) {
    let forum = Desk::make(&world, FORUM, "questions", None).await;
    let desk = Desk::with_billing(&world, "forum:#questions limit:2").await;
    let written = post(&desk.member, &forum, "Refund of May", "It was charged twice").await;
    let told = desk.member.sees_in(&written, "Opened").await;
    told.until("is where you are answered").await;
    let Opened { number, thread, card } = Opened::read(&desk.member, &told).await;
    assert_eq!(number, 1);
    assert!(card.text().contains("Refund of May") && card.text().contains("It was charged twice"), "{}", card.text());
    assert_eq!(desk.thread(&thread).await["type"], 12, "it is private");
    // Who started again, and who hears of it once more, opens no other.
    assert!(world.stop_bot().await);
    let second = post(&desk.member, &forum, "And of June", "As well").await;
    world.start_bot().await;
    desk.member.sees_in(&second, "Opened").await;
    assert_eq!(tickets(&world).await.len(), 2);
    let third = post(&desk.member, &forum, "And of July", "As well").await;
    let refused = desk.member.sees_in(&third, "No ticket was opened").await;
    assert!(refused.text().contains("as many open"), "{}", refused.text());
    desk.admin.ask("/ticket category edit category:Billing without:forum").await.until("Changed").await;
    world.end().await;
}

async fn what_somebody_writes_to_the_bot_goes_where_they_say(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let member = &desk.member;
    let to = json!({ "recipient_id": world.sandbox.application_id() });
    let direct: Value = member.client.rest(Method::POST, "/users/@me/channels", Some(&to)).await.unwrap();
    let direct = direct["id"].as_str().unwrap().to_owned();
    member.client.say(&direct, "My invoice is wrong").await.unwrap();
    let question = member.sees_in(&direct, "Open a ticket?").await;
    assert_shown!(question.masked(), @r"
    ! **Open a ticket?**
    What you wrote here goes to nobody yet. Choose whom it is for: it opens a ticket there, which you and its staff read.
    Where, and what is it about?
    Billing
    Crew
    -# what you add before you choose goes with it
    ");
    member.client.say(&direct, "It says 0 €").await.unwrap();
    assert_eq!(tickets(&world).await, [], "nothing is passed on before they chose");
    let _ = question.choose(member, "Where, and what is it about?", &["Billing"]).await;
    question.until("is where you are answered").await;
    let Opened { card, .. } = Opened::read(member, &question).await;
    assert!(card.text().contains("My invoice is wrong") && card.text().contains("It says 0 €"), "{}", card.text());
    let asked =
        world.sandbox.messages(&direct).iter().filter(|one| one.to_string().contains("My invoice is wrong")).count();
    assert_eq!(asked, 1, "nothing is repeated there");

    // Whoever is blocked is told so.
    desk.helper.ask("/ticket close ticket:1 reason:done").await.until("Closed").await;
    desk.helper.ask("/ticket blocked add member:@member reason:\"rude, twice\"").await.until("Blocked").await;
    member.client.say(&direct, "And another").await.unwrap();
    let is_asked = || {
        let asked = world.sandbox.messages(&direct).into_iter();
        asked.filter(|one| one.to_string().contains("Where, and what is it about?")).count()
    };
    world.until("they are asked again", |_| is_asked() >= 1).await;
    let question = member.sees_in(&direct, "Open a ticket?").await;
    let refused = question.choose(member, "Where, and what is it about?", &["Billing"]).await.answer().await;
    assert!(refused.text().contains("rude, twice"), "{}", refused.text());
    world.end().await;
}

async fn an_incident_and_its_tickets_know_each_other(world: World) {
    let desk = Desk::with_billing(&world, "limit:5").await;
    let ops = desk.reports(&world).await;
    let (admin, helper) = (&desk.admin, &desk.helper);
    admin.ask("/incident open title:\"checkout is slow\" severity:critical").await.until("Opened").await;
    let incident = helper.sees_in(&ops, "nobody has it").await;
    // Staff open one from its card; nobody else does.
    let refused = incident.seen_by(&desk.member).await.try_press(&desk.member, "Open a ticket").await.unwrap();
    let refused = refused.answer().await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    let told = incident.try_press(helper, "Open a ticket").await.unwrap().answer().await;
    told.until("is where you are answered").await;
    let Opened { thread, card, .. } = Opened::read(helper, &told).await;
    card.until("incident 1").await;
    assert!(card.text().contains("checkout is slow"), "{}", card.text());
    incident.until("about it: ticket 1").await;
    // Another is linked to it later.
    let other = desk.opens(&desk.member, "Billing").await;
    let refused = desk.member.ask("/ticket link ticket:2 incident:1").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    helper.ask("/ticket link ticket:2 incident:7").await.until("incident").await;
    let seen = helper.sees_in(&other.thread, "Ticket 2").await;
    let more = seen.try_press(helper, "More").await.unwrap().answer().await;
    more.choose(helper, "Link to an incident", &["incident 1"]).await.answer().await.until("Linked").await;
    other.card.until("incident 1").await;
    incident.until("ticket 1 · ticket 2").await;
    admin.ask("/incident resolve incident:1 what:\"an index was missing\"").await.until("Resolved").await;
    for (person, thread) in [(helper, &thread), (&desk.member, &other.thread)] {
        person.sees_in(thread, "Incident 1, which this is about, is over").await;
    }
    world.end().await;
}
