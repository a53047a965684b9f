//! Takes here-documents out of a line before the parser sees it.
//!
//! brush-parser 0.4.0 fills the memory without end on some that never end, such as `<<- $[`, so it is given none at all.

/// A line without its here-documents, and the texts of those in which the shell expands something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parted {
    pub(crate) line: String,
    pub(crate) documents: Vec<String>,
}

/// Parts a line; `None` where it cannot be told what belongs to a document.
pub(crate) fn part(line: &str) -> Option<Parted> {
    let mut parted = Parted::default();
    let mut lines = line.split('\n');
    while let Some(line) = lines.next() {
        for tag in tags(line, &mut parted.line)? {
            let body = lines.by_ref().take_while(|line| line.trim_start_matches('\t') != tag.name);
            let body = body.collect::<Vec<_>>().join("\n");
            if !tag.quoted {
                parted.documents.push(body);
            }
        }
        parted.line.push('\n');
    }
    Some(parted)
}

struct Tag<'a> {
    name: &'a str,
    quoted: bool,
}

/// The documents that a line begins; the rest of it is kept.
fn tags<'a>(line: &'a str, kept: &mut String) -> Option<Vec<Tag<'a>>> {
    let mut tags = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        let signs = rest[at..].bytes().take_while(|byte| *byte == b'<').count();
        let after = &rest[at + signs..];
        // A backslash takes the first of them away: `\<<<E` begins a document.
        if rest[..at].ends_with('\\') {
            return None;
        }
        match signs {
            1 | 3 => {
                kept.push_str(&rest[..at + signs]);
                rest = after;
            }
            2 => {
                kept.push_str(&rest[..at]);
                let after = after.strip_prefix('-').unwrap_or(after).trim_start_matches([' ', '\t']);
                let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
                let start = &after[usize::from(quote.is_some())..];
                let end = start.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(start.len());
                let (name, after) = start.split_at(end);
                rest = quote.map_or(Some(after), |quote| after.strip_prefix(quote))?;
                if name.is_empty() {
                    return None;
                }
                tags.push(Tag { name, quoted: quote.is_some() });
            }
            _ => return None,
        }
    }
    kept.push_str(rest);
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parts(line: &str, kept: &str, documents: &[&str]) {
        let documents = documents.iter().map(ToString::to_string).collect();
        assert_eq!(part(line), Some(Parted { line: kept.to_owned(), documents }));
    }

    #[test]
    fn documents_are_taken_out() {
        parts("cat << E | sh\na\nb\nE\nls", "cat  | sh\nls\n", &["a\nb"]);
        parts("cat <<-'E'\n\ta\n\tE\nls", "cat \nls\n", &[]);
        parts("cat <<A <<B\n1\nA\n2\nB", "cat  \n", &["1", "2"]);
        parts("cat <<A\n1", "cat \n", &["1"]);
        parts("cat <<< x < y", "cat <<< x < y\n", &[]);
    }

    #[test]
    fn what_has_no_plain_name_is_not_guessed() {
        for line in
            ["cat << $x", "cat <<", "cat <<'a b'", "cat <<'a", "cat <<<<< x", "cat <<\\E", "cat \\<<<E", "cat \\<<E"]
        {
            assert_eq!(part(line), None, "{line}");
        }
    }
}
