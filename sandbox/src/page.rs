//! The page: a Discord client in a browser. One HTML file, style sheets and ES modules, served as they lie in `page/`.
//!
//! There is no build step and no framework: what a browser shows in its debugger is what is in the directory.
//!
//! **Invariant:** it may load and reach nothing but this sandbox, and runs no inline code: see [`POLICY`].

use axum::{
    Router, extract::Path, http::StatusCode, http::header, response::IntoResponse, response::Response, routing::get,
};

/// What the page may do. `ws:` is the gateway beside it; `data:` pictures are its own.
const POLICY: &str = "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const HTML: &str = include_str!("page/index.html");

/// Names and texts, from the directory into the program.
macro_rules! parts {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("page/", $name)))),*] };
}

/// Everything below `/page/`.
const PARTS: &[(&str, &str)] = parts![
    "accounts.js",
    "ansi.js",
    "base.css",
    "cards.css",
    "cards.js",
    "channels.js",
    "commands.js",
    "composer.css",
    "composer.js",
    "connection.js",
    "controls.js",
    "dialogs.css",
    "discord.js",
    "dom.js",
    "embeds.js",
    "events.js",
    "faults.js",
    "fields.js",
    "files.js",
    "layout.css",
    "live.js",
    "log.js",
    "main.js",
    "markdown.js",
    "members.js",
    "menus.js",
    "message.js",
    "messages.css",
    "modal.js",
    "overlay.js",
    "panel.js",
    "person.js",
    "picker.js",
    "reactions.js",
    "select.js",
    "side.css",
    "state.js",
    "suggest.js",
    "switcher.js",
    "text.css",
    "theme.js",
    "time.js",
    "values.js",
    "welcome.js",
];

/// `/` and `/page/{file}`.
pub(crate) fn router() -> Router {
    Router::new().route("/", get(async || page("text/html; charset=utf-8", HTML))).route("/page/{name}", get(part))
}

async fn part(Path(name): Path<String>) -> Response {
    let Some((name, text)) = PARTS.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = if is(name, "css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
    page(kind, text)
}

fn is(name: &str, extension: &str) -> bool {
    name.rsplit('.').next() == Some(extension)
}

fn page(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::{HTML, PARTS, is};
    use std::collections::BTreeSet;

    #[test]
    fn the_page_needs_nothing_that_its_policy_forbids() {
        for inline in [" onclick=", " onload=", " style=", "<style", "<script>", "http:", "https:"] {
            assert!(!HTML.contains(inline), "{inline} in index.html");
        }
    }

    #[test]
    fn what_a_bot_says_never_becomes_markup() {
        for (name, text) in PARTS {
            for door in
                [".innerHTML", ".outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"]
            {
                assert!(!text.contains(door), "{door} in {name}");
            }
        }
    }

    #[test]
    fn every_file_of_the_page_is_served_and_short_enough_to_read() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/page");
        let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = files.filter(|name| name != "index.html").collect();
        let served: BTreeSet<String> = PARTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, served);
        for (name, text) in PARTS {
            assert!(text.lines().count() <= 330, "{name} has {} lines", text.lines().count());
        }
    }

    #[test]
    fn every_module_that_is_imported_exists() {
        for (name, text) in PARTS.iter().filter(|(name, _)| is(name, "js")) {
            for path in text.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(PARTS.iter().any(|(known, _)| *known == path), "{name} imports {path}");
            }
        }
        for path in HTML.split("\"/page/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(PARTS.iter().any(|(known, _)| *known == path), "index.html loads {path}");
        }
    }
}
