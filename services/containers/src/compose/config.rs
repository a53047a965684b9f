//! What Compose makes of a project's files, without the values of its environment.

/// Stands for a value.
const HIDDEN: &str = "‹hidden›";

/// The text with every value below `environment:` left out: Compose has put secrets in their places by then.
pub(super) fn without_values(text: &str) -> String {
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
}
