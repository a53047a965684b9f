//! How much room there is where an Ollama keeps its models, where that is this machine.

use std::{path::PathBuf, process::Stdio, time::Duration};

use tokio::process::Command;

use crate::{Provider, address};

/// A disk that does not answer by then is not asked.
const PATIENCE: Duration = Duration::from_secs(3);
/// Where Ollama keeps models: as a service of Debian's or of its own installer, and in one's own home.
const PLACES: [&str; 2] = ["/usr/share/ollama/.ollama/models", "/var/lib/ollama/models"];

/// Bytes that are free there; none where nobody can know.
pub(crate) async fn free(ollama: &Provider) -> Option<u64> {
    if !address::is_own(&ollama.address).await {
        return None;
    }
    let place = PLACES.iter().map(PathBuf::from).find(|place| place.is_dir())?;
    let asked = Command::new("df")
        .args(["--output=avail", "--block-size=1"])
        .arg(place)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    String::from_utf8(output.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
}
