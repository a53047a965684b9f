//! Restart, shut down, wake: asked once, then waited for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Clock, Error, Live, Millis, Permit, Report, Result, Risk, Run, ServerName,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::Server;

use super::{PowerStatus, how::How, switch::Ask};
use crate::{Hosts, script::Script, ssh::SshError};

/// The step of a run that asking is.
const ASKED: &str = "asked";
/// How long a machine may take to come up, or to go down.
const PATIENCE: Duration = Duration::from_mins(10);
/// It is looked at this often.
const LOOK: Duration = Duration::from_secs(1);
/// A machine that refuses connections for so long takes none any more, though its network still answers.
const REFUSES: Duration = Duration::from_secs(10);
/// How long asking may take.
const STEP: Duration = Duration::from_secs(20);

const BOOT: &str = "cat /proc/sys/kernel/random/boot_id 2>/dev/null | sed 's/^/nebula-boot /'";
/// systemd asks polkit; where nobody may, sudo may.
const GO: &str = "\
if systemctl \"$1\" 2>/dev/null; then echo nebula-asked; exit 0; fi
if command -v sudo >/dev/null 2>&1 && sudo -n systemctl \"$1\" 2>/dev/null; then echo nebula-asked; exit 0; fi
case $1 in reboot) how=-r;; *) how=-h;; esac
if [ \"$(id -u)\" = 0 ]; then exec shutdown $how now; fi
exec sudo -n shutdown $how now";

/// Restart a server, and wait until it is back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RestartServer {
    /// The server.
    pub server: ServerName,
}

/// Shut a server down.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShutDownServer {
    /// The server.
    pub server: ServerName,
}

/// Wake a server, and wait until it answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WakeServer {
    /// The server.
    pub server: ServerName,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Back,
    Gone,
    Up,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Switched {
    server: ServerName,
    wanted: Wanted,
    came: Came,
    #[serde(skip)]
    cancelled: bool,
    took_ms: u64,
    back_to_wake: bool,
}

/// What is noted before a machine is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Before {
    /// What a boot is known by, of the one it was in.
    boot: Option<String>,
}

macro_rules! switches {
    ($action:ident, $name:literal, $risk:expr, $plan:literal, $refusal:literal, $wanted:expr, $why:expr) => {
        impl Action for $action {
            const NAME: &'static str = $name;
            const RISK: Risk = $risk;
            const DURABLE: bool = true;
            type Service = Hosts;
            type Report = Switched;

            fn plan(&self) -> String {
                format!($plan, code(self.server.as_str()))
            }

            fn refusal(&self) -> String {
                format!($refusal, code(self.server.as_str()))
            }

            fn target(&self) -> Option<String> {
                Some(self.server.to_string())
            }

            fn deadline(&self) -> Duration {
                PATIENCE + Duration::from_mins(1)
            }

            async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
                let why: Option<&str> = $why;
                let known = hosts.assess(actor.guild, &self.server, Self::RISK);
                Ok(Assessment { why: why.map(str::to_owned), ..known })
            }

            async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<Switched> {
                let server = hosts.find(permit.actor().guild, &permit.action().server)?;
                hosts.switch_and_wait(&server, &permit.action().server, $wanted, run).await
            }
        }
    };
}

switches!(
    RestartServer,
    "server.restart",
    Risk::Destroy,
    "Restart {}",
    "restart {}",
    Wanted::Back,
    Some("What runs there ends, and is gone until it starts again.")
);
switches!(
    ShutDownServer,
    "server.shut-down",
    Risk::Destroy,
    "Shut down {}",
    "shut down {}",
    Wanted::Gone,
    Some("What runs there ends, and it stays off until somebody switches it on.")
);
switches!(WakeServer, "server.wake", Risk::Change, "Wake {}", "wake {}", Wanted::Up, None);

/// What came of waiting.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Came {
    /// It is as it was wanted.
    Reached,
    /// It takes no connections any more, and its network still answers.
    Refuses,
    /// It is not, and nobody waits any longer.
    NotYet,
    /// Nobody can look at it any more, and why.
    Unseen(String),
}

impl Came {
    fn is_as_wanted(&self) -> bool {
        matches!(self, Self::Reached | Self::Refuses)
    }
}

/// What a failed look says of a machine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Away {
    /// Nothing is there.
    Silent,
    /// Its network answers, and nothing listens.
    Refuses,
    /// It may be there all the same.
    Perhaps,
}

