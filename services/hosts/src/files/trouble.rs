//! What people read when something with a file did not work: what, why, and what was not changed.

use base::{Card, Error, card::code, measure};
use store::servers::Server;

use crate::ssh::{Room, Sftp, SftpError};

/// Less than this is as good as nothing.
const FULL: u64 = 64 * 1024;

/// What was tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried<'a> {
    /// Completes "Could not …": "read".
    pub(super) verb: &'static str,
    /// What is as it was, in a sentence.
    pub(super) left: &'static str,
    /// The server.
    pub(super) server: &'a Server,
    /// The path.
    pub(super) path: &'a str,
}

impl Tried<'_> {
    /// It did not work, for this reason.
    pub(super) fn because(&self, why: impl AsRef<str>) -> Error {
        let card =
            Card::failed(format!("**Could not {}** {} on {}", self.verb, code(self.path), code(&self.server.name)));
        Error::Outside(Box::new(card.text(format!("{} {}", why.as_ref(), self.left))))
    }

    /// The same for what the server said, which is asked why where it did not say.
    pub(super) async fn failed(&self, sftp: &Sftp, error: &SftpError, directory: &str) -> Error {
        let room = if *error == SftpError::Failed { sftp.room(directory).await } else { None };
        self.because(sentence(self.server, error, room))
    }

    /// The same, where nobody can be asked.
    pub(super) fn said(&self, error: &SftpError) -> Error {
        self.because(sentence(self.server, error, None))
    }

    /// The same, where it may have been done all the same.
    pub(super) fn open(&self, error: &SftpError, left: &'static str) -> Error {
        Tried { left, ..*self }.said(error)
    }

    /// It does not fit.
    pub(super) fn no_room(&self, size: u64, free: u64) -> Error {
        let (size, free) = (measure::bytes(size), measure::bytes(free));
        self.because(format!("It takes {size}, and {free} are free there."))
    }
}

fn sentence(server: &Server, error: &SftpError, room: Option<Room>) -> String {
    let user = code(&server.user);
    match (error, room) {
        (_, Some(Room { read_only: true, .. })) => "Its file system is read-only.".to_owned(),
        (_, Some(Room { free, .. })) if free < FULL => "The disk is full.".to_owned(),
        (SftpError::NotThere, _) => {
            "There is no such file or directory, or a link on the way leads nowhere or in a circle.".to_owned()
        }
        (SftpError::Denied, _) => format!("{user} may not do that there."),
        (SftpError::NoSftp, _) => {
            "The server offers no SFTP: `Subsystem sftp internal-sftp` in its `sshd_config` does.".to_owned()
        }
        (SftpError::Unsupported, _) => "The server's SFTP cannot do that safely.".to_owned(),
        (SftpError::Moved, _) => "Something else was put at that name just now, so I did not touch it.".to_owned(),
        (SftpError::Ssh(error), _) => error.to_string(),
        (SftpError::Failed, _) => "The server says only that it failed.".to_owned(),
        (error @ (SftpError::Silent | SftpError::Lost), _) => {
            let text = error.to_string();
            format!("{}.", text[..1].to_uppercase() + &text[1..])
        }
    }
}
