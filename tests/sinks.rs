//! More than three hundred secrets, driven through everything that leaves the bot; and the places where anything may leave.

use std::path::{Path, PathBuf};

use peers::Sshd;

use crate::people::Person;
use crate::world::{World, add};

#[path = "../services/base/tests/canaries/mod.rs"]
mod canaries;

/// Texts in one file that a command prints; the card and the attached file hold them all.
const AT_ONCE: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_by_any_sink_on_sqlite() {
    no_secret_leaves_by_any_sink(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_by_any_sink_on_postgres() {
    no_secret_leaves_by_any_sink(World::on_postgres().await).await;
}

async fn no_secret_leaves_by_any_sink(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let (known, shaped) = (canaries::values(), (0..3).flat_map(canaries::shaped).collect::<Vec<_>>());
    let mut texts: Vec<String> = known.iter().flat_map(|value| canaries::printed(value)).collect();
    for text in known.iter().chain(&texts) {
        world.never_show(text);
    }
    // A name that is refused is repeated in lower case and cut; that would be most of a secret.
    for value in &known {
        world.never_show(value.to_lowercase().get(..14).unwrap_or(value));
    }
    for (text, secret) in &shaped {
        texts.push(text.clone());
        world.never_show(secret);
    }
    assert!(texts.len() > 300, "{}", texts.len());

    // Into forms: the only way in.
    for (number, value) in known.iter().enumerate() {
        let form = admin.slash(&format!("/secret set name:S{number}")).await.form();
        form.fill(&[("Value", value)]).await.until("Set").await;
    }
    printed_by_a_command(&world, &admin, &texts).await;
    typed_as_options(&world, &admin, &texts, &known).await;
    typed_into_the_wrong_field(&world, &admin, &shaped).await;

    let page = reqwest::get(format!("{}/", world.web())).await.unwrap().text().await.unwrap();
    assert!(page.contains("box"));
    world.saw("the status page", page);
    // All of it is known again after a restart, and what is printed then is masked, too.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    printed_by_a_command(&world, &admin, &texts[..AT_ONCE]).await;
    world.end().await;
}

/// Live cards, last words and attached files.
async fn printed_by_a_command(world: &World, admin: &Person, texts: &[String]) {
    // A private key that does not end masks all that follows: it comes last, alone.
    let (endless, others): (Vec<&String>, Vec<&String>) =
        texts.iter().partition(|text| text.starts_with("-----BEGIN") && !text.contains("-----END"));
    let file = world.path("printed");
    std::fs::set_permissions(world.path("."), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for texts in others.chunks(AT_ONCE).chain(endless.chunks(1)) {
        let lines: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        // The last line is on the card while it runs, in the end, and in the file.
        let run = admin.ask(&format!("/server run server:box command:cat {}; sleep 0.4", file.display())).await;
        run.until("exit 0").await;
        assert!(run.text().contains("‹secret›"), "{}", run.text());
        let masked = String::from_utf8(run.file().await).unwrap();
        assert!(masked.matches("‹secret›").count() >= texts.len().min(2), "{masked}");
    }
    std::fs::remove_file(file).unwrap();
}

/// Command lines, notes, names and addresses: into the audit log, into refusals, onto "Run again".
async fn typed_as_options(world: &World, admin: &Person, texts: &[String], known: &[String]) {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#));
    for texts in texts.chunks(AT_ONCE) {
        let line = texts.iter().map(|text| text.replace(['\n', '\r'], " ")).collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(5_000).collect();
        admin
            .ask(&format!("/server run server:box command:{}", quoted(&format!("true # {line}"))))
            .await
            .until("exit 0")
            .await;
    }
    let sshd = Sshd::start();
    for value in known.iter().step_by(3) {
        let value = quoted(value);
        for line in [
            format!("/server show server:{value}"),
            format!("/secret set name:{value}"),
            format!("/secret where-used name:{value}"),
            format!("/server add name:{value} address:127.0.0.1 user:root"),
            format!("/server add name:other address:{value} user:root"),
            format!("/server add name:other address:127.0.0.1 user:{value}"),
            format!("{} note:{value}", add("other", &sshd)),
            format!("{} secret:{value}", add("other", &sshd)),
            format!("/server run server:{value} command:id"),
        ] {
            let answer = admin.ask(&line).await;
            assert!(answer.is_private() && answer.text().contains("holds a secret"), "{line}: {}", answer.text());
        }
        assert!(admin.offered(&format!("/secret rotate name:{value}")).await.is_empty());
    }
    assert!(!world.log().contains("panicked"));
}

/// What is typed into a form and refused is a secret all the same.
async fn typed_into_the_wrong_field(world: &World, admin: &Person, shaped: &[(String, String)]) {
    let sshd = Sshd::start();
    for (text, _) in shaped.iter().step_by(20) {
        let form = admin.slash(&add("other", &sshd)).await.form();
        let refused = form.fill(&[("Private key", text), ("Password", text)]).await;
        refused.until("Nothing was saved").await;
    }
    let rotate = admin.slash("/secret rotate name:S0").await.form();
    rotate.fill(&[("Value", &shaped[0].0)]).await.until("Rotated").await;
    assert!(world.audited().await.pop().unwrap().ends_with("secret.rotate S0: done"));
}

/// Where something may leave, and nowhere else. What adds a way out adds itself here, and is asked why.
const WAYS_OUT: [(&[&str], &[&str]); 14] = [
    // Messages, cards, files, forms: `asked` sends, and takes what was masked.
    (
        &[
            "create_message",
            "send_message",
            "edit_message",
            "create_interaction_response",
            "create_followup_message",
            "edit_followup_message",
            "edit_original_interaction_response",
            "execute_webhook",
            "edit_webhook_message",
            "create_thread",
            "create_forum_post",
            "edit_thread",
            "create_response",
            "create_modal",
            "create_private_channel",
            "edit_channel",
            "create_reaction",
            "send_reply",
            ".say(&",
            "ctx.say(",
            ".reply(",
            ".send_files(",
            "rest.send",
            "MultipartUpload",
        ],
        &["commands/src/asked.rs", "commands/src/asked/"],
    ),
    // The one place that speaks to Discord.
    (&["client.execute("], &["commands/src/rest/mod.rs"]),
    // Our own commands' definitions.
    (&["create_global_command", "create_guild_command", ".fire(", "rest.define("], &["commands/src/register.rs"]),
    // The bot's own face: `SetIdentity` refuses what holds a secret.
    (&["edit_member_me", "edit_nickname", "rest.look_like("], &["commands/src/place.rs"]),
    // Its status, which every server sees: it takes what was masked.
    (&["set_presence", "set_activity", ".appear("], &["commands/src/gateway.rs", "commands/src/presence/face.rs"]),
    // A choice whose value is not its name is masked, or left out, where it is made.
    (
        &["AutocompleteChoice::new", "set_choices"],
        &[
            "commands/src/complete.rs",
            "commands/src/complete_memories.rs",
            "commands/src/ticket/complete.rs",
            "commands/src/jarvis.rs",
            "commands/src/stream/complete.rs",
        ],
    ),
    // What stands behind buttons and forms.
    (&["keep_button("], &["commands/src/face.rs", "services/store/src/"]),
    (
        &["write_audit(", "complete_audit("],
        // Each server of a command on several, and each line of a service map, has an entry of its own, masked before it is written.
        &["services/hub/src/", "services/store/src/", "services/hosts/src/run_many.rs", "services/hosts/src/step.rs"],
    ),
    // Only the redactor says that something is clean.
    (&["Clean::new("], &["services/base/src/redact/", "services/base/src/card.rs"]),
    (&["io::stderr()"], &["src/log.rs", "src/cli.rs", "src/redact.rs"]),
    (&["Html(", "axum::serve"], &["src/web.rs", "src/web/"]),
    // Other assistants, let in as a person: what the hub answers is masked, and so is every page.
    (&["Json(told)", "Json(tools)"], &["src/web/assistant.rs"]),
    // A connection over which nothing is ever said.
    (&["connect_async"], &["services/platforms/src/twitch/socket.rs"]),
    // Files that are too large for a message: `GetFile` masks them as it reads them. Files of tickets: what is text in them was masked as
    // it was kept. What pages of overlays are told is masked as it is drawn.
    (&["Body::from_stream("], &["src/web/transfer.rs", "src/web/transcript.rs", "src/web/overlays.rs"]),
];

#[test]
fn nothing_leaves_but_where_it_is_masked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in ["src", "commands/src", "services"] {
        sources_below(&root.join(folder), &mut sources);
    }
    let mut around = Vec::new();
    for (words, places) in WAYS_OUT {
        for word in words {
            for (path, source) in &sources {
                let path = path.strip_prefix(root).unwrap().display().to_string();
                let allowed = places.iter().any(|place| path.starts_with(place));
                if !allowed && source.contains(word) {
                    around.push(format!("{word} in {path}"));
                }
            }
        }
        let used = |word: &&str| sources.iter().any(|(_, source)| source.contains(*word));
        assert!(words.iter().any(used), "{words:?} are names of nothing any more");
    }
    assert!(around.is_empty(), "a way out around the mask: {around:#?}");
}

/// Every source file without its comments and tests.
fn sources_below(folder: &Path, sources: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().map_while(Result::ok) {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
            sources_below(&path, sources);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap_or_default().lines();
            let code = code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            sources.push((path, code));
        }
    }
}
