//! The page: a Discord client in a browser, one HTML file, one script, one style sheet, no build step.
//!
//! **Invariant:** it may load and reach nothing but this sandbox, and runs no inline code: see [`POLICY`].

use axum::{Router, http::header, response::IntoResponse, routing::get};

/// What the page may do. `ws:` is the gateway beside it; `data:` pictures are its own.
const POLICY: &str = "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// `/`, `/page.js` and `/page.css`.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(async || page("text/html; charset=utf-8", include_str!("page/index.html"))))
        .route("/page.js", get(async || page("text/javascript; charset=utf-8", include_str!("page/page.js"))))
        .route("/page.css", get(async || page("text/css; charset=utf-8", include_str!("page/page.css"))))
}

fn page(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    const HTML: &str = include_str!("page/index.html");
    const SCRIPT: &str = include_str!("page/page.js");

    #[test]
    fn the_page_needs_nothing_that_its_policy_forbids() {
        for inline in [" onclick=", " onload=", " style=", "<style", "<script>", "http:", "https:"] {
            assert!(!HTML.contains(inline), "{inline} in index.html");
        }
    }

    #[test]
    fn what_a_bot_says_never_becomes_markup() {
        for door in
            [".innerHTML", ".outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"]
        {
            assert!(!SCRIPT.contains(door), "{door} in page.js");
        }
    }
}
