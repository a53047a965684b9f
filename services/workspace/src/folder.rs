//! The folder of whoever runs the bot: looked at every few seconds, and read where it changed.
//!
//! **Invariants:** nothing outside the folder is read, whatever links lead there; every file has a limit, and so has their number.
//! What is no plain file is not opened: a pipe would never end.

use std::{
    fs,
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use base::GuildId;

use crate::{
    item::Origin,
    layer::{Files, Layer},
    mistake::Mistake,
    yaml::LARGEST,
};

/// The most files of a kind in one layer, and the most of an agent's directory.
const MOST: usize = 200;
/// Of each agent these are read.
const OF_AN_AGENT: [&str; 3] = ["config.yaml", "config.yml", "prompt.md"];
const LAYERS: [(&str, Origin); 2] = [("framework", Origin::Framework), ("workspace", Origin::Workspace)];

/// Where the folder is, and for whom it is there.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    root: Option<PathBuf>,
    guilds: Vec<GuildId>,
}

impl Folder {
    /// What `NEBULA_WORKSPACE` and its list of guilds say. Without a folder there is what is built in.
    ///
    /// # Errors
    /// The sentence says what is wrong with them.
    pub fn new(root: Option<&str>, guilds: &str) -> Result<Self, String> {
        let ids = guilds.split([',', ' ']).map(str::trim).filter(|id| !id.is_empty());
        let read = |id: &str| id.parse().map(GuildId).map_err(|_| format!("`{id}` is no server's id"));
        let guilds = ids.map(read).collect::<Result<Vec<_>, _>>()?;
        let Some(root) = root else { return Ok(Self { root: None, guilds }) };
        let found = fs::canonicalize(root).map_err(|error| format!("`{root}` cannot be opened: {error}"))?;
        if !found.is_dir() {
            return Err(format!("`{root}` is no folder"));
        }
        Ok(Self { root: Some(found), guilds })
    }

    /// Whether it is there for a guild.
    pub(crate) fn is_for(&self, guild: GuildId) -> bool {
        self.guilds.contains(&guild)
    }

    /// Whether anybody could see what changes in it.
    pub(crate) fn is_watched(&self) -> bool {
        self.root.is_some() && !self.guilds.is_empty()
    }

    /// What its files look like now: equal to what they looked like before, nothing has changed.
    pub(crate) fn look(&self) -> Vec<Found> {
        let Some(root) = &self.root else { return Vec::new() };
        let mut all = Vec::new();
        for (top, _) in LAYERS {
            for kind in ["agents", "skills", "registries", "playbooks", "memory"] {
                look_in(root, &[top, kind], &mut all);
            }
            for file in ["checks.yaml", "followups.yaml", "workspace.yaml", "workspace.yml"] {
                if root.join(top).join(file).symlink_metadata().is_ok() {
                    all.push(Found::at(root, format!("{top}/{file}")));
                }
            }
        }
        all
    }
}

/// Reads what was found.
pub(crate) fn read(found: &[Found]) -> [Layer; 2] {
    LAYERS.map(|(top, origin)| {
        let mut files = Files::new();
        let mut mistakes = Vec::new();
        for one in found {
            let Some(path) = one.path.strip_prefix(top).and_then(|path| path.strip_prefix('/')) else { continue };
            match &one.stands {
                Stands::TooMany => mistakes.push(Mistake::new(
                    &one.path,
                    None,
                    format!("there are more than {MOST} here; what comes after them is left out"),
                )),
                Stands::Refused(why) => drop(files.insert(path.to_owned(), Err(why.clone()))),
                Stands::File { at, .. } => drop(files.insert(path.to_owned(), text(at))),
            }
        }
        let mut layer = Layer::read(origin, top, &files);
        layer.mistakes.extend(mistakes);
        layer
    })
}

/// A file, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// From the folder down.
    path: String,
    stands: Stands,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stands {
    /// Here, and changed when any of these changes.
    File { at: PathBuf, stamp: [i64; 5] },
    /// It is not read, for this reason.
    Refused(String),
    /// No file, but the end of a list.
    TooMany,
}

impl Found {
    fn at(root: &Path, path: String) -> Self {
        let stands = stands(root, &root.join(&path)).unwrap_or_else(Stands::Refused);
        Self { path, stands }
    }
}

fn stands(root: &Path, path: &Path) -> Result<Stands, String> {
    let at = fs::canonicalize(path).map_err(|error| format!("it cannot be opened: {error}"))?;
    if !at.starts_with(root) {
        return Err("it is a link out of the folder, and is not followed".to_owned());
    }
    let now = fs::metadata(&at).map_err(|error| format!("it cannot be opened: {error}"))?;
    if !now.is_file() {
        return Err("it is no plain file".to_owned());
    }
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    if now.len() > most {
        return Err(format!("it has {} bytes, and {most} are the most", now.len()));
    }
    let number = |number: u64| i64::from_ne_bytes(number.to_ne_bytes());
    let stamp = [now.mtime(), now.mtime_nsec(), now.ctime_nsec(), number(now.ino()), number(now.len())];
    Ok(Stands::File { at, stamp })
}

