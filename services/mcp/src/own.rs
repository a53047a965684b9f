//! The servers that whoever runs the bot named, in a file: programs of this machine, and addresses of the house.
//!
//! The file is the one other assistants read: `{"mcpServers": {"files": {"command": "…", "args": ["…"]}, "wiki": {"url": "…"}}}`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use base::GuildId;
use reqwest::Url;
use serde::Deserialize;

use crate::ServerName;

/// A longer file is a mistake.
const LONGEST: u64 = 256 * 1024;
/// Memory a program gets unless the file says otherwise, in megabytes.
const MEMORY: u64 = 1_024;
/// Processes it may have unless the file says otherwise.
const PROCESSES: u32 = 128;

/// The servers that whoever runs the bot named, and for which guilds they are there.
#[derive(Debug, Clone, Default)]
pub struct Own {
    servers: BTreeMap<String, Named>,
    guilds: Vec<GuildId>,
}

/// A server that is named in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// At an address, of the house or not.
    At(Url),
    /// A program, in a sandbox.
    Program(Box<Program>),
}

/// A program, and what it may use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub(crate) command: PathBuf,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// Whether it reaches the network; without, not even this machine.
    #[serde(default)]
    pub(crate) network: bool,
    /// Paths it reads besides `/usr`.
    #[serde(default)]
    pub(crate) read: Vec<PathBuf>,
    /// Paths it may write.
    #[serde(default)]
    pub(crate) write: Vec<PathBuf>,
    #[serde(default = "memory")]
    pub(crate) memory_mb: u64,
    #[serde(default = "processes")]
    pub(crate) processes: u32,
}

fn memory() -> u64 {
    MEMORY
}

fn processes() -> u32 {
    PROCESSES
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    url: String,
}

impl Own {
    /// What `NEBULA_MCP` and its list of guilds say.
    ///
    /// # Errors
    /// The sentence says what is wrong with them.
    pub fn new(file: Option<&str>, guilds: &str) -> Result<Self, String> {
        let ids = guilds.split([',', ' ']).map(str::trim).filter(|id| !id.is_empty());
        let read = |id: &str| id.parse().map(GuildId).map_err(|_| format!("`{id}` is no server's id"));
        let guilds = ids.map(read).collect::<Result<Vec<_>, _>>()?;
        let Some(file) = file else { return Ok(Self { servers: BTreeMap::new(), guilds }) };
        let cannot = |error: std::io::Error| format!("`{file}` cannot be read: {error}");
        if std::fs::metadata(file).map_err(cannot)?.len() > LONGEST {
            return Err(format!("`{file}` is longer than any list of servers"));
        }
        let text = std::fs::read_to_string(file).map_err(cannot)?;
        Ok(Self { servers: parse(&text).map_err(|why| format!("`{file}`: {why}"))?, guilds })
    }

    /// Those that a guild may switch on, by name.
    pub(crate) fn of(&self, guild: GuildId) -> impl Iterator<Item = (&String, &Named)> {
        let is_for = self.guilds.contains(&guild);
        self.servers.iter().filter(move |_| is_for)
    }

    /// What stands there under this name, for this guild.
    pub(crate) fn named(&self, guild: GuildId, name: &str) -> Option<&Named> {
        self.of(guild).find(|(known, _)| *known == name).map(|(_, named)| named)
    }

    /// What programs are given in their environment may be secret.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let programs = self.servers.values().filter_map(|named| match named {
            Named::Program(program) => Some(program),
            Named::At(_) => None,
        });
        programs.flat_map(|program| program.env.values().map(String::as_str))
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, Named>, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut servers = BTreeMap::new();
    for (name, server) in file.servers {
        let name: ServerName =
            name.parse().map_err(|_| format!("`{name}` is no name: letters, digits and `-`, at most 32"))?;
        let wrong = |why: String| format!("`{name}`: {why}");
        let named = if server.get("url").is_some() {
            let At { url } = serde_json::from_value(server).map_err(|error| wrong(error.to_string()))?;
            let url = Url::parse(&url).ok().filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
            });
            Named::At(url.ok_or_else(|| wrong("its url is no address like http://127.0.0.1:9000/mcp".to_owned()))?)
        } else {
            // What stands in its environment may be secret, and a mistake there would quote it.
            let program: Program = serde_json::from_value(server).map_err(|error| match error.classify() {
                serde_json::error::Category::Data if error.to_string().contains("invalid type") => {
                    wrong("something in it is of the wrong kind".to_owned())
                }
                _ => wrong(error.to_string()),
            })?;
            let paths = [&program.command].into_iter().chain(&program.read).chain(&program.write);
            if let Some(path) = paths.into_iter().find(|path| !Path::is_absolute(path)) {
                return Err(wrong(format!("`{}` does not begin with `/`", path.display())));
            }
            if program.memory_mb == 0 || program.processes == 0 {
                return Err(wrong("it cannot run without memory and processes".to_owned()));
            }
            Named::Program(Box::new(program))
        };
        servers.insert(name.to_string(), named);
    }
    Ok(servers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_programs_and_addresses_and_its_mistakes_are_said_without_its_secrets() {
        let all = parse(
            r#"{"mcpServers": {"files": {"command": "/usr/bin/files", "args": ["/srv"], "env": {"K": "v"}, "read": ["/srv"]},
                "wiki": {"url": "http://127.0.0.1:9000/mcp"}}}"#,
        )
        .unwrap();
        let Named::Program(files) = &all["files"] else { panic!("{all:?}") };
        assert!(!files.network && files.memory_mb == MEMORY && files.write.is_empty());
        assert!(matches!(&all["wiki"], Named::At(url) if url.port() == Some(9000)));
        for wrong in [
            "",
            "{}",
            r#"{"mcpServers": {"a b": {"url": "http://x"}}}"#,
            r#"{"mcpServers": {"a": {"url": "ftp://x"}}}"#,
            r#"{"mcpServers": {"a": {"url": "http://u:hunter2@x"}}}"#,
            r#"{"mcpServers": {"a": {"command": "files"}}}"#,
            r#"{"mcpServers": {"a": {"command": "/f", "env": "hunter2"}}}"#,
            r#"{"mcpServers": {"a": {"command": "/f", "sandbox": false}}}"#,
            r#"{"mcpServers": {"a": {"command": "/f", "read": ["srv"]}}}"#,
            r#"{"mcpServers": {"a": {"command": "/f", "processes": 0}}}"#,
        ] {
            let why = parse(wrong).unwrap_err();
            assert!(!why.is_empty() && !why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn they_are_there_only_for_the_guilds_that_are_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"mcpServers": {"wiki": {"url": "http://127.0.0.1:9000/mcp"}}}"#).unwrap();
        let own = Own::new(file.path().to_str(), "1, 2").unwrap();
        assert!(own.named(GuildId(2), "wiki").is_some() && own.named(GuildId(3), "wiki").is_none());
        assert!(Own::new(file.path().to_str(), "everybody").is_err() && Own::new(Some("/nowhere"), "").is_err());
    }
}
