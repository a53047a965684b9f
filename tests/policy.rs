//! What a guild holds to be harmless, and what becomes of the rest.

use crate::world::World;

/// The same is shown whichever database there is.
macro_rules! assert_shown {
    ($text:expr, @$shown:literal) => {
        let text = $text;
        insta::allow_duplicates! { insta::assert_snapshot!(text, @$shown) }
    };
}

/// Each story is told on both databases.
macro_rules! on_both {
    ($($story:ident)*) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story(crate::world::World::start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$story(crate::world::World::on_postgres().await).await;
            }
        }
    )*};
}

on_both! {
    a_line_that_destroys_is_asked_about_each_time_and_says_why
    a_yes_for_one_machine_counts_for_no_other_of_its_name
}

async fn a_line_that_destroys_is_asked_about_each_time_and_says_why(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let home = everybodys();
    let file = home.path().join("doomed");
    let line = format!("/server run server:box command:rm -f {}", file.display());
    let shown = |text: String| text.replace(&file.display().to_string(), "/doomed");
    std::fs::write(&file, "x").unwrap();

    let question = admin.ask(&line).await;
    assert_shown!(shown(question.until("Really?").await.masked()), @r"
    ! **Really?** Run `rm -f /doomed` on `box`
    `rm -f /doomed` can destroy: what it removes or switches off may not come back.
    Confirm
    Keep it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(file.exists());
    question.press(&admin, "Confirm").await;
    question.until("exit 0 after").await;
    assert!(!file.exists());

    std::fs::write(&file, "x").unwrap();
    let again = question.try_press(&admin, "Run again").await.unwrap().answer().await;
    again.until("Really?").await;
    again.press(&admin, "Keep it").await;
    again.until("Kept").await;
    assert!(file.exists());
    assert!(!world.log().contains("SimpleCommand"), "the parser's own words are no log");

    // What only looks, and what can be undone, runs at once: an administrator asked for it.
    for line in ["uptime", "mkdir -p /tmp", "true"] {
        admin.ask(&format!("/server run server:box command:{line}")).await.until("exit 0").await;
    }
    // That there is no such server is nobody's business before they said yes.
    admin.ask("/server run server:nope command:rm x").await.until("Really?").await;
    world.end().await;
}

/// A directory in which whoever logs in to a server may remove files.
fn everybodys() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    home
}

async fn a_yes_for_one_machine_counts_for_no_other_of_its_name(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let home = everybodys();
    let file = home.path().join("kept");
    std::fs::write(&file, "x").unwrap();
    let question = admin.ask(&format!("/server run server:box command:rm -f {}", file.display())).await;
    question.until("Really?").await;

    let removal = admin.ask("/server remove server:box").await;
    removal.until("Really?").await;
    removal.press(&admin, "Confirm").await;
    removal.until("Removed").await;
    let _other = world.with_server("box").await;

    let refusal = question.try_press(&admin, "Confirm").await.unwrap().answer().await;
    assert!(refusal.is_private() && refusal.text().contains("no longer open"), "{}", refusal.text());
    assert!(file.exists());
    world.end().await;
}