/// The files of one kind. A directory that cannot be opened has none: there need not be one.
fn look_in(root: &Path, below: &[&str], all: &mut Vec<Found>) {
    let here = below.join("/");
    let Ok(at) = fs::canonicalize(root.join(&here)) else { return };
    if !at.starts_with(root) {
        let why = "it is a link out of the folder, and is not followed".to_owned();
        return all.push(Found { path: format!("{here}/"), stands: Stands::Refused(why) });
    }
    let Ok(entries) = fs::read_dir(&at) else { return };
    let mut names: Vec<String> = entries
        .take(MOST * 5)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && !name.ends_with('~'))
        .collect();
    names.sort();
    if names.len() > MOST {
        names.truncate(MOST);
        all.push(Found { path: format!("{here}/…"), stands: Stands::TooMany });
    }
    for name in names {
        let path = format!("{here}/{name}");
        if below.last() != Some(&"agents") {
            all.push(Found::at(root, path));
            continue;
        }
        match fs::canonicalize(root.join(&path)) {
            Ok(at) if !at.starts_with(root) => {
                let why = "it is a link out of the folder, and is not followed".to_owned();
                all.push(Found { path: format!("{path}/config.yaml"), stands: Stands::Refused(why) });
            }
            Ok(at) if at.is_dir() => {
                let there = OF_AN_AGENT.iter().filter(|file| at.join(file).symlink_metadata().is_ok());
                let before = all.len();
                all.extend(there.map(|file| Found::at(root, format!("{path}/{file}"))));
                if all.len() == before {
                    let why = "there is neither config.yaml nor prompt.md in its directory".to_owned();
                    all.push(Found { path: format!("{path}/config.yaml"), stands: Stands::Refused(why) });
                }
            }
            _ => {}
        }
    }
}

/// What is in a file, as far as it is text and no more than may be.
fn text(at: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("it cannot be read: {error}");
    let file = fs::File::open(at).map_err(cannot)?;
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > LARGEST {
        return Err(format!("it has more than {most} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is no text (UTF-8)".to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::merge::{Catalogue, merge};

    fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(root: &Path) -> Catalogue {
        let folder = Folder::new(root.to_str(), "1").unwrap();
        merge(&super::read(&folder.look()))
    }

    fn told(all: &Catalogue) -> Vec<String> {
        all.all_mistakes().map(Mistake::told).collect()
    }

    #[test]
    fn a_folder_is_read_as_it_stands() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "framework/agents/ops/config.yaml", "name: ops\n");
        write(root.path(), "framework/agents/ops/prompt.md", "Below");
        write(root.path(), "workspace/agents/mine/config.yml", "name: ops\n");
        write(root.path(), "workspace/agents/mine/prompt.md", "Above");
        write(root.path(), "workspace/skills/free.md", "# Free\nwords\n");
        write(root.path(), "workspace/skills/.free.md.swp", "an editor's own");
        write(root.path(), "workspace/checks.yaml", "checks: [{id: a, prompt: b}]\n");
        let all = read(root.path());
        assert_eq!(told(&all), [""; 0]);
        assert_eq!(all.agents["ops"].ok().unwrap().prompt, "Above");
        assert_eq!((all.skills.len(), all.checks.len()), (1, 1));
    }

    #[test]
    fn links_out_of_the_folder_and_what_is_too_large_or_no_text_is_refused_in_words() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(outside.path(), "skill.md", "# Outside\nA secret of somebody else.\n");
        write(outside.path(), "agent/prompt.md", "x");
        write(root.path(), "workspace/skills/inside.md", "# Inside\nwords\n");
        symlink(outside.path().join("skill.md"), root.path().join("workspace/skills/out.md")).unwrap();
        symlink("inside.md", root.path().join("workspace/skills/linked.md")).unwrap();
        symlink("nowhere.md", root.path().join("workspace/skills/gone.md")).unwrap();
        fs::create_dir_all(root.path().join("workspace/agents")).unwrap();
        symlink(outside.path().join("agent"), root.path().join("workspace/agents/out")).unwrap();
        write(root.path(), "workspace/skills/large.md", "x".repeat(LARGEST + 1));
        write(root.path(), "workspace/skills/bytes.md", b"# \xff");
        fs::create_dir_all(root.path().join("workspace/playbooks/folder.md")).unwrap();
        let all = read(root.path());
        assert_eq!(
            told(&all),
            [
                "`workspace/agents/out/config.yaml`: it is a link out of the folder, and is not followed",
                "`workspace/skills/bytes.md`: it is no text (UTF-8)",
                "`workspace/skills/gone.md`: it cannot be opened: No such file or directory (os error 2)",
                "`workspace/skills/large.md`: it has 65537 bytes, and 65536 are the most",
                "`workspace/skills/out.md`: it is a link out of the folder, and is not followed",
                "`workspace/playbooks/folder.md`: it is no plain file",
            ]
        );
        assert!(all.skills["linked"].ok().is_some(), "a link within the folder is as good as the file");
    }

    #[test]
    fn a_change_is_seen_and_nothing_else_is() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "workspace/skills/free.md", "# Free\nwords\n");
        let folder = Folder::new(root.path().to_str(), "").unwrap();
        let before = folder.look();
        assert_eq!(before, folder.look());
        write(root.path(), "workspace/skills/more.md", "# More\nwords\n");
        assert_ne!(before, folder.look());
        let before = folder.look();
        write(root.path(), "workspace/skills/more.md", "# More\nother words\n");
        assert_ne!(before, folder.look());
    }

    #[test]
    fn what_the_settings_say_must_be_a_folder_and_ids() {
        assert!(Folder::new(None, "1, 2").unwrap().is_for(GuildId(2)));
        assert!(!Folder::new(None, "").unwrap().is_for(GuildId(2)));
        assert!(Folder::new(Some("/nowhere-at-all"), "1").unwrap_err().contains("cannot be opened"));
        assert!(Folder::new(Some("/etc/hostname"), "1").unwrap_err().contains("is no folder"));
        assert!(Folder::new(None, "everybody").is_err());
    }
}
