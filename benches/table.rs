//! The table: medians, how far the runs lie apart, and how many times better Nebula is.

use std::process::Command;

use crate::{
    Asked,
    bot::installed,
    rounds::{A_SECOND, Round},
};

/// Which of two numbers is the better one.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    Less,
    More,
}

struct Figure {
    what: String,
    unit: &'static str,
    of: fn(&Round) -> f64,
    better: Better,
    reach: &'static str,
}

pub(crate) fn print(asked: &Asked, rounds: &[Vec<Round>; 3]) {
    println!("Medians of {} runs in turn (least to most), on {}.\n", asked.runs, machine());
    println!("| figure | Nebula | discord.js | discord.py | × discord.js | × discord.py | to reach |");
    println!("|---|---|---|---|---|---|---|");
    for figure in figures(asked) {
        let all = rounds.each_ref().map(|rounds| sorted(rounds.iter().map(figure.of).collect()));
        let [nebula, js, py] = all.each_ref().map(|values| values[values.len() / 2]);
        let shown = all.each_ref().map(|values| range(values, figure.unit));
        println!(
            "| {} | {} | {} | {} | {} |",
            figure.what,
            shown.join(" | "),
            times(nebula, js, figure.better),
            times(nebula, py, figure.better),
            figure.reach
        );
    }
    println!("\n{}", notes());
}

fn figures(asked: &Asked) -> Vec<Figure> {
    use Better::{Less, More};
    let figure = |what: String, unit, of, better, reach| Figure { what, unit, of, better, reach };
    let acknowledged =
        |part| format!("`/server list` to acknowledgement, {A_SECOND}/s for {} s, {part}", asked.seconds);
    let events = asked.events;
    vec![
        figure(acknowledged("p50"), "ms", |round| round.acknowledged_p50, Less, "≤ 2 ms"),
        figure(acknowledged("p99"), "ms", |round| round.acknowledged_p99, Less, "≤ 20 ms"),
        figure("of those, later than 3 s".to_owned(), "", |round| round.late, Less, "0"),
        figure(
            format!("{events} messages: events per CPU-second"),
            "/s",
            |round| round.messages,
            More,
            "≥ 5 × discord.js",
        ),
        figure(
            format!("{events} mixed events: events per CPU-second"),
            "/s",
            |round| round.mix,
            More,
            "≥ 5 × discord.js",
        ),
        figure(
            "start of the process to the first command answered".to_owned(),
            "ms",
            |round| round.start,
            Less,
            "≤ 200 ms",
        ),
        figure("memory after 10 s idle, one guild".to_owned(), "MiB", |round| round.memory, Less, "≤ 25 MiB"),
        figure(
            "memory after 10 s idle, 1,000 guilds of 100 members, 15 channels, 10 roles".to_owned(),
            "MiB",
            |round| round.memory_many,
            Less,
            "≤ ⅓ of discord.js",
        ),
    ]
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn range(sorted: &[f64], unit: &str) -> String {
    let number =
        |value: f64| if value < 100.0 && !unit.is_empty() { format!("{value:.1}") } else { format!("{value:.0}") };
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    format!("{} {unit} ({}–{})", number(sorted[sorted.len() / 2]), number(least), number(most))
}

fn times(nebula: f64, other: f64, better: Better) -> String {
    let factor = if better == Better::Less { other / nebula } else { nebula / other };
    if factor.is_finite() { format!("{factor:.1}") } else { "–".to_owned() }
}

fn notes() -> String {
    let js = version("node", &["-p", &format!("require('{}').version", package("discord.js"))]);
    let sqlite = version("node", &["-p", &format!("require('{}').version", package("better-sqlite3"))]);
    let python = installed("discord.py/bin/python").display().to_string();
    let of =
        |name: &str| version(&python, &["-c", &format!("import importlib.metadata as m; print(m.version('{name}'))")]);
    format!(
        "Nebula {}, serenity 0.12.5, {} · discord.js {js}, better-sqlite3 {sqlite}, bufferutil, Node.js {} · discord.py {}, \
         aiohttp {}, orjson {}, uvloop {}, {}.\n\n\
         All three run the same work in the same sandbox: a row in SQLite (WAL, `synchronous = full`), the answer, the row \
         completed. They have the same intents; caches are at each library's defaults (Nebula keeps none); no connection to the \
         gateway is compressed. Nebula speaks TLS to the REST API and the others plain HTTP; it also checks permissions, masks \
         secrets, and answers in two requests instead of one.",
        env!("CARGO_PKG_VERSION"),
        version("rustc", &["--version"]).split(" (").next().unwrap(),
        version("node", &["--version"]),
        of("discord.py"),
        of("aiohttp"),
        of("orjson"),
        of("uvloop"),
        version(&python, &["--version"]),
    )
}

fn package(name: &str) -> String {
    installed("discord.js/node_modules").join(name).join("package.json").display().to_string()
}

fn version(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().unwrap();
    let memory = read("/proc/meminfo");
    let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
    let gibibytes = memory.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / (1024.0 * 1024.0);
    format!("{cores} cores ({}), {gibibytes:.0} GiB", model.trim_start_matches([' ', '\t', ':']))
}
