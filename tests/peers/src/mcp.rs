//! An MCP server by the protocol's own Python SDK, as a file names it for whoever runs the bot.

use std::path::{Path, PathBuf};

use serde_json::json;

/// Writes the file that names it, as `notes`.
pub fn name_notes(file: &Path) {
    let (home, script) = (under("target/peers/mcp"), under("tests/peers/mcp/server.py"));
    let about = std::fs::read_to_string(home.join("pyvenv.cfg")).expect("tests/peers/install.sh peers installs it");
    let base = about.lines().find_map(|line| line.strip_prefix("home = ")).expect("it says whose Python it is");
    let base = Path::new(base.trim()).parent().expect("Python is in a folder");
    let mut read = vec![home.clone(), script.clone()];
    if !base.starts_with("/usr") {
        read.push(base.to_owned());
    }
    let notes = json!({ "command": home.join("bin/python"), "args": ["-B", script], "read": read });
    std::fs::write(file, json!({ "mcpServers": { "notes": notes } }).to_string()).expect("the file is written");
}

fn under(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there").join(path)
}
