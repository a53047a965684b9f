//! The page about overlays: each kind with its picture, and no picture that nobody sees.

use std::{
    fs::{read_dir, read_to_string},
    path::Path,
};

use store::overlays::OverlayKind;

/// What is linked in a file: addresses in round brackets.
fn linked(text: &str) -> Vec<&str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link)).collect()
}

#[test]
fn every_kind_of_overlay_is_described_with_its_picture_and_how_it_is_made() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = read_to_string(root.join("docs/overlays.md")).unwrap();
    for kind in OverlayKind::ALL.map(overlays::kind_name) {
        let (_, part) = page.split_once(&format!("\n### {kind}\n")).unwrap_or_else(|| panic!("{kind} is not there"));
        let part = part.split("\n### ").next().unwrap();
        let picture = format!("../assets/screenshots/overlay-{}.png", kind.replace(' ', "-"));
        assert!(linked(part).contains(&picture.as_str()), "{kind} has no picture");
        for wanted in [format!("kind:{kind}`"), "- Made by ".to_owned(), "- Fed by: ".to_owned()] {
            assert!(part.contains(&wanted), "{kind} does not say `{wanted}`");
        }
    }
    let readme = read_to_string(root.join("README.md")).unwrap();
    assert!(linked(&readme).contains(&"docs/overlays.md"), "nobody finds the page");
}

#[test]
fn every_screenshot_is_seen_somewhere_and_every_one_that_is_linked_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = read_dir(root.join("docs")).unwrap().map(|file| file.unwrap().path());
    let pages = docs.filter(|file| file.extension().is_some_and(|kind| kind == "md")).chain([root.join("README.md")]);
    let mut seen = Vec::new();
    for page in pages {
        let text = read_to_string(&page).unwrap();
        for link in linked(&text).into_iter().filter(|link| link.contains("assets/screenshots/")) {
            let file = page.parent().unwrap().join(link);
            assert!(file.is_file(), "{} links {link}, which is not there", page.display());
            seen.push(file.file_name().unwrap().to_owned());
        }
    }
    for file in read_dir(root.join("assets/screenshots")).unwrap() {
        let name = file.unwrap().file_name();
        assert!(seen.contains(&name), "nobody sees {}", name.display());
    }
}
