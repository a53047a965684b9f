//! Asked by a code that is typed at Twitch: whatever happens to the bot meanwhile, an account is connected once or not at all, and the card
//! says what to do.

use std::time::Duration;

use base::Clock;
use peers::clouds::{Fault, Twitch};

use crate::{
    people::{Person, Shown},
    world::World,
};

on_both_worlds! {
    killed_before_somebody_types_a_code_its_card_says_that_it_leads_nowhere
    killed_after_somebody_typed_a_code_nothing_is_connected_and_asked_anew_it_is_once
    killed_while_twitch_gives_nothing_is_connected_and_the_card_says_what_to_do
    killed_once_twitch_gave_the_next_process_connects_it_once
    a_code_that_nobody_types_in_time_says_that_its_time_is_up
}

const TOKEN: &str = "/id/oauth2/token";

/// The bot beside a Twitch that knows it by no secret, and no address of its own.
async fn beside(world: &mut World) -> Twitch {
    let twitch = Twitch::start("public-app", None);
    twitch.person("1001", "ada", "Ada");
    world.set_environment("TWITCH_CLIENT_ID", "public-app");
    world.set_environment("NEBULA_TWITCH_URL", &twitch.url());
    assert!(world.stop_bot().await);
    world.start_bot().await;
    twitch
}

/// The code on a card.
async fn code(shown: &Shown) -> String {
    shown.until("and type").await;
    shown.text().split("type `").nth(1).unwrap().split('`').next().unwrap().to_owned()
}

/// The bot dies, and another takes its place.
async fn killed(world: &mut World) {
    world.kill_bot();
    world.start_bot().await;
}

async fn has(person: &Person, accounts: &str) {
    person.ask("/connections").await.until(accounts).await;
}

/// Asked anew by the button of a card that says that nothing came of it, it is connected, once.
async fn connects_anew(twitch: &Twitch, member: &Person, card: &Shown) {
    has(member, "none yet").await;
    let again = card.try_press(member, "Connect Twitch").await.unwrap().answer().await;
    let code = code(&again).await;
    assert!(twitch.types(&code, "1001"));
    again.until("Connected").await;
    has(member, "1 connected").await;
}

async fn end(mut world: World, twitch: &Twitch) {
    for secret in twitch.words() {
        world.never_show(&secret);
    }
    world.end().await;
}

async fn killed_before_somebody_types_a_code_its_card_says_that_it_leads_nowhere(mut world: World) {
    let twitch = beside(&mut world).await;
    let member = world.member().await;
    let shown = member.ask("/connect twitch").await;
    let before = code(&shown).await;
    killed(&mut world).await;
    assert_shown!(shown.until("I was stopped").await.masked(), @r"
    ✕ **Not connected** to Twitch
    I was stopped while you were asked, and that code leads nowhere any more: connect anew. If Twitch lists me all the same, you can take that back there: https://www.twitch.tv/settings/connections. Nothing was kept.
    Connect Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Typed all the same, nobody asks what it is good for.
    let asked = twitch.asked(TOKEN).len();
    assert!(twitch.types(&before, "1001"));
    connects_anew(&twitch, &member, &shown).await;
    assert!(twitch.asked(TOKEN).len() > asked);
    assert_eq!(twitch.lent("1001"), 2, "a token, and what renews it");
    end(world, &twitch).await;
}

async fn killed_after_somebody_typed_a_code_nothing_is_connected_and_asked_anew_it_is_once(mut world: World) {
    let twitch = beside(&mut world).await;
    let member = world.member().await;
    let shown = member.ask("/connect twitch").await;
    let typed = code(&shown).await;
    // Nobody hears that it was typed.
    twitch.break_next(TOKEN, 1_000, Fault::Cut);
    assert!(twitch.types(&typed, "1001"));
    killed(&mut world).await;
    twitch.mend();
    shown.until("that code leads nowhere any more").await;
    assert_eq!(twitch.lent("1001"), 0);
    connects_anew(&twitch, &member, &shown).await;
    assert_eq!(twitch.lent("1001"), 2);
    end(world, &twitch).await;
}

async fn killed_while_twitch_gives_nothing_is_connected_and_the_card_says_what_to_do(mut world: World) {
    let twitch = beside(&mut world).await;
    let member = world.member().await;
    let shown = member.ask("/connect twitch").await;
    let typed = code(&shown).await;
    twitch.break_next(TOKEN, 1_000, Fault::AnswerLate(Duration::from_secs(8)));
    assert!(twitch.types(&typed, "1001"));
    world.until("Twitch gives", |_| twitch.lent("1001") > 0).await;
    killed(&mut world).await;
    twitch.mend();
    shown.until("If Twitch lists me all the same").await;
    connects_anew(&twitch, &member, &shown).await;
    end(world, &twitch).await;
}

async fn killed_once_twitch_gave_the_next_process_connects_it_once(mut world: World) {
    let twitch = beside(&mut world).await;
    let member = world.member().await;
    let shown = member.ask("/connect twitch").await;
    let typed = code(&shown).await;
    twitch.break_next("/helix/users", 1, Fault::AnswerLate(Duration::from_secs(3)));
    assert!(twitch.types(&typed, "1001"));
    world.until("Twitch is asked who they are", |_| !twitch.asked("/helix/users").is_empty()).await;
    killed(&mut world).await;
    shown.until("Connected").await.until("`Ada` on Twitch").await;
    has(&member, "1 connected").await;
    assert_eq!(twitch.lent("1001"), 2);
    end(world, &twitch).await;
}

async fn a_code_that_nobody_types_in_time_says_that_its_time_is_up(mut world: World) {
    let twitch = beside(&mut world).await;
    let member = world.member().await;
    // Twitch's own half an hour is longer than Discord lets a card be changed that only one person sees.
    let now = Clock::system().now().0 / 1_000;
    let shown = member.ask("/connect twitch").await;
    code(&shown).await;
    let ends: i64 = shown.text().split("ends <t:").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    assert!((now + 9 * 60..=now + 11 * 60).contains(&ends), "{now} {ends}");
    shown.press(&member, "Cancel").await;
    shown.until("It was stopped").await;
    twitch.codes_last(2);
    let shown = member.ask("/connect twitch").await;
    let late = code(&shown).await;
    assert_shown!(shown.until("Its time was up").await.masked(), @r"
    – **Not connected** to Twitch
    Its time was up. Nothing was kept.
    Connect Twitch
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(twitch.types(&late, "1001"));
    twitch.codes_last(1_800);
    connects_anew(&twitch, &member, &shown).await;
    end(world, &twitch).await;
}
