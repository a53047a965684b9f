//! The status as people set it, lend to it and see it under the bot's name.

use peers::clouds::{Fault, Lanyard, Plex};
use serde_json::json;

use super::scene::TOKEN;
use crate::world::World;

on_both_worlds! {
    the_status_is_set_shared_shown_and_taken_off
    plex_is_set_by_a_form_that_tells_no_token_and_its_trouble_is_shown
    nobody_lends_for_another_and_no_server_decides_that_was_not_named
    the_doctor_says_what_is_wrong_around_the_status_and_what_to_do
}

/// The bot beside what plays, with the feature on, in a guild that decides about the status.
async fn beside(world: &mut World) -> (Plex, Lanyard) {
    let (plex, lanyard) = (Plex::start(TOKEN), Lanyard::start());
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_PRESENCE_GUILDS", &guild);
    world.set_environment("NEBULA_LOCAL_GUILDS", &guild);
    world.set_environment("NEBULA_LANYARD_URL", &lanyard.url());
    world.never_show(TOKEN);
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let admin = world.admin().await;
    admin.ask("/feature on feature:presence").await.until("Switched on").await;
    (plex, lanyard)
}

/// Waits until the status says this.
async fn says(world: &World, text: &str) {
    world.until(&format!("the status says {text:?}"), |world| world.sandbox.bot_status() == text).await;
}

