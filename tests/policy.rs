//! What a guild holds to be harmless, and what becomes of the rest.

use crate::world::World;

on_both_worlds! {
    a_line_that_destroys_is_asked_about_each_time_and_says_why
    a_yes_for_one_machine_counts_for_no_other_of_its_name
    a_guild_changes_its_list_of_harmless_commands
    a_wrong_or_dangerous_rule_changes_nothing_and_says_why
    a_line_is_explained_and_never_run
    a_server_is_tagged
    what_somebody_may_is_decided_by_the_roles_they_hold_now
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
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(file.exists());
    question.press(&admin, "Confirm").await;
    question.until("exit 0 after").await;
    assert!(!file.exists());

    std::fs::write(&file, "x").unwrap();
    let again = question.try_press(&admin, "Run again").await.unwrap().answer().await;
    again.until("Really?").await;
    again.press(&admin, "Leave it").await;
    again.until("Left as it is").await;
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

    question.press(&admin, "Confirm").await;
    question.until("is not what it was when this was asked").await;
    assert!(file.exists());
    world.end().await;
}

async fn a_guild_changes_its_list_of_harmless_commands(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let listed = admin.ask("/policy commands list").await;
    assert_shown!(listed.until("rules").await.masked(), @r"
    **Harmless commands**
    144 rules
    All as shipped. `/policy commands add` and `remove` change that.
    harmless.txt
    -# ref REFERENCE · by <@…> · <t:…:R>
    harmless.txt
    ");

    let added = admin.ask("/policy commands add rule:  restic  snapshots|stats --json --tag= *").await;
    assert_shown!(added.until("Added").await.masked(), @r"
    ✓ **Added** `restic snapshots|stats --json --tag= *`
    A line with nothing but such commands in it only looks. `/policy explain` shows what that makes of one.
    Remove
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let removed = admin.ask("/policy commands remove rule:uptime").await;
    assert_shown!(removed.until("Removed").await.masked(), @r"
    ✓ **Removed** `uptime -p -s --pretty --since`
    A line with such a command in it counts as a change, unless another rule allows it.
    Put back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let changed = admin.ask("/policy commands list").await;
    assert_shown!(changed.until("rules").await.masked(), @r"
    **Harmless commands**
    144 rules · 1 added here · 1 removed here
    + `restic snapshots|stats --json --tag= *`  by <@…> <t:…:R>
    − `uptime -p -s --pretty --since`  by <@…> <t:…:R>
    harmless.txt
    -# ref REFERENCE · by <@…> · <t:…:R>
    harmless.txt
    ");
    let file = String::from_utf8(changed.file().await).unwrap();
    assert!(file.contains("\n# removed here: uptime -p -s --pretty --since\n"), "{file}");
    assert!(file.ends_with("\n# Added here\nrestic snapshots|stats --json --tag= *\n"), "{file}");

    let explained =
        async |line: &str| admin.ask(&format!("/policy explain line:{line}")).await.until("Explained").await.text();
    assert!(explained("restic stats --json --tag db latest").await.contains("**observes**"));
    assert!(explained("restic stats --repo x").await.contains("**changes**"));
    assert!(explained("uptime -p").await.contains("**changes**"));

    // The list outlives the process, and its completions put a guild's own rules first.
    assert_eq!(admin.offered("/policy commands remove rule:re").await[0], "restic snapshots|stats --json --tag= *");
    // One too long to be offered whole is known by its beginning.
    let long = admin.offered("/policy commands remove rule:journalctl").await.remove(0);
    assert!(long.ends_with('…'), "{long}");
    admin.ask(&format!("/policy commands remove rule:{long}")).await.until("Removed").await;
    assert!(explained("journalctl -u nginx").await.contains("**changes**"));
    world.kill_bot();
    world.start_bot().await;
    assert!(explained("uptime -p").await.contains("**changes**"));
    let back = removed.try_press(&admin, "Put back").await.unwrap().answer().await;
    back.until("Put back").await;
    assert!(explained("uptime -p").await.contains("**observes**"));
    let own = admin.ask("/policy commands remove rule:restic").await;
    own.until("Removed").await;
    assert!(explained("restic stats --json").await.contains("**changes**"));

    for line in [
        "/policy commands list",
        "/policy commands add rule:x",
        "/policy commands remove rule:df",
        "/policy explain line:df",
    ] {
        let refusal = member.ask(line).await;
        assert!(refusal.is_private() && refusal.text().contains("You may not"), "{line}: {}", refusal.text());
    }
    assert!(member.offered("/policy commands remove rule:d").await.is_empty(), "rules are not for everybody");
    world.end().await;
}

async fn a_wrong_or_dangerous_rule_changes_nothing_and_says_why(world: World) {
    let admin = world.admin().await;
    let add = async |rule: &str| admin.ask(&format!("/policy commands add rule:{rule}")).await;
    assert_shown!(add("bash -c=").await.until("Could not").await.masked(), @r"
    ✕ **Could not add** `bash -c=`
    Nothing was changed: `bash` runs what it is given, so nothing makes it harmless.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(add("df * help").await.until("Could not").await.masked(), @r"
    ✕ **Could not add** `df * help`
    Nothing was changed: `help` must stand before the options and operands.
    A rule is a program, the words it must be given first, the options it may have, and its operands:
    `restic snapshots|stats --json --tag= *`
    `--tag=` takes a value, `*` is any operand, `/var/log/**` any below there. What is not named is not allowed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    for (rule, said) in [
        ("sudo df", "runs what it is given"),
        ("find -exec= *", "`-exec` makes `find` run"),
        ("docker *", "must name the command"),
        ("../evil", "no name of a program"),
        ("uptime -p -s --pretty --since", "is on the list already"),
    ] {
        add(rule).await.until(said).await;
    }
    let several = admin.ask("/policy commands remove rule:docker").await;
    assert_shown!(several.until("Write more").await.masked(), @r"
    ✕ **That will not work**
    12 rules begin with `docker`: `docker ps -a -q -s -n= -l --all --no-trunc --format= --filter= -f=`, `docker images -a -q --digests --no-trunc --format= --filter= *`, `docker logs -f -t -n= --tail= --since= --until= --timestamps --follow *`, and more. Write more of the one you mean. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let unknown = admin.ask("/policy commands remove rule:frobnicate").await;
    unknown.until("`frobnicate` is not on the list").await;
    assert!(admin.ask("/policy commands list").await.until("rules").await.text().contains("All as shipped"));
    world.end().await;
}

async fn a_line_is_explained_and_never_run(mut world: World) {
    let admin = world.admin().await;
    let one = admin.ask("/policy explain line:df -h | sort -k 5").await;
    assert_shown!(one.until("Explained").await.masked(), @r"
    **Explained** a command line
    nothing was run
    ✓ `df -h | sort -k 5` **observes**
    It only looks: everything in it is on the list of harmless commands.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let several =
        admin.ask("/policy explain line:\"df -h\nsystemctl restart nginx\n\nsudo sh -c 'rm -rf /srv'\"").await;
    assert_shown!(several.until("Explained").await.masked(), @r"
    **Explained** 3 command lines
    nothing was run
    ✓ `df -h` **observes**
    It only looks: everything in it is on the list of harmless commands.
    ! `systemctl restart nginx` **changes**
    `systemctl restart` is not on the list of harmless commands.
    ✕ `sudo sh -c 'rm -rf /srv'` **destroys**
    `rm -rf /srv` can destroy: what it removes or switches off may not come back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let many = admin.ask(&format!("/policy explain line:\"{}\"", "df\n".repeat(11))).await;
    many.until("1 to 10 lines").await;

    // What is shaped like a secret is not said again, however the line is cut.
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4).chars().take(36).collect::<String>());
    world.never_show(&token);
    let line = format!("echo {} {token}", "x".repeat(90));
    let masked = admin.ask(&format!("/policy explain line:{line} > f")).await;
    masked.until("Explained").await;
    assert!(masked.text().contains("‹secret›") && !masked.text().contains("ghp_"), "{}", masked.text());
    world.end().await;
}

async fn a_server_is_tagged(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let tagged = admin.ask("/server tag server:box tags:web  Prod web").await;
    assert_shown!(tagged.until("Tagged").await.masked(), @r"
    ✓ **Tagged** `box`
    `prod` `web`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/server show server:box").await.until("Server").await.masked(), @r"
    **Server** `box`
    `nebula-test` at `ADDRESS` · seen <t:…:R>
    tags  `prod` `web`
    host key  `SHA256:…`
    added by <@…> <t:…:R>
    Test
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.kill_bot();
    world.start_bot().await;
    assert_shown!(admin.ask("/server list").await.until("ready").await.masked(), @r"
    **Servers** 1 ready
    ✓ `box`  `nebula-test@ADDRESS` · `prod` `web` · seen <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/server tag server:box tags:a:b").await.until("`a:b` is no tag").await;
    assert_shown!(admin.ask("/server tag server:box").await.until("Took").await.masked(), @r"
    ✓ **Took every tag off** `box`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(!admin.ask("/server show server:box").await.until("Server").await.text().contains("tags"));
    admin.ask("/server tag server:nope tags:a").await.until("No such server").await;
    assert_eq!(admin.offered("/server tag server:b").await, ["box"]);
    world.end().await;
}

async fn what_somebody_may_is_decided_by_the_roles_they_hold_now(world: World) {
    let admin = world.admin().await;
    let role = world.sandbox.role_id("Operators").unwrap();
    let path = format!("/guilds/{}/roles/{role}", world.sandbox.guild_id());
    let administrator = serde_json::json!({ "permissions": "8" });
    admin.client.rest(reqwest::Method::PATCH, &path, Some(&administrator)).await.unwrap();

    let operator = world.newcomer("operator", &["Operators"]).await;
    let listed = operator.ask("/server list").await;
    listed.until("none yet").await;
    admin.take(&operator, "Operators").await;
    assert!(operator.ask("/server list").await.text().contains("You may not"));
    admin.give(&operator, "Operators").await;
    operator.ask("/server list").await.until("none yet").await;
    world.end().await;
}
