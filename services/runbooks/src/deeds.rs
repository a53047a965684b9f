//! What each type of step is here: an action of the hub's with its fields, or a wait, or a line.
//!
//! **Invariant:** a runbook never prunes volumes. That is data gone while nobody looks, whatever the step is written as.

use std::time::Duration;

use base::card::code;

use crate::{
    book::{Deed, Filling},
    fields::Fields,
    mistake::{Mistake, unknown},
    read::{LONGEST, channel},
    template::Template,
    yaml::Node,
};

/// The types of steps.
pub(crate) const KINDS: &[&str] = &["log", "docker", "ssh", "http", "notify", "wait", "ai"];

const NEVER: &str = "a runbook never prunes volumes: what is in them is gone for good, and nobody looks. Use `/container prune` by hand";
/// What a step that does not name its server is done on.
const SERVER: &str = "{{server}}";
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// What a Docker step may do, and which action that is.
const DOCKER: [(&str, &str); 10] = [
    ("restart", "container.restart"),
    ("start", "container.start"),
    ("stop", "container.stop"),
    ("kill", "container.kill"),
    ("remove", "container.remove"),
    ("logs", "container.logs"),
    ("inspect", "container.show"),
    ("exec", "container.exec"),
    ("prune", "container.prune"),
    ("pull", "image.pull"),
];

/// Reads what a step does; none where that is wrong.
pub(crate) fn read(
    kind: &str,
    action: Option<&str>,
    params: &Node,
    timeout: Duration,
    mistakes: &mut Vec<Mistake>,
) -> Option<Deed> {
    match kind {
        "log" => {
            let mut fields = Fields::of(params, &["message", "level"], "`params`", mistakes);
            fields.needed("message");
            fields.word("level", &["debug", "info", "warn", "warning", "error"]);
            fields.template("message").map(Deed::Log)
        }
        "wait" => wait(params, mistakes),
        "ssh" => ssh(action, params, timeout, mistakes),
        "docker" => docker(action, params, timeout, mistakes),
        "http" => http(action, params, mistakes),
        "notify" => notify(params, mistakes),
        _ => Some(Deed::Think),
    }
}

fn wait(params: &Node, mistakes: &mut Vec<Mistake>) -> Option<Deed> {
    let mut fields = Fields::of(params, &["duration", "seconds"], "`params`", mistakes);
    let span = fields.span("duration", LONGEST).or_else(|| fields.span("seconds", LONGEST));
    if span.is_none() && fields.node("duration").is_none() && fields.node("seconds").is_none() {
        fields.wrong("duration", "`duration` is missing: `params: {duration: 30s}`");
    }
    span.map(Deed::Wait)
}

fn ssh(action: Option<&str>, params: &Node, timeout: Duration, mistakes: &mut Vec<Mistake>) -> Option<Deed> {
    let known = ["run", "exec", "command"];
    if let Some(action) = action.filter(|action| !known.contains(action)) {
        mistakes.push(Mistake::new(params.line, unknown(action, &known)));
    }
    let mut fields = Fields::of(params, &["server", "host", "command"], "`params`", mistakes);
    let server = server(&mut fields, "host");
    let command = command(&mut fields)?;
    Some(Deed::Act("server.run", vec![("server", server), ("command", command), ("minutes", minutes(timeout))]))
}