async fn the_status_is_set_shared_shown_and_taken_off(mut world: World) {
    let (_plex, lanyard) = beside(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(admin.ask("/presence show").await.masked(), @r"
    **My status** says nothing
    online
    Nothing is set. `/presence set first:streams` takes it from who is live.
    -# the same in every server · changes once in 15 s at most · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let set = admin.ask("/presence set first:Lanyard text:\"Here for you\" status:idle").await;
    assert!(set.is_private());
    assert_shown!(set.masked(), @r"
    ✓ **Set** my status
    idle · Lanyard, then fixed words
    `Here for you`
    -# the same in every server · ref REFERENCE · by <@…> · <t:…:R>
    ");
    says(&world, "Here for you").await;
    assert_eq!(world.sandbox.bot_looks()["status"], "idle");
    let id = world.sandbox.accounts().into_iter().find(|account| account.name == "member").unwrap().id;
    lanyard.listens(id.parse().unwrap(), "Blue in Green", "Miles Davis");
    assert_shown!(member.ask("/presence lanyard on").await.masked(), @r"
    ✓ **Lent**: Lanyard may be asked what you listen to
    This server does not share that in my status, so nothing is asked until its administrators do.
    `/presence lanyard off` takes it back, and it is gone at once.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/presence share lanyard:true").await.masked(), @r"
    ✓ **Shared** with every server I am in
    what members listen to who lent it
    Whoever sees me sees it. `/presence share streams:false plex:false lanyard:false` takes it back, and it is gone at once.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    says(&world, "Listening to Blue in Green · Miles Davis").await;
    assert_shown!(admin.ask("/presence show").await.masked(), @r"
    **My status** `Listening to Blue in Green · Miles Davis`
    idle · from Lanyard
    1. Lanyard: 1 member lends it · 1 listening
    2. fixed words: `Here for you`
    -# the same in every server · changes once in 15 s at most · ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Discord forgets it, and is told again.
    world.sandbox.inject(sandbox::Fault::InvalidSession { resumable: false }).unwrap();
    world.until("it is told again", |world| world.sandbox.bot_looked().len() > 2).await;
    says(&world, "Listening to Blue in Green · Miles Davis").await;
    assert_shown!(member.ask("/presence lanyard off").await.masked(), @r"
    ✓ **Taken back**: nobody asks what you listen to
    That counts in every server, and it is gone at once.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.until("what they listen to is gone", |world| !world.sandbox.bot_status().contains("Blue")).await;
    admin.ask("/presence off").await.until("**Off**").await;
    says(&world, "").await;
    assert_eq!(
        admin.ask("/presence off").await.masked().lines().next(),
        Some("– **Off already**: my status says nothing")
    );
    let secret = admin.ask(&format!("/presence set text:{}", world.sandbox.bot_token())).await;
    assert!(secret.is_private() && secret.text().contains("holds a secret"), "{}", secret.text());
    world.end().await;
}

async fn plex_is_set_by_a_form_that_tells_no_token_and_its_trouble_is_shown(mut world: World) {
    let (plex, _lanyard) = beside(&mut world).await;
    let admin = world.admin().await;
    let wrong = admin.ask("/presence plex set url:http://1.1.1.1:32400 user:Ada").await;
    assert!(wrong.text().contains("it takes `https://`"), "{}", wrong.text());
    let line = format!("/presence plex set url:{} user:Ada", plex.url());
    let refused = admin.slash(&line).await.form().fill(&[("Token", "another-token-than-its-own")]).await;
    refused.until("does not take the token").await;
    let kept = admin.slash(&line).await.form().fill(&[("Token", TOKEN)]).await;
    kept.until("is asked at").await;
    assert!(kept.is_private());
    assert_shown!(kept.masked(), @r"
    ✓ **Plex** is asked at `http://ADDRESS`
    nothing plays now
    Only what `Ada` plays is read, and only what it is called. The token is sealed here and masked in everything I say.
    Overlays of this server show it; `/presence share plex:true` lets my status say it.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    plex.watches("Grace", "Nobody's business", 1999);
    plex.watches("Ada", "Dune", 2021);
    admin.ask("/presence share plex:true").await.until("Shared").await;
    admin.ask("/presence set first:Plex").await.until("Set").await;
    says(&world, "Watching Dune · 2021").await;
    assert!(world.stop_bot().await);
    plex.break_next("/", 1_000, Fault::Status(500, Vec::new()));
    world.start_bot().await;
    // After a restart nothing is known of it, and its token is masked all the same.
    says(&world, "").await;
    world.until("it is asked", |_| plex.asked().len() > 3).await;
    let show = async {
        loop {
            let shown = admin.ask("/presence show").await;
            if shown.text().contains("could not be asked") {
                return shown;
            }
        }
    };
    assert_shown!(tokio::time::timeout(crate::world::SOON, show).await.unwrap().masked(), @r"
    **My status** says nothing
    online
    1. Plex: nothing is known
    ! It could not be asked: it has trouble of its own, since <t:…:R>
    -# the same in every server · changes once in 15 s at most · ref REFERENCE · by <@…> · <t:…:R>
    ");
    plex.mend();
    says(&world, "Watching Dune · 2021").await;
    admin.ask("/presence plex remove").await.until("is asked no more").await;
    says(&world, "").await;
    world.end().await;
}

async fn nobody_lends_for_another_and_no_server_decides_that_was_not_named(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/feature on feature:presence").await.until("Switched on").await;
    for line in ["/presence set first:\"fixed words\" text:mine", "/presence off", "/presence share streams:true"] {
        let refused = admin.ask(line).await;
        assert!(refused.is_private(), "{line}");
        refused.until("is not for this server to say").await;
        assert!(refused.text().contains(&format!("NEBULA_PRESENCE_GUILDS={}", world.guild())), "{}", refused.text());
    }
    for line in [
        "/presence show",
        "/presence set text:mine",
        "/presence off",
        "/presence share streams:true",
        "/presence plex remove",
    ] {
        let refused = member.ask(line).await;
        assert!(refused.is_private() && refused.text().contains("You may not"), "{line}: {}", refused.text());
    }
    let nothing = admin.ask("/presence share").await;
    assert!(nothing.text().contains("Say what"), "{}", nothing.text());
    // What listens on the bot's own machine is not for every server.
    let own = admin.ask("/presence plex set url:http://127.0.0.1:9 user:Ada").await;
    assert!(own.text().contains("NEBULA_LOCAL_GUILDS"), "{}", own.text());
    member.ask("/presence lanyard off").await.until("Not lent").await;
    assert_eq!(world.sandbox.bot_looks(), json!({ "status": "online", "activities": [] }));
    assert!(world.sandbox.bot_looked().is_empty(), "nothing was ever said");
    world.end().await;
}

async fn the_doctor_says_what_is_wrong_around_the_status_and_what_to_do(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let doctor = async |admin: &crate::people::Person| admin.ask("/setup doctor").await.masked();
    assert!(!doctor(&admin).await.contains("my status"), "where it is off it is nobody's business");
    admin.ask("/feature on feature:presence").await.until("Switched on").await;
    let said = doctor(&admin).await;
    assert!(said.contains("✕ my status: no server decides about it, so it says nothing"), "{said}");
    assert!(said.contains("-# Whoever runs the bot sets `NEBULA_PRESENCE_GUILDS="), "{said}");
    admin.ask("/feature off feature:presence").await.until("Switched off").await;
    let (_plex, lanyard) = beside(&mut world).await;
    assert!(!doctor(&admin).await.contains("my status"));
    admin.ask("/presence share lanyard:true").await.until("Shared").await;
    admin.ask("/presence set first:Lanyard").await.until("Set").await;
    member.ask("/presence lanyard on").await.until("It does not know you").await;
    world.until("Lanyard is asked", |_| lanyard.asked().len() > 2).await;
    let found = async {
        loop {
            let said = doctor(&admin).await;
            if said.contains("Lanyard") {
                return said;
            }
        }
    };
    let said = tokio::time::timeout(crate::world::SOON, found).await.unwrap();
    let (what, fix) = (
        "✕ Lanyard does not know them: they are not in its server, since <t:…:R> (<@…>)",
        "-# They join https://discord.gg/lanyard, or take it back with `/presence lanyard off`.",
    );
    assert!(said.contains(what) && said.contains(fix), "{said}");
    world.end().await;
}
