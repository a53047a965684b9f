//! A disk that keeps only what was synced, for one process: after a kill, its files can be put back as a power cut leaves them.
//!
//! It is a library of some lines of C that is preloaded into the process, and copies each file when it is synced.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tempfile::TempDir;

/// Remembers what was synced.
#[derive(Debug)]
pub struct Unsynced {
    copies: TempDir,
    files: String,
}

impl Unsynced {
    /// Remembers the files whose names begin like this.
    ///
    /// # Panics
    /// When there is no place for the copies.
    pub fn of(files: &str) -> Self {
        Self { copies: tempfile::tempdir().expect("a directory for the copies"), files: files.to_owned() }
    }

    /// What the process must find in its environment.
    ///
    /// # Panics
    /// When the library cannot be built: it takes a C compiler, which Rust's linker is as well.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("LD_PRELOAD", library().display().to_string()),
            ("UNSYNCED_COPIES", self.copies.path().display().to_string()),
            ("UNSYNCED_FILES", self.files.clone()),
        ]
    }

    /// What is in this directory now was synced. Only while no process has it open.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn begin(&self, directory: &Path) {
        for file in self.among(directory) {
            let name = file.file_name().expect("it was listed");
            fs::copy(&file, self.copies.path().join(name)).expect("it can be read");
        }
    }

    /// Puts the files in this directory back as they were synced last; what never was is gone. Only once the process is dead.
    ///
    /// # Panics
    /// When a file cannot be put back.
    pub fn cut(&self, directory: &Path) {
        for file in self.among(directory) {
            fs::remove_file(file).expect("it was just listed");
        }
        for copy in self.among(self.copies.path()) {
            let name = copy.file_name().expect("it was listed").to_owned();
            // One that was being written when the process was killed was not synced.
            if copy.extension().is_none_or(|end| end != "new") {
                fs::copy(&copy, directory.join(name)).expect("the copy can be read");
            }
        }
    }

    fn among(&self, directory: &Path) -> Vec<PathBuf> {
        let all = fs::read_dir(directory).expect("the directory is there").flatten();
        let ours = all.filter(|file| file.file_name().to_string_lossy().starts_with(&self.files));
        ours.map(|file| file.path()).filter(|path| path.extension().is_none_or(|end| end != "lock")).collect()
    }
}

/// The library, built once a process.
fn library() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let home = tempfile::tempdir().expect("a directory for the library");
        let path = home.path().join("unsynced.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("unsynced/unsynced.c");
        let made =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&path, &source]).arg("-ldl").output();
        let made = made.expect("cc is there: Rust links with it");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (home, path)
    });
    path
}
