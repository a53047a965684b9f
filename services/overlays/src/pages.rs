//! The pages themselves, as they are in `overlays/`: one for all kinds, which loads what its kind needs from here and nowhere else.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};
use store::overlays::OverlayKind;

/// A file of theirs.
#[derive(Debug, Clone, Copy)]
pub struct PageFile {
    /// Its name in an address.
    pub name: &'static str,
    /// As what it is served.
    pub media: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! scripts {
    ($($name:literal)*) => {
        [$(PageFile {
            name: $name,
            media: "text/javascript; charset=utf-8",
            text: include_str!(concat!("../../../overlays/", $name)),
        },)*]
    };
}

const PAGE: &str = include_str!("../../../overlays/page.html");
const STYLE: PageFile = PageFile {
    name: "overlay.css",
    media: "text/css; charset=utf-8",
    text: include_str!("../../../overlays/overlay.css"),
};
const SCRIPTS: [PageFile; 13] = scripts! {
    "overlay.js" "parts.js" "alerts.js" "chat.js" "now_playing.js" "goal.js" "counter.js" "timer.js" "recent.js" "poll.js"
    "lower_third.js" "starting_soon.js" "canvas.js"
};

/// A file of this name.
pub fn file(name: &str) -> Option<PageFile> {
    [STYLE].into_iter().chain(SCRIPTS).find(|file| file.name == name)
}

/// The page of a kind.
pub fn page(kind: OverlayKind) -> String {
    PAGE.replace("KIND", kind.as_str())
}

/// Changes when the pages do: one that is open since before loads itself anew.
pub(crate) fn epoch() -> &'static str {
    static EPOCH: OnceLock<String> = OnceLock::new();
    EPOCH.get_or_init(|| {
        let mut all = Sha256::new();
        all.update(PAGE);
        [STYLE].iter().chain(&SCRIPTS).for_each(|file| all.update(file.text));
        hex::encode(&all.finalize()[..8])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_makes_markup_of_a_text_or_loads_anything_from_elsewhere() {
        for kind in OverlayKind::ALL {
            assert!(file(&format!("{}.js", kind.as_str())).is_some() && page(kind).contains(kind.as_str()));
        }
        for file in [STYLE].into_iter().chain(SCRIPTS) {
            for word in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "Function(",
                "cssText",
                "http:",
                "https:",
                "@import",
                "setInterval",
            ] {
                assert!(!file.text.contains(word), "{} has {word}", file.name);
            }
        }
        // Nothing that is moved moves anything else: only what a compositor does.
        for line in STYLE.text.lines().filter(|line| line.contains("transition:")) {
            let mut moved = line.split("transition:").nth(1).unwrap_or_default().to_owned();
            while let Some((before, rest)) = moved.split_once('(') {
                moved = format!("{before}{}", rest.split_once(')').unwrap_or_default().1);
            }
            let moved = moved.split(';').next().unwrap_or_default();
            for part in moved.split(',') {
                let what = part.trim().split(' ').next().unwrap_or_default();
                assert!(["transform", "opacity"].contains(&what), "{line}");
            }
        }
    }
}