impl Away {
    fn of(error: &SshError) -> Self {
        match error {
            SshError::NoAnswer { .. } | SshError::Unreachable { .. } | SshError::JumpRefused { .. } => Self::Silent,
            SshError::ConnectionRefused { .. } => Self::Refuses,
            _ => Self::Perhaps,
        }
    }
}

/// A machine that is waited for.
struct Waiting {
    server: String,
    wanted: Wanted,
    clock: Clock,
    began: Millis,
    now: Mutex<&'static str>,
}

impl Waiting {
    fn says(&self, now: &'static str) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Live for Waiting {
    fn card(&self) -> Card {
        let verb = match self.wanted {
            Wanted::Back => "Restarting",
            Wanted::Gone => "Shutting down",
            Wanted::Up => "Waking",
        };
        let now = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        Card::working(format!("**{verb}** {}", code(&self.server)))
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))))
            .fact(now)
    }
}

impl Hosts {
    async fn switch_and_wait(&self, server: &Server, name: &ServerName, wanted: Wanted, run: &Run) -> Result<Switched> {
        let waiting = Arc::new(Waiting {
            server: server.name.clone(),
            wanted,
            clock: self.clock.clone(),
            began: run.began(),
            now: Mutex::new("asking it"),
        });
        run.show(Arc::clone(&waiting) as Arc<dyn Live>);
        let kept = self.power(server).await?;
        let before = if let Some(before) = run.noted::<Before>(ASKED)? {
            before
        } else {
            if wanted == Wanted::Up && kept.is_none() {
                return Err(Error::Invalid(format!(
                    "I do not know how {} is switched on: say it with `/server power lan`, `vm` or `ipmi`. Nothing was done.",
                    code(&server.name)
                )));
            }
            let boot = if wanted == Wanted::Up {
                None
            } else {
                // One that nothing may be sent to is not switched in another way either.
                self.ready(server).await?;
                self.boot(server).await.ok().flatten()
            };
            let before = Before { boot };
            run.note(ASKED, &before).await?;
            self.ask(server, kept.as_ref(), wanted, run).await?;
            before
        };
        waiting.says(match wanted {
            Wanted::Gone => "asked · waits until it is gone",
            Wanted::Back | Wanted::Up => "asked · waits until it answers",
        });
        let came = self.wait(server, wanted, &before, &waiting, run).await;
        if came.is_as_wanted() && wanted != Wanted::Gone {
            self.seen(server).await;
        }
        Ok(Switched {
            server: name.clone(),
            wanted,
            came,
            cancelled: run.cancel().is_cancelled(),
            took_ms: u64::try_from(self.clock.now().since(run.began()).as_millis()).unwrap_or(u64::MAX),
            back_to_wake: kept.is_some(),
        })
    }

    /// Asks the machine itself, or whatever switches it where it does not answer.
    async fn ask(
        &self,
        server: &Server,
        kept: Option<&super::configure::Kept>,
        wanted: Wanted,
        run: &Run,
    ) -> Result<()> {
        let (verb, ask) = match wanted {
            Wanted::Back => ("reboot", Ask::Again),
            Wanted::Gone => ("poweroff", Ask::Off),
            Wanted::Up => ("", Ask::On),
        };
        let other = kept.filter(|kept| wanted == Wanted::Up || !matches!(kept.how, How::Lan { .. }));
        if wanted == Wanted::Up {
            let Some(kept) = kept else { return Ok(()) };
            return self.switch(server, kept, ask, run.cancel()).await.map(drop);
        }
        let target = self.ready(server).await?;
        if let Err(error) = self.pool.check(&server.id, &target).await {
            // One that is there and says no is not cut off.
            return match other {
                Some(kept) if is_silent(&error) => self.switch(server, kept, ask, run.cancel()).await.map(drop),
                _ => Err(self.failed(server, error).await),
            };
        }
        match self.script(server, Script::new(GO, &[verb]), STEP, run.cancel()).await {
            // It may be gone, or on its way, before it could say so.
            Ok(said) if said.went_well() || said.ended == crate::ssh::Ended::Lost => Ok(()),
            Err(Error::Busy(_)) => Ok(()),
            Ok(said) => {
                let card = Card::failed(format!("**Could not {verb}** {}", code(&server.name)))
                    .text(format!("It said: {}", code(said.last_words())))
                    .text(format!("{} must be allowed to; `sudo` without a password will do.", code(&server.user)));
                Err(crate::trouble::outside(card))
            }
            Err(error) => Err(error),
        }
    }

