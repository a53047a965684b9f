//! Tickets: from the panel to the last word, by every rule of a category, killed in the middle, and pressed by the wrong people.

mod desk;
mod drafts;
mod escalation;
mod hostile;
mod insight;
mod opening;
mod panels;
mod places;
mod reconcile;
mod replies;
mod rules;
mod satisfaction;
mod seeded;
pub(crate) mod transcripts;
mod walls;

use std::time::Duration;

use reqwest::Method;
use sandbox::Fault;
use serde_json::json;
use store::tickets::State;

use self::desk::{Desk, Opened, cards, drawn, tickets};
use crate::world::World;

on_both_worlds! {
    a_ticket_goes_from_the_panel_to_the_last_word
    every_button_of_a_ticket_is_refused_to_whoever_should_not_press_it
    a_form_is_refused_once_whoever_opened_it_answers_no_more
    of_two_who_claim_a_ticket_at_once_one_has_it
    killed_between_any_two_steps_a_ticket_has_one_thread_and_one_card
    the_member_is_asked_before_a_ticket_closes_where_that_is_wanted
    what_discord_archives_by_itself_goes_on
    a_member_who_says_nothing_is_warned_once_before_it_closes
    a_ticket_is_opened_from_a_message_and_for_somebody_else
}

#[expect(clippy::too_many_lines, reason = "a story reads best whole")]
async fn a_ticket_goes_from_the_panel_to_the_last_word(world: World) {
    let desk = Desk::of(&world).await;
    let (admin, member, helper) = (&desk.admin, &desk.member, &desk.helper);
    let made = admin
        .ask("/ticket panel create name:help title:\"Need help?\" text:\"Say what it is about.\" colour:green")
        .await;
    assert!(made.is_private());
    assert_shown!(made.masked(), @r"
    ✓ **Made** panel `help`
    `/ticket category add panel:help` says what can be asked for, and `/ticket panel send panel:help` puts it into a channel.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let nothing = admin.ask("/ticket panel send panel:help channel:#help").await;
    assert!(nothing.text().contains("has no categories"), "{}", nothing.text());
    let added = admin
        .ask("/ticket category add panel:help name:Billing staff:@Helpers emoji:💶 description:\"Invoices and refunds\" answer:1h solve:1d")
        .await;
    assert_shown!(added.masked(), @r"
    ✓ **Added** `Billing` to panel `help`
    <@…> answers
    `/ticket category questions` says what is asked, and `/ticket category role` who else answers, and who may ask.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let form = admin.slash("/ticket category questions category:Billing").await.form();
    let asked = form
        .fill(&[("Questions, a line each", "What is wrong?; long; 5-500\nOrder number; optional; such as 12345")])
        .await;
    assert_shown!(asked.masked(), @r"
    ✓ **Set** what is asked for `Billing`
    1. `What is wrong?`
    2. `Order number`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/ticket panel preview panel:help").await.masked(), @r"
    **Need help?**
    Say what it is about.
    💶 **Billing**
    Invoices and refunds
    Billing
    -# not sent yet · ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/ticket panel send panel:help channel:#help").await.until("Sent").await;
    let panel = desk.panel(member).await;
    assert_eq!(panel.buttons(), ["Billing"]);

    // What was typed is held to the rules of its question, whatever a client sends.
    let form = panel.try_press(member, "Billing").await.unwrap().form();
    let told = form.fill(&[("What is wrong?", "The invoice is wrong"), ("Order number", "12345")]).await;
    assert!(told.is_private());
    told.until("is where you are answered").await;
    let Opened { number, thread, card } = Opened::read(member, &told).await;
    assert_eq!(number, 1);
    assert_shown!(card.masked(), @r"
    ! **Ticket 1** `The invoice is wrong`
    open · normal priority · nobody has it
    first answer due <t:…:R> · solution due <t:…:R>
    `Billing` · opened by <@…> <t:…:R>
    **What is wrong?**
    ```
    The invoice is wrong
    ```
    **Order number**
    ```
    12345
    ```
    Claim
    Close…
    More
    -# <@…>
    ");
    // It is private, and those who answer are in it.
    let place = desk.thread(&thread).await;
    assert_eq!((&place["type"], &place["parent_id"]), (&json!(12), &json!(desk.channel)));
    let seen = helper.sees_in(&thread, "Ticket 1").await;
    let outsider = world.newcomer("outsider", &[]).await;
    assert!(outsider.client.rest(Method::GET, &format!("/channels/{thread}/messages"), None).await.is_err());
    seen.press(helper, "Claim").await;
    card.until("> has it").await;
    helper.client.say(&thread, "Which order is it?").await.unwrap();
    card.until("waiting for the member").await;
    member.client.say(&thread, "12345, as I wrote").await.unwrap();
    card.until("waiting for staff").await;
    let more = card.seen_by(helper).await.try_press(helper, "More").await.unwrap().answer().await;
    assert!(more.is_private());
    assert_shown!(more.masked(), @r"
    **Ticket 1**
    `The invoice is wrong`
    An answer in your name
    Reply…
    What Jarvis would answer; you send it or not
    Draft a reply
    What Jarvis makes of it
    Summarise
    Priority
    low priority
    normal priority
    high priority
    urgent
    Assign to
    Bring somebody along
    Have somebody leave
    Rename…
    Note…
    Block the member…
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    more.choose(helper, "Priority", &["high priority"]).await.answer().await.until("high priority").await;
    card.until("high priority").await;
    more.choose(helper, "Bring somebody along", &["@outsider"]).await.answer().await.until("is in it now").await;
    desk.comes_in(&outsider, &thread).await;
    outsider.sees_in(&thread, "Ticket 1").await.until("high priority").await;
    let note = more.try_press(helper, "Note…").await.unwrap().form();
    note.fill(&[("Note", "paid twice, in May")]).await.until("Noted").await;
    let rename = more.try_press(helper, "Rename…").await.unwrap().form();
    rename.fill(&[("What is it about?", "Paid twice")]).await.until("Renamed").await;
    card.until("Paid twice").await;
    let listed = helper.ask("/ticket list").await;
    assert!(listed.is_private());
    assert_shown!(listed.masked(), @r"
    **Tickets** 1 ticket
    `1`  <#…> · `Billing` · waiting for staff · high priority · <@…> has it · <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let close = card.seen_by(helper).await.try_press(helper, "Close…").await.unwrap().form();
    close.fill(&[("Why?", "It was refunded")]).await.until("Closed").await;
    card.until("closed").await;
    desk.until_locked(&thread, true).await;
    assert_eq!(card.buttons(), ["Reopen"]);
    member.sees_in(&thread, "closed it: solved").await;
    let shown = helper.ask("/ticket show ticket:1").await;
    assert!(shown.is_private());
    assert_shown!(shown.masked(), @r"
    ✓ **Ticket 1** `Paid twice`
    closed · high priority · <@…> has it
    solved · <@…>: `It was refunded`
    `Billing` · opened by <@…> <t:…:R>
    **What is wrong?**
    ```
    The invoice is wrong
    ```
    **Order number**
    ```
    12345
    ```
    In it: <@…>, <@…>
    <t:…:T> <@…> opened it
    <t:…:T> <@…> took it
    <t:…:T> <@…> made it high priority
    <t:…:T> <@…> brought <@…> along
    <t:…:T> <@…> noted for staff: `paid twice, in May`
    <t:…:T> <@…> called it `Paid twice`
    <t:…:T> <@…> closed it: solved. `It was refunded`
    -# <#…> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(
        !world.sandbox.messages(&thread).iter().any(|one| one.to_string().contains("in May")),
        "a note is for staff"
    );

    let stats = helper.ask("/ticket stats").await;
    assert!(stats.text().contains("0 open · 1 closed"), "{}", stats.text());
    let file = stats.try_press(helper, "As a file").await.unwrap().answer().await.file().await;
    let file = String::from_utf8(file).unwrap();
    assert!(file.lines().count() == 2 && file.contains("solved") && !file.contains("twice"), "{file}");

    helper.ask("/ticket reopen ticket:1").await.until("Reopened").await;
    desk.until_locked(&thread, false).await;
    card.until("waiting for staff").await;
    assert_eq!(cards(&world, &thread), 1);
    world.end().await;
}

async fn every_button_of_a_ticket_is_refused_to_whoever_should_not_press_it(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let (member, helper) = (&desk.member, &desk.helper);
    let opened = desk.opens(member, "Billing").await;
    let guest = world.newcomer("guest-star", &[]).await;
    helper.ask("/ticket people add ticket:1 person:@guest-star").await.until("Added").await;
    desk.comes_in(&guest, &opened.thread).await;
    drawn(&world, 1).await;
    let card = guest.sees_in(&opened.thread, "Ticket 1").await;
    // Whose it is may close it, and nothing else; whoever was brought along may nothing.
    for (person, labels) in [(member, &["Claim", "More"][..]), (&guest, &["Claim", "Close…", "More"])] {
        for label in labels {
            let refused = card.seen_by(person).await.try_press(person, label).await.unwrap().answer().await;
            assert!(refused.is_private() && refused.text().contains("You may not"), "{label}: {}", refused.text());
        }
    }
    for line in [
        "/ticket claim ticket:1",
        "/ticket show ticket:1",
        "/ticket list",
        "/ticket stats",
        "/ticket priority priority:urgent ticket:1",
        "/ticket move category:Billing ticket:1",
        "/ticket rename title:Mine ticket:1",
        "/ticket note text:mine ticket:1",
        "/ticket people add person:@admin ticket:1",
        "/ticket people remove person:@guest-star ticket:1",
        "/ticket assign ticket:1 to:@helper",
        "/ticket reopen ticket:1",
        "/ticket blocked add member:@admin reason:no",
        "/ticket blocked remove member:@admin",
        "/ticket reply text:mine ticket:1",
        "/ticket draft what:reply ticket:1",
        "/ticket saved set name:mine text:mine",
        "/ticket saved remove name:mine",
        "/ticket saved list",
        "/ticket panel preview panel:help",
        "/ticket category list",
    ] {
        let refused = member.ask(line).await;
        assert!(refused.is_private() && refused.text().contains("You may not"), "{line}: {}", refused.text());
    }
    let told = guest.ask("/ticket close ticket:1 reason:mine").await;
    assert!(told.text().contains("You may not"), "{}", told.text());
    // Somebody who does not answer cannot be given one, and whoever asks for help does not answer themselves.
    let refused = helper.ask("/ticket assign ticket:1 to:@member").await;
    assert!(refused.text().contains("does not answer"), "{}", refused.text());
    desk.admin.give(member, "Helpers").await;
    let refused = member.ask("/ticket claim ticket:1").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    assert_eq!(tickets(&world).await[0].course.owner, None);
    // Theirs it is to close.
    member.ask("/ticket close ticket:1 reason:\"it works\"").await.until("Closed").await;
    desk.until_locked(&opened.thread, true).await;
    let told = helper.ask("/ticket claim ticket:1").await;
    assert!(told.text().contains("is closed"), "{}", told.text());
    world.end().await;
}

async fn a_form_is_refused_once_whoever_opened_it_answers_no_more(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let opened = desk.opens(&desk.member, "Billing").await;
    drawn(&world, 1).await;
    let card = desk.helper.sees_in(&opened.thread, "Ticket 1").await;
    let forms = [
        (card.try_press(&desk.helper, "Close…").await.unwrap().form(), ("Why?", "done")),
        (desk.helper.slash("/ticket reply ticket:1").await.form(), ("Answer", "It was refunded")),
    ];
    desk.admin.take(&desk.helper, "Helpers").await;
    for (form, answer) in forms {
        let refused = form.fill(&[answer]).await;
        assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    }
    assert_eq!(tickets(&world).await[0].course.state, State::Open);
    world.end().await;
}

async fn of_two_who_claim_a_ticket_at_once_one_has_it(world: World) {
    let desk = Desk::with_billing(&world, "limit:25").await;
    let other = world.newcomer("other", &["Helpers"]).await;
    for round in 1..=3 {
        let asker = world.newcomer(&format!("asker-{round}"), &[]).await;
        let opened = desk.opens(&asker, "Billing").await;
        let card = desk.helper.sees_in(&opened.thread, "Ticket").await;
        let seen = card.seen_by(&other).await;
        let (one, two) = tokio::join!(card.try_press(&desk.helper, "Claim"), seen.try_press(&other, "Claim"));
        drop((one, two));
        card.until("> has it").await;
    }
    let taken = loop {
        let rows: Vec<String> = world.audited().await.into_iter().filter(|row| row.contains("ticket.claim")).collect();
        if rows.len() >= 6 && !rows.iter().any(|row| row.ends_with(": started")) {
            break rows;
        }
    };
    assert_eq!(taken.iter().filter(|row| row.ends_with(": done")).count(), 3, "{taken:#?}");
    assert_eq!(taken.iter().filter(|row| row.ends_with(": failed")).count(), 3, "{taken:#?}");
    world.end().await;
}

async fn killed_between_any_two_steps_a_ticket_has_one_thread_and_one_card(mut world: World) {
    let desk = Desk::with_billing(&world, "").await;
    desk.panel(&desk.member).await;
    for round in 0..6_u64 {
        let asker = world.newcomer(&format!("asker-{round}"), &[]).await;
        // Discord takes it and its answer is lost, in every other round: nobody but it knows.
        if round % 2 == 1 {
            let route = ["POST /channels/{channel_id}/threads", "POST /channels/{channel_id}/messages"];
            let fault = Fault::lost_answer().on(route[usize::try_from(round / 2 % 2).unwrap()]).times(1);
            world.sandbox.inject(fault).unwrap();
        }
        let panel = desk.panel(&asker).await;
        let pressed = tokio::spawn(async move { panel.try_press(&asker, "Billing").await.is_ok() });
        // From then on it is on record, and whatever comes after is cut off somewhere.
        let before = usize::try_from(round).unwrap();
        while tickets(&world).await.len() <= before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(40 * round)).await;
        world.kill_bot();
        world.sandbox.excuse_unacknowledged();
        world.start_bot().await;
        pressed.abort();
    }
    let all_stand = async {
        loop {
            let all = tickets(&world).await;
            if all.iter().all(|ticket| ticket.message.is_some() && ticket.staffed) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let all = tokio::time::timeout(crate::world::SOON, all_stand).await.expect("each is shown");
    assert_eq!(all.len(), 6);
    let threads = desk.threads(&world).await;
    for ticket in all {
        let begins = format!("#{} ", ticket.number);
        let its: Vec<_> = threads.iter().filter(|(name, _)| name.starts_with(&begins)).collect();
        assert_eq!(its.len(), 1, "{begins}has {its:?}");
        let thread = &its[0].1;
        assert_eq!(ticket.thread.map(|thread| thread.to_string()).as_ref(), Some(thread));
        assert_eq!(cards(&world, thread), 1, "{begins}has one card");
        let members =
            desk.admin.client.rest(Method::GET, &format!("/channels/{thread}/thread-members"), None).await.unwrap();
        let ids: Vec<&str> = members.as_array().unwrap().iter().filter_map(|one| one["user_id"].as_str()).collect();
        assert!(
            ids.contains(&ticket.member.to_string().as_str()) && ids.contains(&desk.helper.id().as_str()),
            "{ids:?}"
        );
    }
    world.end().await;
}

async fn the_member_is_asked_before_a_ticket_closes_where_that_is_wanted(world: World) {
    let desk = Desk::with_billing(&world, "confirm:1h limit:5").await;
    let (member, helper) = (&desk.member, &desk.helper);
    let Opened { thread, card, .. } = desk.opens(member, "Billing").await;
    helper.ask("/ticket close ticket:1 reason:\"it was refunded\" outcome:solved").await.until("Asked").await;
    card.until("solved, as staff see it").await;
    assert_shown!(card.masked(), @r"
    ◐ **Ticket 1** `Billing`
    solved, as staff see it · normal priority · nobody has it
    <@…>, is it? It closes <t:…:R> unless you say otherwise.
    solved · <@…>: `it was refunded`
    `Billing` · opened by <@…> <t:…:R>
    Yes, close it
    Not yet
    More
    ");
    assert_eq!(desk.thread(&thread).await["thread_metadata"]["locked"], false);
    // Whoever writes says that it goes on.
    member.client.say(&thread, "I see nothing yet").await.unwrap();
    card.until("waiting for staff").await;
    member.sees_in(&thread, "says that it goes on").await;
    helper.ask("/ticket close ticket:1 reason:\"now it was\"").await.until("Asked").await;
    card.until("now it was").await;
    card.press(member, "Yes, close it").await;
    desk.until_locked(&thread, true).await;
    // And where nobody says anything, it closes when its time has come.
    desk.admin.ask("/ticket category edit category:Billing confirm:1s cooldown:none").await.until("Changed").await;
    let second = world.newcomer("second", &[]).await;
    let Opened { number, thread, .. } = desk.opens(&second, "Billing").await;
    helper.ask(&format!("/ticket close ticket:{number} reason:done")).await.until("Asked").await;
    desk.until_locked(&thread, true).await;
    helper.ask(&format!("/ticket show ticket:{number}")).await.until("did not say otherwise").await;
    world.end().await;
}

async fn what_discord_archives_by_itself_goes_on(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    let path = format!("/channels/{thread}");
    desk.admin.client.rest(Method::PATCH, &path, Some(&json!({ "archived": true }))).await.unwrap();
    let listed = desk.helper.ask("/ticket list").await;
    assert!(listed.text().contains("1 ticket"), "{}", listed.text());
    // What changes is drawn all the same.
    desk.helper.ask("/ticket claim ticket:1").await.until("Claimed").await;
    card.until("> has it").await;
    let state = desk.thread(&thread).await["thread_metadata"].clone();
    assert_eq!((&state["archived"], &state["locked"]), (&json!(false), &json!(false)));
    // Its card is taken away: another takes its place.
    let path = format!("/channels/{thread}/messages/{}", card.message().id());
    desk.admin.client.rest(Method::DELETE, &path, None).await.unwrap();
    desk.helper.ask("/ticket priority priority:urgent ticket:1").await.until("Set").await;
    desk.member.sees_in(&thread, "urgent").await;
    // Its thread is deleted: it is neither closed nor forgotten.
    desk.admin.client.rest(Method::DELETE, &format!("/channels/{thread}"), None).await.unwrap();
    desk.helper.ask("/ticket priority priority:low ticket:1").await.until("Set").await;
    let is_told = async {
        while !desk.helper.ask("/ticket list").await.text().contains("cannot be shown: Its thread was deleted") {}
    };
    tokio::time::timeout(crate::world::SOON, is_told).await.expect("staff are told");
    world.end().await;
}

async fn a_member_who_says_nothing_is_warned_once_before_it_closes(world: World) {
    let desk = Desk::with_billing(&world, "idle:2s").await;
    let Opened { thread, card, .. } = desk.opens(&desk.member, "Billing").await;
    desk.helper.client.say(&thread, "Which order is it?").await.unwrap();
    let warned = desk.member.sees_in(&thread, "Staff wait for you").await;
    assert!(warned.message().raw["mentions"].to_string().contains(&desk.member.id()));
    card.until("no answer came").await;
    desk.until_locked(&thread, true).await;
    let said =
        world.sandbox.messages(&thread).iter().filter(|one| one.to_string().contains("Staff wait for you")).count();
    assert_eq!(said, 1);
    world.end().await;
}

async fn a_ticket_is_opened_from_a_message_and_for_somebody_else(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let ops = world.sandbox.channel_id("ops").unwrap();
    desk.member.client.say(&ops, "my invoice says 0 €").await.unwrap();
    let told = desk.member.use_on("my invoice says", "Open a ticket").await.answer().await;
    told.until("is where you are answered").await;
    let Opened { card, .. } = Opened::read(&desk.member, &told).await;
    assert_shown!(card.masked(), @r"
    ! **Ticket 1** `my invoice says 0 €`
    open · normal priority · nobody has it
    `Billing` · opened by <@…> <t:…:R> · [the message](https://discord.com/channels/…)
    **The message**
    ```
    my invoice says 0 €
    ```
    Claim
    Close…
    More
    -# <@…>
    ");
    // Where several things can be asked for, whoever asks says which.
    desk.admin.ask("/ticket category add panel:help name:Shipping staff:@Helpers").await.until("Added").await;
    let other = world.newcomer("other", &[]).await;
    other.client.read_history(&ops).await.unwrap();
    let choose = other.use_on("my invoice says", "Open a ticket").await.answer().await;
    assert!(choose.is_private());
    let told = choose.choose(&other, "What is it about?", &["Shipping"]).await.answer().await;
    told.until("is where you are answered").await;

    let refused = desk.member.ask("/ticket open category:Shipping member:@other").await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    desk.helper.ask("/ticket open category:Shipping member:@member").await.until("Opened").await;
    let all = tickets(&world).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[2].member.to_string(), desk.member.id());
    world.end().await;
}
