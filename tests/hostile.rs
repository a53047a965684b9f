//! `/server` with what nobody should send it: bad input, endless or poisoned output, secrets in the wrong place.

use insta::assert_snapshot;
use peers::{Garbage, Sshd, Unanswering};

use crate::world::{World, add};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_name_fits_everywhere() {
    let world = World::start().await;
    let admin = world.admin().await;
    let silent = Unanswering::start();
    let name = "n".repeat(32);
    let line = format!("/server add name:{name} address:{}:{} user:root", silent.address(), silent.port());
    drop(admin.slash(&line).await.form());
    admin.ask(&format!("/server run server:{name} command:true")).await.until("No such server").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_in_a_command_is_masked_before_it_is_cut_and_tidied() {
    let mut world = World::start().await;
    let sshd = Sshd::start();
    let admin = world.admin().await;
    let secret = r#"canary  pass`word" 0123456789"#;
    for part in [secret, "canary", "0123456789"] {
        world.never_show(part);
    }
    // A login that is refused: what was typed is a secret all the same.
    let form = admin.slash(&add("box", &sshd)).await.form();
    form.fill(&[("Password", secret)]).await.until("SHA256:").await;
    let quoted = secret.replace('"', r#"\""#);
    let padding = "x".repeat(95);
    admin.ask(&format!(r#"/server run server:box command:"{padding} {quoted}""#)).await.until("waits").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_answer_to_the_form_is_one_sentence_and_saves_nothing() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let sshd = Sshd::start();
    let (silent, garbage) = (Unanswering::start(), Garbage::start());
    let key = sshd.private_key();
    world.never_show(&key);
    world.never_show("hunter2-hunter2");
    let refused_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let at = |address: &str| format!("/server add name:box address:{address} user:nebula-test");
    let good = format!("{}:{}", sshd.address(), sshd.port());

    let mut seen = String::new();
    for (line, fields) in [
        (at(&good), vec![("Private key", "not a key hunter2-hunter2")]),
        (at(&good), vec![("Private key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG me@home")]),
        (at(&good), vec![]),
        (at(&good), vec![("Private key", key.as_str()), ("Password", "hunter2-hunter2")]),
        (at(&refused_port.to_string()), vec![("Password", "hunter2-hunter2")]),
        (at("no-such-host.invalid"), vec![("Password", "hunter2-hunter2")]),
        (at(&format!("{}:{}", garbage.address(), garbage.port())), vec![("Password", "hunter2-hunter2")]),
        (at(&format!("{}:{}", silent.address(), silent.port())), vec![("Password", "hunter2-hunter2")]),
    ] {
        let answer = admin.slash(&line).await.form().fill(&fields).await;
        answer.until("Nothing was saved").await;
        let text = answer.masked();
        seen.push_str(&text);
        seen.push_str("\n\n");
    }
    assert_snapshot!(seen, @r"
    ✕ **That will not work**
    This is not a private key. Nothing was saved.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    This is a public key: the private one is in the file without `.pub`. Nothing was saved.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    I got neither a private key nor a password: fill in one of them. Nothing was saved.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    I got a private key and a password, and log in with one: leave the other empty. Nothing was saved.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **Could not reach** `box`
    ADDRESS refused the connection.
    Nothing was saved. Check the address and that SSH runs there, then `/server add` again.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **Could not reach** `box`
    `no-such-host.invalid` does not resolve to an address.
    Nothing was saved. Check the address and that SSH runs there, then `/server add` again.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **Could not reach** `box`
    ADDRESS does not speak SSH.
    Nothing was saved. Check the address and that SSH runs there, then `/server add` again.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **Could not reach** `box`
    No answer from ADDRESS within 10 s.
    Nothing was saved. Check the address and that SSH runs there, then `/server add` again.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(admin.ask("/server list").await.until("Servers").await.text().contains("none yet"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_names_and_addresses_are_answered_before_any_form_opens() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let long = "x".repeat(200);

    let mut seen = String::new();
    for line in [
        r#"/server add name:"my box" address:127.0.0.1 user:root"#.to_owned(),
        format!("/server add name:{long} address:127.0.0.1 user:root"),
        add("box", &sshd),
        "/server add name:other address:a:b:c user:root".to_owned(),
        r#"/server add name:other address:127.0.0.1 user:"-oProxyCommand=id""#.to_owned(),
        "/server run server:nope command:true".to_owned(),
        r#"/server run server:box command:" ""#.to_owned(),
        r#"/server show server:"no such `name`""#.to_owned(),
    ] {
        let answer = admin.ask(&line).await;
        seen.push_str(&answer.masked());
        seen.push_str("\n\n");
    }
    assert_snapshot!(seen, @r"
    ✕ **That will not work**
    A server's name is 1 to 32 letters, digits, `-`, `_` or `.`, for example `my-box`.
    -# by <@…> · <t:…:R>

    ✕ **That will not work**
    A server's name is 1 to 32 letters, digits, `-`, `_` or `.`, for example `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`.
    -# by <@…> · <t:…:R>

    ✕ **That will not work**
    There is already a server called `box`; choose another name, or `/server remove` it first. Nothing was changed.
    -# by <@…> · <t:…:R>

    ✕ **That will not work**
    `b:c` is not a port: it must be a number from 1 to 65535.
    -# by <@…> · <t:…:R>

    ✕ **That will not work**
    `-oProxyCommand=id` is no user name: it takes 1 to 32 letters, digits, `_`, `-` or `.`, such as `root`.
    -# by <@…> · <t:…:R>

    ✕ **No such server**
    I know no server called `nope`. Nothing was changed.
    `/server list` shows them all.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    A command has 1 to 6000 characters. Nothing was run.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    A server's name is 1 to 32 letters, digits, `-`, `_` or `.`, for example `no-such--name`.
    -# by <@…> · <t:…:R>
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_megabytes_of_output_keep_memory_bounded_and_both_ends_of_the_log() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let before = world.memory();
    let run = admin
        .ask("/server run server:box command:echo first; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo last")
        .await;
    run.until("exit 0").await;
    let grown = world.memory().saturating_sub(before);
    assert!(grown < 64 * 1024 * 1024, "grew by {} MB", grown / 1024 / 1024);
    assert!(run.text().contains("It printed 100.0 MB"), "{}", run.text());
    let log = run.file().await;
    assert!(log.len() < 10 * 1024 * 1024 && log.starts_with(b"first\n") && log.ends_with(b"\nlast\n"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_that_is_no_text_or_tries_to_leave_its_block_does_no_harm() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let run = admin.ask(r#"/server run server:box command:"printf 'a\377\376b\n```\n@everyone **bold**\n\033[31mred\033[0m \033[2Jgone\n'""#).await;
    run.until("exit 0").await;
    assert_snapshot!(run.masked().replace('\u{1b}', "␛"), @r"
    ✓ **`printf 'a\377\376b\nˋˋˋ\n@everyone **bold**\n\033[31mred\033[0m \033[2Jgone\n'`** on `box`
    exit 0 after TIME · 4 lines
    ```ansi
    a��b
    ˋˋˋ
    @everyone **bold**
    ␛[31mred␛[0m gone
    ```
    box-REFERENCE.log
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    box-REFERENCE.log
    ");
    assert_eq!(run.file().await, b"a\xff\xfeb\n```\n@everyone **bold**\n\x1b[31mred\x1b[0m \x1b[2Jgone\n");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_prints_the_key_does_not_show_it() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let key = world.path("leak");
    std::fs::write(&key, sshd.private_key()).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::set_permissions(world.path("."), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for command in ["cat", "head -3", "tac", "sed 's/^/  /'"] {
        let run = admin.ask(&format!("/server run server:box command:{command} {}", key.display())).await;
        run.until("exit 0").await;
        assert!(run.text().contains("‹secret›"), "{}", run.text());
        assert!(String::from_utf8(run.file().await).unwrap().contains("‹secret›"));
    }
    std::fs::remove_file(key).unwrap();
    world.end().await;
}
