//! Measures the redactor: for the table of `make bench`, and by itself in `services/base/examples/throughput.rs`.

use std::{hint::black_box, time::Instant};

use ::base64::{Engine as _, engine::general_purpose as base64};
use base::Redactor;

/// How many values are known.
const KNOWN: [usize; 3] = [0, 10, 1_000];
/// Text of one pass, in bytes.
const SIZE: usize = 16 << 20;
const RUNS: usize = 5;

/// What one kind of text takes.
pub(crate) struct Row {
    pub(crate) text: &'static str,
    /// With each of [`KNOWN`].
    pub(crate) megabytes_per_second: [f64; 3],
}

/// Every kind of text, measured.
pub(crate) fn rows() -> Vec<Row> {
    let texts = [("clean logs", logs()), ("base64", encoded()), ("logs with a secret in every line", secrets())];
    texts.map(|(name, text)| Row { text: name, megabytes_per_second: KNOWN.map(|known| measure(&text, known)) }).into()
}

fn measure(text: &str, known: usize) -> f64 {
    let redactor = Redactor::default();
    (0..known).for_each(|number| redactor.learn(&value(number)));
    // The search is made when it is first needed.
    black_box(redactor.mask("warm"));
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            black_box(redactor.mask(black_box(text)));
            f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX)) / 1e6 / began.elapsed().as_secs_f64()
        })
        .collect();
    runs.sort_unstable_by(f64::total_cmp);
    runs[RUNS / 2]
}

/// Like a token, the same every time.
fn value(number: usize) -> String {
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters[usize::try_from(state >> 33).unwrap_or_default() % letters.len()])
    };
    (0..16 + number % 24).map(|_| next()).collect()
}

fn repeated(line: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(SIZE + 1_024);
    let mut number = 0;
    while text.len() < SIZE {
        text.push_str(&line(number));
        number += 1;
    }
    text
}

fn logs() -> String {
    repeated(|number| match number % 4 {
        0 => format!(
            "2026-11-21T04:26:45.{:03}Z INFO http: GET /api/v1/items/{number} 200 in 12.7ms client=10.0.0.{}\n",
            number % 1_000,
            number % 256
        ),
        1 => format!(
            "Nov 21 04:26:45 web-1 systemd[1]: Started Session {number} of user deploy; nothing else to report.\n"
        ),
        2 => format!(
            "[build] Compiling crate-{number} v0.1.{} (https://example.org/git/crate) with 8 jobs\n",
            number % 90
        ),
        _ => format!(
            "{number}: worker picked job id=3f2b9c1e-{number:08x} queue=default attempt=1 latency_ms={}\n",
            number % 97
        ),
    })
}

fn encoded() -> String {
    repeated(|number| base64::STANDARD.encode(value(number).repeat(3)) + "\n")
}

fn secrets() -> String {
    repeated(|number| {
        format!("2026-11-21T04:26:45Z WARN login: token={} was used by worker {number}\n", value(number % 10))
    })
}