fn docker(action: Option<&str>, params: &Node, timeout: Duration, mistakes: &mut Vec<Mistake>) -> Option<Deed> {
    let action = action.unwrap_or_default();
    if ["volume-prune", "volume_prune", "prune-volumes", "prune_volumes", "system-prune", "system_prune"]
        .contains(&action)
    {
        mistakes.push(Mistake::new(params.line, NEVER));
        return None;
    }
    let Some((_, name)) = DOCKER.into_iter().find(|(word, _)| *word == action) else {
        let words = DOCKER.map(|(word, _)| word);
        let why = if action.is_empty() { "`action` is missing".to_owned() } else { unknown(action, &words) };
        mistakes.push(Mistake::new(params.line, why));
        return None;
    };
    let known: &[&str] = match action {
        "prune" => &["server", "host", "volumes"],
        "pull" => &["server", "host", "image"],
        "logs" => &["server", "host", "container", "lines"],
        "exec" => &["server", "host", "container", "command"],
        _ => &["server", "host", "container"],
    };
    let mut fields = Fields::of(params, known, "`params`", mistakes);
    let mut filled = vec![("server", server(&mut fields, "host"))];
    match action {
        "prune" => {
            if fields.text("volumes").is_some_and(|word| word != "false" && word != "keep") {
                fields.wrong("volumes", NEVER);
            }
        }
        "pull" => {
            fields.needed("image");
            filled.push(("image", Filling::Text(fields.template("image")?)));
        }
        _ => {
            let container = fields
                .template("container")
                .or_else(|| fields.node("container").is_none().then(|| Template::read("{{container}}").ok()).flatten());
            filled.push(("container", Filling::Text(container?)));
        }
    }
    if action == "logs"
        && let Some(lines) = fields.number("lines", 1, 1_000)
    {
        filled.push(("lines", Filling::Number(lines)));
    }
    if action == "exec" {
        filled.push(("command", command(&mut fields)?));
        filled.push(("minutes", minutes(timeout)));
    }
    Some(Deed::Act(name, filled))
}

fn http(action: Option<&str>, params: &Node, mistakes: &mut Vec<Mistake>) -> Option<Deed> {
    let mut fields =
        Fields::of(params, &["url", "method", "body", "status", "contains", "headers"], "`params`", mistakes);
    if fields.node("headers").is_some() {
        fields.wrong(
            "headers",
            "`headers` cannot be sent: they mostly hold secrets, and a runbook is kept for others to see",
        );
    }
    let method = fields.text("method").or_else(|| action.map(str::to_owned)).unwrap_or_else(|| "GET".to_owned());
    let method = method.to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        fields.wrong("method", unknown(&method, METHODS));
    }
    fields.needed("url");
    let mut filled =
        vec![("method", Filling::Text(Template::read(&method).ok()?)), ("url", Filling::Text(fields.template("url")?))];
    if let Some(status) = fields.number("status", 100, 599) {
        filled.push(("status", Filling::Number(status)));
    }
    for key in ["body", "contains"] {
        if let Some(text) = fields.template(key) {
            filled.push((key, Filling::Text(text)));
        }
    }
    Some(Deed::Act("runbook.http", filled))
}

fn notify(params: &Node, mistakes: &mut Vec<Mistake>) -> Option<Deed> {
    let mut fields = Fields::of(params, &["message", "channel"], "`params`", mistakes);
    fields.needed("message");
    let place = match fields.text("channel") {
        None => Filling::Channel,
        Some(text) => {
            if let Some(id) = channel(&text) {
                Filling::Number(id)
            } else {
                fields.wrong(
                    "channel",
                    format!("`channel` is a channel as `<#123…>` or its number, and {} is none; left out, it is where the run is told", code(&text)),
                );
                return None;
            }
        }
    };
    Some(Deed::Act("runbook.notify", vec![("message", Filling::Text(fields.template("message")?)), ("channel", place)]))
}

/// The server, or whatever `{{server}}` is.
fn server(fields: &mut Fields<'_, '_>, also: &str) -> Filling {
    let named = fields.template("server").or_else(|| fields.template(also));
    Filling::Text(named.or_else(|| Template::read(SERVER).ok()).expect("it is a variable"))
}

fn command(fields: &mut Fields<'_, '_>) -> Option<Filling> {
    let text = fields.needed("command");
    let words: Vec<&str> = text.split_whitespace().collect();
    let has =
        |wanted: &str| words.iter().any(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-') == wanted);
    if has("prune") && (has("volume") || has("volumes") || has("--volumes")) {
        fields.wrong("command", NEVER);
        return None;
    }
    fields.command("command").map(Filling::Line)
}

/// What runs a command counts in minutes; the step's own timeout stops it sooner.
fn minutes(timeout: Duration) -> Filling {
    Filling::Number(timeout.as_secs().div_ceil(60).max(1))
}
