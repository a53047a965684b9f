//! One thing of the workspace: where it is from, and what it is or why it is not.

use serde::Serialize;

use crate::mistake::Mistake;

/// Where an item is from; a later one of these takes the place of an earlier one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It comes with the program.
    BuiltIn,
    /// The folder's `framework/`.
    Framework,
    /// The folder's `workspace/`.
    Workspace,
    /// People made it in Discord.
    Guild,
}

impl Origin {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::Framework => "framework",
            Self::Workspace => "workspace",
            Self::Guild => "made here",
        }
    }
}

/// What a file was read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read<T> {
    /// The thing itself, or all that is wrong with it.
    pub read: Result<T, Vec<Mistake>>,
    /// What keeps it from nothing and is still worth knowing.
    pub notes: Vec<Mistake>,
    /// The line that names its parent.
    #[serde(skip)]
    pub(crate) parent_at: Option<usize>,
}

impl<T> Read<T> {
    pub(crate) fn of(read: Result<T, Vec<Mistake>>, notes: Vec<Mistake>) -> Self {
        Self { read, notes, parent_at: None }
    }
}

/// It cannot be used, for these reasons.
pub(crate) fn found<T>(mistakes: Vec<Mistake>) -> Read<T> {
    Read::of(Err(mistakes), Vec::new())
}

/// An item as it stands in a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item<T> {
    /// Unique among its kind.
    pub name: String,
    /// Where it is from.
    pub origin: Origin,
    /// The file it stands in, from the folder down.
    pub file: String,
    /// Where those are from whose place it takes.
    pub replaces: Vec<Origin>,
    /// What it is.
    #[serde(flatten)]
    pub what: Read<T>,
}

impl<T> Item<T> {
    pub(crate) fn new(origin: Origin, file: &str, name: String, what: Read<T>) -> Self {
        Self { name, origin, file: file.to_owned(), replaces: Vec::new(), what }
    }

    /// The thing itself, where it can be used.
    pub fn ok(&self) -> Option<&T> {
        self.what.read.as_ref().ok()
    }

    /// Everything that is wrong or odd about it.
    pub fn mistakes(&self) -> impl Iterator<Item = &Mistake> {
        self.what.read.as_ref().err().into_iter().flatten().chain(&self.what.notes)
    }
}
