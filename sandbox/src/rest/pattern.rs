//! Which paths are meant: segments, `*` for any one of them, and `**` at the end for all that follow.

/// Whether a path, its query aside, is one that a pattern means.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let mut path = segments(path);
    for wanted in segments(pattern) {
        match (wanted, path.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(found)) if wanted == found => {}
            _ => return false,
        }
    }
    path.next().is_none()
}

/// The parts of a path without its query.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('?').next().unwrap_or_default().split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        assert!(fits("/channels/*/messages", "/channels/1/messages?limit=5"));
        assert!(!fits("/channels/*/messages", "/channels/1/messages/2"));
        assert!(!fits("/channels/*/messages", "/channels/1"));
        assert!(fits("/webhooks/**", "/webhooks/1/token/messages/@original"));
        assert!(fits("/webhooks/**", "/webhooks"));
        assert!(!fits("/webhooks/**", "/interactions/1/token/callback"));
        assert!(fits("/**", "/"));
    }
}
