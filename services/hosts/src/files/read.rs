//! Reads a file for another service, within the same walls as for people.

use base::{Error, GuildId, Result, ServerName, measure};

use super::{FilePath, Files, get, spot::Ending};

const NOT_READ: &str = "Nothing was read.";

impl Files {
    /// A file in a directory that is open, at most so many bytes of it. Whoever asks must hold `file.get` on the server.
    pub async fn read(&self, guild: GuildId, server: &ServerName, path: &FilePath, most: usize) -> Result<Vec<u8>> {
        let (server, sftp) = self.session(guild, server).await?;
        let spot = self.spot(&server, &sftp, path, Ending::Followed, ("read", NOT_READ)).await?;
        let tried = spot.tried("read", NOT_READ);
        let (handle, facts) = get::opened(&sftp, &spot, ("read", NOT_READ)).await?;
        let too_large = || -> Error {
            tried.because(format!("It is larger than {}, which is the most here.", measure::bytes(most as u64)))
        };
        if facts.size > most as u64 {
            return Err(too_large());
        }
        // It may grow while it is read.
        let bytes = get::read_all(&sftp, &handle, most as u64).await.map_err(|error| tried.said(&error))?;
        bytes.ok_or_else(too_large)
    }
}
