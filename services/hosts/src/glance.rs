//! What a line that only looks says of a server by its exit code, asked again and again without anybody there.
//!
//! **Invariants:** it takes no permit, because it changes nothing: a line is judged here, at every call, by the guild's list as it stands
//! in the database then, and any that does more than look is refused. Whether whoever it is asked for may still run it there is for the
//! caller to find out, just before. Nothing of what it prints is kept, and a line that does not end in time is killed.

use std::time::Duration;

use base::{GuildId, Risk};
use store::servers::{Server, State};

use crate::{
    Hosts, Unseen,
    run::check,
    ssh::{Ended, Exec, Stream},
};

/// How a line that was run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// With this status.
    Exited(u32),
    /// A signal killed it there.
    Killed,
    /// Not in time: it was killed by us.
    Late,
}

/// Why nothing is known. Where the connection was not lost meanwhile, nothing was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blind {
    /// The guild's policy does not know the line to only look.
    DoesMore,
    /// The server told nothing.
    Unseen(Unseen),
}

impl Hosts {
    /// The server of this id, in this guild, as it is now.
    pub fn by_id(&self, guild: GuildId, id: &str) -> Option<Server> {
        self.of(guild).into_iter().find(|server| server.id == id)
    }

    /// Runs a line that only looks, over the warm connection; `within` is for everything.
    pub async fn glance(&self, server: &Server, line: &str, within: Duration) -> Result<Glance, Blind> {
        let unasked = |error: base::Error| Blind::Unseen(Unseen::Unasked(error.to_string()));
        check(line).map_err(unasked)?;
        let redactor = self.redactor.of(server.guild);
        let judgement = self.policy.judge(server.guild, line, &redactor).await.map_err(unasked)?;
        if judgement.class != Risk::Observe {
            return Err(Blind::DoesMore);
        }
        if server.state != State::Ready {
            return Err(Blind::Unseen(Unseen::Shut));
        }
        let target = self.ready(server).await.map_err(unasked)?;
        let exec = Exec { deadline: Some(within), ..Exec::new(|_: Stream, _: &[u8]| {}) };
        let exit = match self.pool.exec(&server.id, &target, line, exec).await {
            Ok(exit) => exit,
            Err(error) => return Err(Blind::Unseen(self.unseen(server, error).await)),
        };
        let glance = match exit.ended {
            Ended::Exited(status) => Glance::Exited(status),
            Ended::Signalled(_) => Glance::Killed,
            Ended::TimedOut { .. } if exit.process.is_some() => Glance::Late,
            Ended::TimedOut { .. } if self.pool.is_full(&server.id) => {
                return Err(Blind::Unseen(Unseen::Unasked("Too much runs there already.".to_owned())));
            }
            Ended::TimedOut { .. } => {
                let why = format!("It did not answer within {} s.", within.as_secs());
                return Err(Blind::Unseen(Unseen::Silent(why)));
            }
            Ended::Cancelled { .. } | Ended::Lost | Ended::Vanished => {
                return Err(Blind::Unseen(Unseen::Silent("The connection was lost.".to_owned())));
            }
        };
        self.saw(server);
        Ok(glance)
    }
}
