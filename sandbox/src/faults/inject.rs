//! Lets faults happen: those of connections at once, the others when there is something to hit.

use super::{ActiveFault, BadFault, Fault};
use crate::server::Server;
use crate::world::Audience;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

impl Server {
    /// Begins a fault. Its number is told also where it is over at once.
    pub(crate) fn inject(self: &Arc<Self>, fault: Fault) -> Result<u64, BadFault> {
        fault.check()?;
        tracing::info!(?fault, "a fault begins");
        let now = self.elapsed();
        let mut guard = self.lock();
        let state = &mut *guard;
        let id = state.faults.number();
        let mut guild = None;
        match fault {
            Fault::GatewayClose { code } => state.hub.close_bots(code),
            Fault::Cut => state.hub.cut_bots(),
            Fault::Reconnect => state.hub.tell_bots(&json!({"op": 7, "s": null, "t": null, "d": null})),
            Fault::InvalidSession { resumable } => state.hub.invalidate_bots(resumable),
            Fault::Zombie { seconds } => {
                state.hub.mute_bots(true);
                state.faults.add(id, fault, now, None)?;
                self.end_faults_after(seconds);
            }
            Fault::GuildOutage { seconds } => {
                guild = Some(state.world.first_guild());
                state.faults.add(id, fault, now, guild)?;
                self.end_faults_after(seconds);
            }
            other => state.faults.add(id, other, now, None)?,
        }
        drop(guard);
        if let Some(guild) = guild {
            let gone = json!({"id": guild.to_string(), "unavailable": true});
            self.act(|world| world.tell("GUILD_DELETE", Audience::Bot(Some(guild)), gone));
        }
        Ok(id)
    }

    pub(crate) fn active_faults(&self) -> Vec<ActiveFault> {
        let now = self.elapsed();
        self.lock().faults.list(now)
    }

    /// Ends every fault.
    pub(crate) fn heal(self: &Arc<Self>) {
        self.end_faults(None);
    }

    /// Ends the faults whose time is over by now, or all of them.
    pub(crate) fn end_faults(self: &Arc<Self>, now: Option<Duration>) {
        let over = {
            let mut state = self.lock();
            let over = state.faults.remove(now);
            if over.zombies {
                state.hub.mute_bots(false);
            }
            over
        };
        if over.guilds.is_empty() {
            return;
        }
        self.act(|world| {
            let bot = world.application.id;
            for guild in over.guilds {
                let Some(back) =
                    world.guilds.get(&guild).map(|guild| world.guild_create(guild, bot, [bot].into_iter()))
                else {
                    continue;
                };
                world.tell("GUILD_CREATE", Audience::Bot(Some(guild)), back);
            }
        });
    }

    fn end_faults_after(self: &Arc<Self>, seconds: u64) {
        let server = Arc::clone(self);
        tokio::spawn(async move {
            let over = tokio::time::sleep(Duration::from_secs(seconds));
            if server.stopping.run_until_cancelled(over).await.is_some() {
                server.end_faults(Some(server.elapsed()));
            }
        });
    }
}
