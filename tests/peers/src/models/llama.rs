//! A real llama.cpp server on a tiny real model, and the same behind Ollama's interface.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A llama.cpp server. Asked plainly its model says "the server is up and ok."; with tools it makes a call that fits them.
#[derive(Debug)]
pub struct Llama(Process);

impl Llama {
    /// The name of its model.
    pub const MODEL: &'static str = "tiny";

    pub fn start() -> Self {
        let model = under("target/peers/llm/tiny.gguf");
        Self(Process::start("server.py", model.to_str().expect("the path is text")))
    }

    /// Where it speaks OpenAI's wire.
    pub fn url(&self) -> String {
        format!("{}/v1", self.0.url)
    }

    /// The same model behind Ollama's interface, for as long as both are there.
    pub fn as_ollama(&self) -> Shim {
        Shim(Process::start("shim.py", &self.0.url))
    }
}

/// Ollama's interface before a real llama.cpp server.
#[derive(Debug)]
pub struct Shim(Process);

impl Shim {
    /// The name of its model.
    pub const MODEL: &'static str = "tiny:latest";

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.0.url
    }
}

#[derive(Debug)]
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(script: &str, argument: &str) -> Self {
        let python = under("target/peers/llm/bin/python");
        assert!(python.exists(), "tests/peers/install.sh peers installs what runs a model");
        let mut child = Command::new(python)
            .arg(under("tests/peers/llm").join(script))
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python is there");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let url = loop {
            let line = lines.next().expect("it says where it listens").expect("it says so in text");
            if let Some(url) = line.strip_prefix("listening ") {
                break url.to_owned();
            }
        };
        // What else it says is read by nobody, and must not make it wait.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A path of the workspace.
fn under(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