    /// Looks at the machine until it is as wanted.
    async fn wait(&self, server: &Server, wanted: Wanted, before: &Before, waiting: &Waiting, run: &Run) -> Came {
        let (mut gone, mut refuses) = (false, None::<Millis>);
        loop {
            self.pool.drop_connection(&server.id).await;
            let target = match self.ready(server).await {
                Ok(target) => target,
                Err(error) => return Came::Unseen(error.to_string()),
            };
            match self.pool.check(&server.id, &target).await {
                Err(error) if error.is_another_key() => {
                    return Came::Unseen(self.failed(server, error).await.to_string());
                }
                Err(error) => {
                    let away = Away::of(&error);
                    let since = *refuses.get_or_insert_with(|| self.clock.now());
                    if away != Away::Refuses {
                        refuses = None;
                    }
                    match (wanted, away) {
                        (Wanted::Gone, Away::Silent) => return Came::Reached,
                        (Wanted::Gone, Away::Refuses) if self.clock.now().since(since) >= REFUSES => {
                            return Came::Refuses;
                        }
                        (Wanted::Back | Wanted::Up, Away::Silent | Away::Refuses) => {
                            gone = true;
                            waiting.says("it is down · waits until it answers");
                        }
                        _ => {}
                    }
                }
                Ok(_) if wanted == Wanted::Up => return Came::Reached,
                // It is another boot that says that it was restarted; where that is not known, that it was down.
                Ok(_) if wanted == Wanted::Back => {
                    refuses = None;
                    let now = self.boot(server).await.ok().flatten();
                    let is_another = match (&before.boot, &now) {
                        (Some(before), Some(now)) => now != before,
                        (Some(_), None) => false,
                        (None, _) => gone,
                    };
                    if is_another {
                        return Came::Reached;
                    }
                }
                Ok(_) => refuses = None,
            }
            if self.clock.now().since(run.began()) >= PATIENCE {
                return Came::NotYet;
            }
            tokio::select! {
                () = run.cancel().cancelled() => return Came::NotYet,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// What the boot it is in is known by.
    async fn boot(&self, server: &Server) -> Result<Option<String>> {
        let never = tokio_util::sync::CancellationToken::new();
        let said = self.script(server, Script::new(BOOT, &[]), STEP, &never).await?;
        Ok(said.value("nebula-boot").map(str::to_owned))
    }
}

/// Whether nobody answered: what was wanted of a machine that did is not got in another way.
fn is_silent(error: &SshError) -> bool {
    matches!(
        error,
        SshError::NoAnswer { .. }
            | SshError::Unreachable { .. }
            | SshError::ConnectionRefused { .. }
            | SshError::SlowLogin { .. }
            | SshError::HungUp { .. }
    )
}

impl Report for Switched {
    fn card(&self) -> Card {
        let server = code(self.server.as_str());
        let after = measure::span(Duration::from_millis(self.took_ms));
        let said = match self.wanted {
            Wanted::Back => ("Restarted", "back"),
            Wanted::Gone if matches!(self.came, Came::Refuses) => ("Shut down", "takes no logins"),
            Wanted::Gone => ("Shut down", "gone"),
            Wanted::Up => ("Woke", "up"),
        };
        let card = if self.came.is_as_wanted() {
            Card::ok(format!("**{}** {server}", said.0)).fact(format!("{} after {after}", said.1))
        } else if self.cancelled {
            Card::quiet(format!("**No longer waits** for {server}"))
                .fact(format!("it was asked, and is not {} after {after}", said.1))
        } else {
            Card::failed(format!("**{server} is not {}**", said.1)).fact(format!("it was asked {after} ago"))
        };
        let card = match &self.came {
            Came::Unseen(why) => card.text(format!("It was asked, and I cannot see what came of it: {why}")),
            Came::Refuses => card.text("Its network still answers, so it may not be off yet."),
            Came::Reached | Came::NotYet => card,
        };
        if self.came.is_as_wanted() && self.wanted == Wanted::Gone {
            if self.back_to_wake {
                return card.beside(Choice::perform(
                    "Wake it",
                    &WakeServer { server: self.server.clone() },
                    Lands::Below,
                ));
            }
            return card.text("I do not know how to switch it on again.");
        }
        if self.came.is_as_wanted() {
            card
        } else {
            card.choice(Choice::perform("Look again", &PowerStatus { server: self.server.clone() }, Lands::Below))
        }
    }

    fn ending(&self) -> Ending {
        match (self.came.is_as_wanted(), self.cancelled) {
            (true, _) => Ending::Done,
            (false, true) => Ending::Cancelled,
            (false, false) => Ending::TimedOut,
        }
    }
}
