//! The values that texts of a canvas hold: what other overlays of the guild stand at, and who was the last to do something.

use base::Result;
use serde_json::{Value, json};
use store::overlays::{Overlay, OverlayKind};

use crate::{Event, Overlays, settings::Settings, state::State};

/// The name under which texts hold what a kind stands at; none where they do not.
pub(crate) fn name(kind: OverlayKind) -> Option<&'static str> {
    match kind {
        OverlayKind::Goal => Some("goal"),
        OverlayKind::Counter => Some("counter"),
        OverlayKind::Timer => Some("timer"),
        OverlayKind::Poll => Some("poll"),
        OverlayKind::NowPlaying => Some("now_playing"),
        _ => None,
    }
}

/// What an overlay stands at, as a text holds it: a number, words, or a timer that the page itself has run.
fn value(overlay: &Overlay) -> Value {
    let settings = Settings::of(overlay);
    let page = State::of(overlay).page(overlay, &settings);
    let words: Vec<&str> = page["words"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match overlay.kind {
        OverlayKind::Timer => json!({
            "since": page["since"],
            "ran": page["ran"],
            "seconds": page["seconds"],
            "runs": settings.text(overlay.kind, "runs"),
            "over": settings.text(overlay.kind, "over"),
        }),
        _ if overlay.kind != OverlayKind::Goal && overlay.kind != OverlayKind::Counter && page["shown"] != true => {
            json!("")
        }
        OverlayKind::NowPlaying => json!(words.join(" – ")),
        OverlayKind::Poll => {
            let (question, answers) = words.split_first().unwrap_or((&"", &[]));
            let answers = answers.iter().enumerate();
            let answers =
                answers.map(|(at, answer)| format!("{answer} {}", page["votes"][at].as_i64().unwrap_or_default()));
            json!(format!("{question} {}", answers.collect::<Vec<_>>().join(" · ")))
        }
        _ => json!(overlay.value),
    }
}

impl Overlays {
    /// The values that texts of a canvas hold.
    pub(crate) async fn bound(&self, canvas: &Overlay) -> Result<Value> {
        let mut bound = json!({});
        for one in self.store.overlays(canvas.guild).await? {
            let Some(word) = name(one.kind) else { continue };
            let value = value(&one);
            if bound[word].is_null() {
                bound[word] = value.clone();
            }
            bound[format!("{word}:{}", one.name)] = value;
        }
        for latest in self.store.overlay_latest(canvas.guild).await? {
            bound[format!("last_{}", latest.what)] = json!(latest.name);
        }
        let said = self.store.last_said(canvas).await?;
        if let Some(said) = said.and_then(|said| serde_json::from_str::<Event>(&said.event).ok()) {
            bound["last_chat"] = json!(format!("{}: {}", said.name, said.message));
        }
        Ok(bound)
    }
}
