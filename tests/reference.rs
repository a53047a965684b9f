//! Draws the command reference: what is registered, and how it looks when somebody uses it.
//!
//! **Invariant:** it is the same for every run of the tour: of a message only its last state is shown, one that answers nobody only where
//! the tour waited for it, and what differs from run to run is replaced by an example.

use std::{collections::HashMap, fmt::Write};

use serde_json::Value;

const TITLE: &str = "\
# The commands

Every command with its options, and how it looks: each answer below is what the bot really said, when
[the tour](../tests/data/scripts/tour.txt) was played. `make docs` writes this page anew, and a test compares it.
What cannot be done (✕) is said to the asker alone, unless it had begun before that was known.
";
/// How a card begins that says what could not be done.
const FAILED: &str = "┃ ✕";
const GROUP: [u64; 2] = [1, 2];

/// A command that can be sent: `/server run`, with its options. Both its definition and its use have this shape.
pub(crate) struct Leaf {
    path: String,
    definition: Value,
}

impl Leaf {
    /// `server run` and `server run minutes:`, for each option.
    pub(crate) fn uses(&self) -> Vec<String> {
        let options = options(&self.definition).map(|option| format!("{} {}:", self.path, text(option, "name")));
        std::iter::once(self.path.clone()).chain(options).collect()
    }
}

/// The commands that can be sent below a registered one, or the one that was sent.
pub(crate) fn leaves(command: &Value) -> Vec<Leaf> {
    below(text(command, "name"), command)
}

fn below(path: &str, command: &Value) -> Vec<Leaf> {
    let is_group = |option: &&Value| GROUP.contains(&option["type"].as_u64().unwrap_or(0));
    let groups: Vec<_> = options(command).filter(is_group).collect();
    if groups.is_empty() {
        return vec![Leaf { path: path.to_owned(), definition: command.clone() }];
    }
    groups.into_iter().flat_map(|one| below(&format!("{path} {}", text(one, "name")), one)).collect()
}

/// The page: one part for each command, in the order in which the tour first uses them.
pub(crate) fn draw(leaves: &[Leaf], tour: &str, transcript: &[Value]) -> String {
    let scenes = scenes(leaves, tour, transcript);
    let first = |leaf: &Leaf| scenes.iter().position(|scene| scene.leaf == leaf.path);
    let mut ordered: Vec<&Leaf> = leaves.iter().collect();
    ordered.sort_by_key(|leaf| first(leaf));
    let mut page = TITLE.to_owned();
    for leaf in ordered {
        write!(page, "\n## /{}\n\n{}.\n", leaf.path, sentence(text(&leaf.definition, "description"))).unwrap();
        if options(&leaf.definition).next().is_some() {
            page.push_str("\n| option | |\n|---|---|\n");
        }
        for option in options(&leaf.definition) {
            writeln!(page, "| `{}` | {} |", text(option, "name"), explained(option)).unwrap();
        }
        for scene in scenes.iter().filter(|scene| scene.leaf == leaf.path) {
            page.push_str(&scene.drawn());
        }
    }
    page
}

fn explained(option: &Value) -> String {
    let needed = if option["required"] == true { "" } else { " *Optional.*" };
    let bounds = match (option["min_value"].as_f64(), option["max_value"].as_f64()) {
        (Some(least), Some(most)) => format!(" From {least} to {most}."),
        _ => String::new(),
    };
    let choices: Vec<String> =
        option["choices"].as_array().into_iter().flatten().map(|one| format!("`{}`", text(one, "name"))).collect();
    let choices = if choices.is_empty() { String::new() } else { format!(" One of {}.", choices.join(", ")) };
    let completes = if option["autocomplete"] == true { " Offers what there is." } else { "" };
    let description = text(option, "description").replace('|', "\\|");
    format!("{}.{needed}{bounds}{choices}{completes}", sentence(&description))
}

/// Without the full stop it may end with.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}

