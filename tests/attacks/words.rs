//! Commands and reasons that would hide what they are, or do more than be read.

use serde_json::json;

use super::{
    denials::{denied, deny},
    scene::{Scene, is_open},
};
use crate::people::Shown;

/// Where the dangerous part of a command begins that starts harmlessly.
const TAIL: &str = "&& touch /tmp/dangerous-tail";

pub(super) async fn long(scene: &mut Scene) {
    let asker = scene.operator().await;
    let command = format!("echo {} {TAIL} >> {}", "x".repeat(1_500), scene.file.display());
    let card = scene.asks("box", &command, &asker).await;
    assert!(card.text().contains(&command), "{}", card.text());
}

pub(super) async fn very_long(scene: &mut Scene) {
    let asker = scene.operator().await;
    let command = format!("echo {} {TAIL} >> {}", "x".repeat(5_000), scene.file.display());
    let card = scene.asks("box", &command, &asker).await;
    assert!(card.text().contains("read the file before you decide"), "{}", card.text());
    let file = String::from_utf8(card.file().await).unwrap();
    assert!(file.contains(&command), "{file}");
}

pub(super) async fn hidden(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let hidden = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{200d}', '\u{feff}', '\u{ad}', '\u{2060}', '\u{e0041}'];
    let inside: String = hidden.iter().flat_map(|letter| ['a', *letter]).collect();
    let card = scene.asks("box", &format!("{} # {inside}", scene.command()), &asker).await;
    let details = card.try_press(&approver, "Details").await.unwrap().answer().await;
    for seen in [&card, &details] {
        let raw = seen.message().raw["components"].to_string();
        for letter in hidden {
            assert!(!raw.contains(letter), "{letter:?} hides something: {raw}");
        }
        assert!(raw.contains('\u{fffd}'), "it is not said that there was something: {raw}");
    }
}

pub(super) async fn lines(scene: &mut Scene) {
    let asker = scene.operator().await;
    let command = format!("echo first\n\n\n\n{}\n", scene.command());
    let card = scene.asks("box", &command, &asker).await;
    let whole = serde_json::to_string(&command).unwrap();
    assert!(card.text().contains(&whole), "{whole} is not in: {}", card.text());
}

/// What would ping, or draw as something else than it is.
const LOUD: &str = "@everyone @here **bold** ||hidden|| `x` ``` # [a](https://example.org)";

pub(super) async fn markdown(scene: &mut Scene) {
    let asker = scene.operator().await;
    let command = format!("echo '{LOUD} <@{}>' >> {}", scene.admin.id(), scene.file.display());
    let card = scene.asks("box", &command, &asker).await;
    is_quiet(&card);
    is_open(&card);
}

pub(super) async fn reason(scene: &mut Scene) {
    let (asker, approver) = (scene.operator().await, scene.operator().await);
    let card = scene.question(&asker).await;
    let reason = format!("{LOUD} <@{}>", scene.admin.id());
    deny(&card, &approver).await.submit(&[("Reason", &reason)]).await;
    denied(&card).await;
    assert!(card.text().contains("Reason: `@everyone @here **bold**"), "{}", card.text());
    is_quiet(&card);
}

/// It pings nobody, and what it quotes stays inside its code.
fn is_quiet(card: &Shown) {
    let raw = card.message().raw;
    assert_eq!(
        (&raw["mention_everyone"], &raw["mentions"], &raw["mention_roles"]),
        (&json!(false), &json!([]), &json!([]))
    );
    let drawn = raw["components"].to_string();
    assert_eq!(drawn.matches("```").count() % 2, 0, "a block is open: {drawn}");
    for block in drawn.split("```").step_by(2) {
        let outside: String = block.split('`').step_by(2).collect();
        assert!(!outside.contains("@everyone") && !outside.contains("||"), "outside of its code: {drawn}");
    }
}

pub(super) async fn secret(scene: &mut Scene) {
    let asker = scene.operator().await;
    let key = scene.sshd.private_key();
    // Any line of the key is as good as all of it; that it is nowhere afterwards is seen at the end of the world.
    let line = key.lines().filter(|line| !line.starts_with("---")).max_by_key(|line| line.len()).unwrap();
    let refusal = asker.ask(&format!("/server run server:box command:echo {line} >> {}", scene.file.display())).await;
    assert!(refusal.is_private() && refusal.text().contains("looks like a secret"), "{}", refusal.text());
    // What only looks like one hides what stands behind it as well.
    let hidden = format!("echo -----BEGIN PRIVATE KEY-----; echo x >> {}", scene.file.display());
    let refusal = asker.ask(&format!("/server run server:box command:\"{hidden}\"")).await;
    assert!(refusal.is_private() && refusal.text().contains("looks like a secret"), "{}", refusal.text());
}
