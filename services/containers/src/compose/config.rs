//! What Compose makes of a project's files, without the values of its environment.

use hosts::Output;

/// Stands for a value.
const HIDDEN: &str = "‹hidden›";

/// What may be shown of what was printed, however it ended.
pub(super) fn shown(printed: &Output) -> String {
    // What is left out may be where an environment begins: what comes after it would be taken for something else.
    if printed.size().1 > 0 {
        return "It is too long to be shown without the values of its environment.\n".to_owned();
    }
    without_values(&String::from_utf8_lossy(&printed.take_log().unwrap_or_default()))
}

/// The text with every value below `environment:` left out: Compose has put secrets in their places by then.
fn without_values(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut block, mut names) = (None, None);
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        let is_empty = line.trim().is_empty();
        // A list may stand as deep as its key.
        let is_inside = block
            .is_some_and(|block| is_empty || depth > block || depth == block && line.trim_start().starts_with("- "));
        if is_inside {
            let names_at = *names.get_or_insert(depth);
            // A deeper line goes on with a value.
            if !is_empty && depth <= names_at {
                let name = line.find([':', '=']).map_or(line, |end| &line[..=end]);
                shown.extend([name, " ", HIDDEN, "\n"]);
            }
            continue;
        }
        (block, names) = match line.trim() {
            "environment:" => (Some(depth), None),
            _ => (None, None),
        };
        shown.push_str(line);
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_an_environment_is_left_however_it_is_written() {
        let text = "services:\n  web:\n    environment:\n      A: hush\n      B: |-\n        hush\n        hush: hush\n\n      C: hush\n    image: nginx\n  db:\n    environment:\n    - A=hush\n    - hush\n    ports: []\n";
        let shown = without_values(text);
        assert!(
            shown.contains("A: ‹hidden›") && shown.contains("C: ‹hidden›") && shown.contains("- A= ‹hidden›"),
            "{shown}"
        );
        assert!(shown.contains("image: nginx") && shown.contains("ports: []"), "{shown}");
        assert_eq!(shown.matches("hush").count(), 1, "a name without a value is one: {shown}");
    }

    #[test]
    fn a_configuration_with_a_gap_is_not_shown() {
        let printed = Output::default();
        printed.push(b"services:\n  web:\n    environment:\n      A: hush\n");
        for _ in 0..9 {
            printed.push(&b"      B: hush\n".repeat(80_000));
        }
        let shown = shown(&printed);
        assert!(shown.contains("too long") && !shown.contains("hush"), "{}", shown.len());
    }
}