/// A step of the tour that concerns a command, and what came of it.
struct Scene {
    leaf: String,
    prose: String,
    step: String,
    /// Every message and dialog in its last state.
    seen: Vec<Seen>,
}

/// A message or a dialog.
struct Seen {
    id: Value,
    drawn: String,
    /// Whether it came of this step: it answers somebody, or was waited for. Anything else comes when it comes.
    counts: bool,
}

impl Scene {
    fn drawn(&self) -> String {
        let mut drawn = if self.prose.is_empty() { String::new() } else { format!("\n{}\n", self.prose) };
        write!(drawn, "\n```\n{}\n", self.step).unwrap();
        for seen in self.seen.iter().filter(|seen| seen.counts) {
            write!(drawn, "\n{}", seen.drawn).unwrap();
        }
        example(&(drawn + "```\n"))
    }
}

fn scenes(leaves: &[Leaf], tour: &str, transcript: &[Value]) -> Vec<Scene> {
    let source: Vec<&str> = tour.lines().collect();
    let mut scenes: Vec<Scene> = Vec::new();
    let mut latest: HashMap<String, String> = HashMap::new();
    for event in transcript {
        match text(event, "type") {
            "step" => {
                let line = usize::try_from(event["line"].as_u64().unwrap()).unwrap() - 1;
                let step = source[line].to_owned();
                let command = step.split_once(": /").map(|(_, command)| command);
                let leaf = match command.or_else(|| step.split_once(": type /").map(|(_, command)| command)) {
                    Some(command) => {
                        let named =
                            |leaf: &&Leaf| command == leaf.path || command.starts_with(&format!("{} ", leaf.path));
                        leaves.iter().find(named).unwrap_or_else(|| panic!("{command} is no command")).path.clone()
                    }
                    None => scenes.last().map(|scene| scene.leaf.clone()).unwrap_or_default(),
                };
                scenes.push(Scene { leaf, prose: prose(&source, line), step, seen: Vec::new() });
            }
            "message" | "edit" | "modal" | "choices" if event["thinking"] != true => {
                let scene = scenes.last_mut().unwrap();
                let (id, drawn) = (event["id"].clone(), seen(event));
                latest.insert(id.to_string(), drawn.clone());
                let counts = matches!(text(event, "type"), "modal" | "choices") || event["answers"] == true;
                match scene.seen.iter_mut().find(|seen| seen.id == id) {
                    Some(before) => before.drawn = drawn,
                    None => scene.seen.push(Seen { id, drawn, counts }),
                }
            }
            "found" => {
                let scene = scenes.last_mut().unwrap();
                if let Some(seen) = scene.seen.iter_mut().find(|seen| seen.id == event["id"]) {
                    seen.counts = true;
                } else {
                    let (id, drawn) = (event["id"].clone(), latest[&event["id"].to_string()].clone());
                    scene.seen.push(Seen { id, drawn, counts: true });
                }
            }
            _ => {}
        }
    }
    // Where somebody stands says nothing about a command.
    scenes.retain(|scene| !scene.leaf.is_empty() && !scene.step.contains(": in "));
    scenes
}

/// The comment right above a step; where somebody goes to a channel in between, it stands above that.
fn prose(source: &[&str], line: usize) -> String {
    let above = source[..line].iter().rev().skip_while(|line| line.contains(": in "));
    let mut comment: Vec<_> = above.map_while(|line| line.strip_prefix("# ")).collect();
    comment.reverse();
    comment.join("\n")
}

fn seen(event: &Value) -> String {
    let lines =
        event["drawn"].as_array().into_iter().flatten().chain(event["choices"].as_array().into_iter().flatten());
    let mut lines = lines.map(|line| line.as_str().unwrap_or_else(|| text(line, "name"))).peekable();
    let heading = match text(event, "type") {
        "modal" => format!("a form: {}", text(event, "title")),
        "choices" => "is offered".to_owned(),
        // Who sees that something failed turns on how fast it failed.
        _ if lines.peek().is_some_and(|first| first.starts_with(FAILED)) => String::new(),
        _ if event["ephemeral"] == true => "only the asker sees this:".to_owned(),
        _ => String::new(),
    };
    let heading = Some(heading.as_str()).filter(|heading| !heading.is_empty());
    heading.into_iter().chain(lines).fold(String::new(), |all, line| all + "  " + line + "\n")
}

