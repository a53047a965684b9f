//! What somebody probably meant.

/// A name that is nearly this one.
pub(crate) fn near<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let most = typed.len().div_ceil(3).clamp(1, 3);
    let far = names.into_iter().map(|name| (strsim::damerau_levenshtein(&typed, &name.to_lowercase()), name));
    far.filter(|(far, _)| *far <= most).min().map(|(_, name)| name)
}

/// The same as the end of a sentence.
pub(crate) fn meant<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    near(typed, names).map(|name| format!("; is `{name}` meant?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_none() {
        assert_eq!(near("databse", ["web", "database"]), Some("database"));
        assert_eq!(near("depend_on", ["depends_on", "docker"]), Some("depends_on"));
        assert_eq!(near("cache", ["web", "database"]), None);
        assert_eq!(meant("prot", ["port"]), "; is `port` meant?");
    }
}
