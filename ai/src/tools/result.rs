//! What came of a call, as text for a model: its report without noise, and no longer than there is room for.
//!
//! **Invariant:** what is left out is said to be: a model that is shown half a list must not take it for all.

use serde_json::{Map, Value, json};

/// Less than this is no answer: a budget is never smaller, in bytes.
pub const LEAST: usize = 400;
/// What every text and list keeps of its share, in bytes: its edges, and what was left out of it.
const NOTE: usize = 48;

/// A report as a model reads it, of at most about `budget` bytes; `narrowing` names the fields by which less can be asked for.
pub fn told(report: &Value, budget: usize, narrowing: &[&str]) -> String {
    let budget = budget.max(LEAST);
    // Where nothing is left, the fields tell what there is none of.
    let whole = without_noise(report).unwrap_or_else(|| if report.is_null() { json!({}) } else { report.clone() });
    let size = size(&whole);
    if size <= budget {
        return whole.to_string();
    }
    let shown = fit(&whole, budget - LEAST / 2).to_string();
    let less = match narrowing {
        [] => "Ask for one thing less at a time where you can.".to_owned(),
        names => format!(
            "Ask for less with {}.",
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    format!("{shown}\n(Cut to fit: about {} of {size} bytes are shown. {less})", shown.len())
}

/// Text, such as a file's, of at most about `budget` bytes: its beginning and its end, cut at lines.
pub fn cut(text: &str, budget: usize) -> String {
    if text.len() <= budget.max(LEAST) { text.to_owned() } else { shorten(text, budget.max(LEAST)) }
}

/// The value without what says nothing; none where nothing is left.
fn without_noise(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(list) => {
            // A place in a list counts: of it nothing is left out but the whole.
            let kept: Vec<Value> = list.iter().map(|one| without_noise(one).unwrap_or(Value::Null)).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(fields) => {
            let kept: Map<String, Value> =
                fields.iter().filter_map(|(name, value)| Some((name.clone(), without_noise(value)?))).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::String(text) if text.is_empty() => None,
        plain => Some(plain.clone()),
    }
}

/// How long it is as JSON.
fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// As much of a value as fits into so many bytes, cut between its parts.
fn fit(value: &Value, budget: usize) -> Value {
    if size(value) <= budget {
        return value.clone();
    }
    match value {
        Value::Array(list) => fit_list(list, budget),
        Value::Object(fields) => fit_fields(fields, budget),
        Value::String(text) => {
            // Quotes and line ends take more room as JSON than as text.
            let grown = size(value).max(1);
            Value::String(shorten(text, text.len().saturating_mul(budget) / grown))
        }
        plain => plain.clone(),
    }
}

fn fit_list(list: &[Value], budget: usize) -> Value {
    let mut shown = Vec::new();
    let mut left = budget.saturating_sub(NOTE);
    for one in list {
        let size = size(one) + 1;
        if size > left {
            break;
        }
        left -= size;
        shown.push(one.clone());
    }
    if shown.is_empty()
        && left > NOTE
        && let Some(first) = list.first()
    {
        shown.push(fit(first, left));
    }
    let missing = list.len() - shown.len();
    if missing > 0 {
        shown.push(json!(format!("… {missing} more of {}", list.len())));
    }
    Value::Array(shown)
}

fn fit_fields(fields: &Map<String, Value>, budget: usize) -> Value {
    // Short fields are shown whole, and what they leave is shared by the long ones.
    let mut sizes: Vec<(usize, &String)> =
        fields.iter().map(|(name, value)| (size(value) + name.len() + 4, name)).collect();
    sizes.sort();
    let mut left = budget.saturating_sub(NOTE);
    let mut shares = Map::new();
    for (at, (size, name)) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - at);
        let room = share.saturating_sub(name.len() + 4);
        let shown = if *size <= share {
            fields[*name].clone()
        } else if room > NOTE {
            fit(&fields[*name], room)
        } else {
            continue;
        };
        left = left.saturating_sub(self::size(&shown) + name.len() + 4);
        shares.insert((*name).clone(), shown);
    }
    // In the order in which the report has them.
    let mut shown: Map<String, Value> =
        fields.keys().filter_map(|name| Some((name.clone(), shares.remove(name)?))).collect();
    let missing = fields.len() - shown.len();
    if missing > 0 {
        shown.insert("…".to_owned(), json!(format!("{missing} more of {} fields", fields.len())));
    }
    Value::Object(shown)
}

/// The beginning and the end of a text, whole lines where there are any: errors stand at the end, and what it is at the beginning.
fn shorten(text: &str, budget: usize) -> String {
    let room = budget.saturating_sub(NOTE);
    let mut head = room / 3;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - (room - head).min(text.len() - head);
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    let head = text[..head].rfind('\n').map_or(head, |line| line + 1);
    let tail = match text[tail..].find('\n') {
        Some(line) if tail + line + 1 < text.len() => tail + line + 1,
        _ => tail,
    };
    let missing = &text[head..tail];
    let lines = missing.matches('\n').count();
    let what = if lines > 1 { format!("{lines} lines") } else { format!("{} characters", missing.chars().count()) };
    let gap = if text[..head].ends_with('\n') || head == 0 { "" } else { " " };
    format!("{}{gap}… {what} left out …\n{}", &text[..head], &text[tail..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_report_is_told_without_what_says_nothing() {
        let report = json!({ "name": "web", "why": null, "ports": [], "note": "", "up": false, "of": { "none": null }, "exit": 0 });
        assert_eq!(
            told(&report, 9_000, &[]).parse::<Value>().unwrap(),
            json!({ "name": "web", "up": false, "exit": 0 })
        );
        assert_eq!(told(&Value::Null, 9_000, &[]), "{}");
        assert_eq!(told(&json!({ "servers": [] }), 9_000, &[]), r#"{"servers":[]}"#, "what there is none of");
    }

    #[test]
    fn a_list_that_is_too_long_ends_between_two_of_its_parts_and_says_how_many_are_missing() {
        let list: Vec<Value> =
            (0..50).map(|at| json!({ "container": format!("web-{at}"), "state": "running" })).collect();
        let told = told(&json!({ "server": "nas", "containers": list }), 500, &["filter"]);
        insta::assert_snapshot!(told, @r#"
        {"containers":[{"container":"web-0","state":"running"},{"container":"web-1","state":"running"},{"container":"web-2","state":"running"},{"container":"web-3","state":"running"},"… 46 more of 50"],"server":"nas"}
        (Cut to fit: about 211 of 2071 bytes are shown. Ask for less with `filter`.)
        "#);
    }

    #[test]
    fn of_a_long_text_both_ends_stay_in_whole_lines() {
        let log: Vec<String> = (0..300).map(|at| format!("line {at}")).collect();
        let told = told(&json!({ "exit": 1, "output": log.join("\n") }), 500, &["lines", "filter"]);
        insta::assert_snapshot!(told, @r#"
        {"exit":1,"output":"line 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\n… 282 lines left out …\nline 289\nline 290\nline 291\nline 292\nline 293\nline 294\nline 295\nline 296\nline 297\nline 298\nline 299"}
        (Cut to fit: about 214 of 2910 bytes are shown. Ask for less with `lines`, `filter`.)
        "#);
        assert_eq!(cut("short", 10), "short");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "\\PC{0,40}|[a\\n\"é]{0,900}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 60, 12, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{1,9}", inner, 0..12)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_reported_fits_and_is_json_up_to_the_note(report in value(), budget in 0_usize..3_000) {
            let told = told(&report, budget, &["lines"]);
            prop_assert!(told.len() <= budget.max(LEAST) + 60, "{} of {}: {}", told.len(), budget, told);
            let json = told.split("\n(Cut to fit").next().unwrap_or_default();
            prop_assert!(serde_json::from_str::<Value>(json).is_ok(), "{}", json);
        }

        #[test]
        fn a_text_that_is_cut_says_so_and_begins_and_ends_as_it_was(text in "[a-f\\né ]{0,3000}", budget in 0_usize..2_000) {
            let cut = cut(&text, budget);
            prop_assert!(cut.len() <= budget.max(LEAST) + NOTE, "{}", cut.len());
            if cut != text {
                let (head, tail) = cut.split_once('…').unwrap();
                prop_assert!(text.starts_with(head.trim_end()) && cut.contains("left out"));
                prop_assert!(text.ends_with(tail.split_once("…\n").unwrap().1));
            }
        }
    }
}