/// What differs from run to run, as an example of it.
fn example(text: &str) -> String {
    let examples = [
        (r"SHA256:[\w+/]{43}", "SHA256:…"),
        (r"127\.\d+\.\d+\.\d+:\d+|\bo[0-9a-f]{6}\.localhost:\d+|\bADDRESS\b", "10.0.0.7"),
        (r"<#\d+>", "#ops"),
        (r"nebula-test@[\w.-]+:", "nebula-test@box:"),
        (r"/tmp/nebula-tour-\w+|\bOPEN\b", "/srv/app"),
        (r"ref [2-9A-Z]{6}", "ref 7F3KQ2"),
        (r"plan [0-9a-f]{6}\b", "plan 3fa9c1"),
        (r"plan hash `[0-9a-f]{64}`", "plan hash `3fa9c1…`"),
        (r"· `[2-9A-Z]{6}`", "· `7F3KQ2`"),
        (r"[\d.]+ k?B · JSON", "1.2 kB · JSON"),
        (r"-[2-9A-Z]{6}\.(log|jsonl|json)", "-7F3KQ2.$1"),
        (r"(?m)^(\s+box) [2-9A-Z]{6}$", "$1 7F3KQ2"),
        (r"/\S+/nebula-docker-\w+/data", "/var/lib/docker"),
        (r"web +[\d.]+ +[\d.]+ [kM]?B +\d+", "web                 0.0  708.6 kB     2"),
        (r" +\d+ +[\d.]+ +[\d.]+ [kM]B  (/sbin|sleep)", "   23251   0.0 704.5 kB  $1"),
        (r"/\S+/nebula-docker-\w+/shop|\bFOLDER\b", "/srv/shop"),
        (r"/\S+/nebula-docker-\w+/socket|\bSOCKET\b", "/run/user/1000/docker.sock"),
        (r"(up|exited \(\d+\)) (?:less than a second|about an? \w+|\d+ \w+(?: \d+ \w+)?)( ago)?", "$1 2 hours$2"),
        (r"(took) [\d.]+ m?s", "$1 0.2 s"),
        (r"\d+ (?:s|min) ago", "now"),
        (r"next in \d+ \w+", "next in 2 d"),
        (r"<t:\d+:[Ff]>", "Monday, 23 November 2026 18:00"),
        (r"<#\d+>", "#ops"),
        (r"(after|running) [\d.]+ m?s", "$1 0.2 s"),
        (r"\bin \d+ ms\b", "in 2 ms"),
        (r"(\d+ models?) · \d+ ms\b", "$1 · 2 ms"),
        (r"part of [2-9A-Z]{6}", "part of 7F3KQ2"),
        (r"/(status|o|o/hooks)/[0-9a-f]{32}", "/$1/5f0c…"),
        (r"<t:\d+:T>", "18:00:00"),
        (r"\(\d[\d.]* k?B\)", "(1.2 kB)"),
        (r"nebula_mcp_[0-9a-f]{32}", "nebula_mcp_5f0c…"),
        (r"ends in \d+ \w+", "ends in 7 d"),
        // Until a closed ticket was read back, there is only what was heard.
        (r"(?m)\d+ messages · 0 files$", "4 messages · 0 files"),
        (r"goes on for \d+ \w+", "goes on for 3 h"),
        (r"(answer|solution) due in \d+ \w+", "$1 due in 2 h"),
    ];
    examples
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| regex::Regex::new(from).unwrap().replace_all(&text, to).into_owned())
}

fn options(of: &Value) -> impl Iterator<Item = &Value> {
    of["options"].as_array().into_iter().flatten()
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of[field].as_str().unwrap_or_default()
}
