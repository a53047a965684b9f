//! Prints what choosing tools for a question costs, and what a call's check and a report's telling do: `cargo bench --bench tools`.

#![expect(clippy::print_stdout, reason = "a table on standard output is what this program is for")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use ai::{
    Call,
    tools::{Catalogue, Fence, Offered, Toolbox, check, plain, result},
};
use serde_json::json;

/// What a crew asks.
const QUESTIONS: &str = include_str!("../ai/tests/data/questions.txt");
/// So many tools: the registry's, and those of some other programs.
const TOOLS: usize = 500;
/// How often everything is done.
const TIMES: usize = 20;

fn main() {
    let offered = offered();
    let began = Instant::now();
    let toolbox = Toolbox::new(Catalogue::of(offered));
    let built = began.elapsed();
    let questions: Vec<&str> = QUESTIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('\t')?.0))
        .collect();

    println!("| what | median | p99 | to reach |\n|---|---|---|---|");
    println!("| {TOOLS} tools made of actions, and their index | {} | – | – |", shown(built));
    row(&format!("a question, of {TOOLS} tools the first"), "≤ 2 ms", &questions.iter(), |question| {
        let mut asked = toolbox.clone();
        asked.ask(question);
        black_box(asked.tools());
    });
    row(&format!("`find_tool` over {TOOLS} tools"), "≤ 2 ms", &questions.iter(), |question| {
        black_box(toolbox.clone().find(question));
    });
    let pasted = "2026-11-21T21:00:00Z ERROR web upstream timed out while reading the response header ".repeat(1_000);
    row("a question with a pasted log of 84 kB", "≤ 2 ms", &std::iter::repeat_n(&pasted, 50), |question| {
        let mut asked = toolbox.clone();
        asked.ask(question);
        black_box(asked.tools());
    });
    let call = Call {
        id: "1".into(),
        name: "kind-7_restart".into(),
        arguments: r#"{"server":"web-1","name":"api","lines":50}"#.into(),
    };
    row("a call checked against its schema", "–", &std::iter::repeat_n(&call, 200), |call| {
        black_box(check(toolbox.catalogue(), call));
    });
    let report = json!({ "server": "nas", "lines": (0..5_000).map(|at| format!("line {at} of a log that goes on")).collect::<Vec<_>>() });
    let fence = Fence::new("5d41402abc4b2a76b9719d911017c592");
    row("a report of 200 kB told in 8 kB", "–", &std::iter::repeat_n(&report, 50), |report| {
        black_box(fence.wrap("container_logs", &result::told(report, 8_000, &["lines"])));
    });
    let answer =
        "Look at **web**: [the log](https://evil.example) says `502`.\n```sh\ncurl http://localhost\n```\n".repeat(20);
    row("an answer of 2 kB made safe and split", "–", &std::iter::repeat_n(&answer, 50), |answer| {
        black_box(plain::pieces(&plain::inert(answer, |_| false), 2_000));
    });
}

/// Tools as large as ours, in the words of a crew and in others.
fn offered() -> Vec<Offered> {
    let verbs = ["list", "show", "restart", "stop", "remove", "logs", "set", "test", "run", "export"];
    let things = [
        "container",
        "server",
        "volume",
        "incident",
        "backup",
        "certificate",
        "network",
        "schedule",
        "secret",
        "stream",
    ];
    let one = |at: usize| {
        let (verb, thing) = (verbs[at % verbs.len()], things[at / verbs.len() % things.len()]);
        let text = |about: String| json!({ "type": "string", "description": about });
        Offered {
            name: format!("kind-{}.{verb}", at / verbs.len()),
            description: format!("{verb} a {thing}, as it was asked for number {at}; what depends on it is told."),
            schema: json!({
                "type": "object", "required": ["server"],
                "properties": {
                    "server": text(format!("The server that the {thing} is on.")),
                    "name": text(format!("The name of the {thing}.")),
                    "lines": { "type": "integer", "minimum": 1, "maximum": 500, "description": "So many of the last lines." },
                    "filter": text("Only what holds these words.".to_owned()),
                },
            }),
            looks: matches!(verb, "list" | "show" | "logs"),
        }
    };
    (0..TOOLS).map(one).collect()
}

fn row<T>(what: &str, reach: &str, each: &(impl Iterator<Item = T> + Clone), mut work: impl FnMut(T)) {
    let mut times = Vec::new();
    for round in 0..=TIMES {
        for one in each.clone() {
            let began = Instant::now();
            work(one);
            // The first round is thrown away.
            if round > 0 {
                times.push(began.elapsed());
            }
        }
    }
    times.sort_unstable();
    println!("| {what} | {} | {} | {reach} |", shown(times[times.len() / 2]), shown(times[times.len() * 99 / 100]));
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}
