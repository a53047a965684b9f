//! From an address to a logged-in session: name, TCP, handshake, login, each with its own error and one deadline for all.
//!
//! **Invariant:** the host key is compared before anything about the user is sent; on a mismatch nothing more happens.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use russh::client::{self, AuthResult, Handle, Handler, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{MethodKind, MethodSet, Preferred, SshId};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::credential::Secret;
use super::error::NO_WAY;
use super::jump::{Road, Via};
use super::wire::{Ear, Wire};
use super::{Address, Credential, HostKey, SshError};

/// A silent server is asked for a sign of life this often; after the third silence it counts as lost.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Longer deadlines are cut to this: a clock cannot count to the end of time.
const LONGEST: Duration = Duration::from_hours(24);

/// How much a server may send on a channel before it waits for us.
const WINDOW: u32 = 2 * 1024 * 1024;

/// How many packets of a channel may wait for a slow reader. russh opens the window again when data arrives, not when it
/// is read, so this is what bounds memory: with packets of 32 KiB, the same 2 MiB.
const WAITING_PACKETS: usize = 64;

/// Where and as whom to log in, and whom to expect there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub address: Address,
    pub user: String,
    pub credential: Credential,
    /// The pinned key: any other is refused.
    pub host_key: HostKey,
    /// The server it is reached through, if it is behind one.
    pub via: Option<Via>,
}

/// Shakes hands and reports the host key that the server proved to hold. No user name or credential is sent.
pub async fn probe(address: &Address, deadline: Duration) -> Result<HostKey, SshError> {
    probe_through(address, None, deadline).await
}

/// The same, of a server that may be behind another one.
pub async fn probe_through(address: &Address, via: Option<&Via>, deadline: Duration) -> Result<HostKey, SshError> {
    let attempt = Attempt::new(address, None, via, deadline);
    match attempt.bounded(async { attempt.shake_hands().await.map(drop) }).await {
        // Without a pinned key the server is turned away as soon as it has shown its own.
        Err(error) => attempt.answered.get().cloned().ok_or(error),
        Ok(()) => Err(SshError::HungUp { address: address.clone() }),
    }
}

pub(super) async fn login(target: &Target, deadline: Duration) -> Result<Handle<Doorkeeper>, SshError> {
    let attempt = Attempt::new(&target.address, Some(&target.host_key), target.via.as_ref(), deadline);
    attempt
        .bounded(async {
            let (mut session, cut) = attempt.shake_hands().await?;
            attempt.enter(Stage::Login { user: target.user.clone() });
            authenticate(&mut session, target).await?;
            cut.disarm();
            Ok(session)
        })
        .await
}

/// Looks at the host key, and lets only the pinned one in.
pub(super) struct Doorkeeper {
    pinned: Option<HostKey>,
    answered: Arc<OnceLock<HostKey>>,
}

impl Handler for Doorkeeper {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        // We ask for no certificate, so a server that shows one is not believed.
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let answered = self.answered.get_or_init(|| HostKey::new(key));
        Ok(self.pinned.as_ref() == Some(answered))
    }
}

/// How far an attempt has come: what a deadline that passes means depends on it.
enum Stage {
    Name,
    Handshake,
    Login { user: String },
}

struct Attempt<'a> {
    address: &'a Address,
    pinned: Option<&'a HostKey>,
    via: Option<&'a Via>,
    deadline: Duration,
    until: Instant,
    stage: Mutex<Stage>,
    answered: Arc<OnceLock<HostKey>>,
    ear: Ear,
}

impl<'a> Attempt<'a> {
    fn new(address: &'a Address, pinned: Option<&'a HostKey>, via: Option<&'a Via>, deadline: Duration) -> Self {
        let deadline = deadline.min(LONGEST);
        let (stage, answered, ear) = (Mutex::new(Stage::Name), Arc::default(), Ear::default());
        Self { address, pinned, via, deadline, until: Instant::now() + deadline, stage, answered, ear }
    }

    async fn bounded<T>(&self, steps: impl Future<Output = Result<T, SshError>>) -> Result<T, SshError> {
        match tokio::time::timeout_at(self.until, steps).await {
            Ok(result) => result,
            Err(_) => Err(self.too_late()),
        }
    }

    fn enter(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn too_late(&self) -> SshError {
        let (address, within) = (self.address.clone(), self.deadline);
        match &*self.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            Stage::Name => SshError::SlowName { host: address.host().to_owned(), within },
            Stage::Handshake if !self.ear.heard_nothing() && !self.ear.heard_ssh() => SshError::NotSsh { address },
            Stage::Handshake => SshError::NoAnswer { address, within },
            Stage::Login { user } => SshError::SlowLogin { address, user: user.clone(), within },
        }
    }

    /// The guard cuts the connection when it is dropped.
    async fn shake_hands(&self) -> Result<(Handle<Doorkeeper>, tokio_util::sync::DropGuard), SshError> {
        let stream = self.dial().await?;
        let cut = CancellationToken::new();
        let guard = cut.clone().drop_guard();
        let wire = Wire::new(stream, self.ear.clone(), cut);
        let doorkeeper = Doorkeeper { pinned: self.pinned.cloned(), answered: Arc::clone(&self.answered) };
        let session = client::connect_stream(config(self.pinned), wire, doorkeeper).await;
        Ok((session.map_err(|error| self.explain(error))?, guard))
    }

    async fn dial(&self) -> Result<Road, SshError> {
        let Some(via) = self.via else { return self.dial_directly().await.map(Road::Tcp) };
        // The name is the jump server's to resolve: it may mean nothing here.
        let road = via.road(self.address).await;
        self.enter(Stage::Handshake);
        road
    }

    async fn dial_directly(&self) -> Result<TcpStream, SshError> {
        let host = self.address.host();
        let unresolvable = || SshError::Unresolvable { host: host.to_owned() };
        let found = tokio::net::lookup_host((host, self.address.port())).await.map_err(|_| unresolvable())?;
        let addresses: Vec<SocketAddr> = found.collect();
        self.enter(Stage::Handshake);
        let mut outcome = Err(unresolvable());
        for (tried, address) in addresses.iter().enumerate() {
            // Each address gets its share of what is left, so that one that swallows packets does not hide the next.
            let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            let share = self.until.saturating_duration_since(Instant::now()) / left;
            outcome = match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Small packets wait for each other otherwise: 40 ms for each exchange.
                    stream.set_nodelay(true).map_err(|error| self.unreachable(&error))?;
                    return Ok(stream);
                }
                Ok(Err(error)) => Err(self.unreachable(&error)),
                Err(_) => Err(SshError::NoAnswer { address: self.address.clone(), within: self.deadline }),
            };
        }
        outcome
    }

    fn unreachable(&self, error: &std::io::Error) -> SshError {
        let address = self.address.clone();
        let reason = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => return SshError::ConnectionRefused { address },
            std::io::ErrorKind::TimedOut => return SshError::NoAnswer { address, within: self.deadline },
            std::io::ErrorKind::HostUnreachable => "nothing answers at that address".to_owned(),
            std::io::ErrorKind::NetworkUnreachable => NO_WAY.to_owned(),
            _ => error.to_string(),
        };
        SshError::Unreachable { address, reason }
    }

    fn explain(&self, error: russh::Error) -> SshError {
        let address = self.address.clone();
        if let (russh::Error::UnknownKey, Some(pinned), Some(answered)) = (&error, self.pinned, self.answered.get()) {
            return SshError::HostKeyChanged { address, pinned: pinned.clone(), answered: answered.clone() };
        }
        if !self.ear.heard_nothing() && !self.ear.heard_ssh() {
            return SshError::NotSsh { address };
        }
        let reason = match error {
            russh::Error::Disconnect | russh::Error::HUP | russh::Error::IO(_) => return SshError::HungUp { address },
            russh::Error::Version => return SshError::NotSsh { address },
            russh::Error::NoCommonAlgo { kind, theirs, .. } => {
                let kind = format!("{kind:?}").to_lowercase();
                format!("it offers no {kind} algorithm that I accept, only {}", theirs.join(", "))
            }
            russh::Error::WrongServerSig => "it does not hold the host key it shows".to_owned(),
            other => other.to_string().to_lowercase(),
        };
        SshError::Handshake { address, reason }
    }
}

fn config(pinned: Option<&HostKey>) -> Arc<client::Config> {
    Arc::new(client::Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-Nebula")),
        window_size: WINDOW,
        channel_buffer_size: WAITING_PACKETS,
        preferred: Preferred { key: Cow::Owned(HostKey::algorithms(pinned)), ..Preferred::DEFAULT },
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 2,
        ..client::Config::default()
    })
}

async fn authenticate(session: &mut Handle<Doorkeeper>, target: &Target) -> Result<(), SshError> {
    let outcome = match &target.credential.0 {
        Secret::PrivateKey(key) => show_key(session, &target.user, key).await,
        Secret::Password(password) => say_password(session, &target.user, password.expose_secret()).await,
    };
    let (address, user) = (target.address.clone(), target.user.clone());
    match outcome {
        Ok(AuthResult::Success) => Ok(()),
        Ok(AuthResult::Failure { remaining_methods, .. }) if remaining_methods.is_empty() => {
            Err(SshError::HungUp { address })
        }
        Ok(AuthResult::Failure { remaining_methods, partial_success: true }) => {
            Err(SshError::LoginIncomplete { address, user, wants: names(&remaining_methods) })
        }
        Ok(AuthResult::Failure { remaining_methods, .. }) => {
            Err(SshError::LoginRefused { address, user, accepts: names(&remaining_methods) })
        }
        Err(_) => Err(SshError::HungUp { address }),
    }
}

/// RSA keys sign with SHA-2 only: with what the server says it takes, or with both in turn where it says nothing.
async fn show_key(
    session: &mut Handle<Doorkeeper>,
    user: &str,
    key: &Arc<PrivateKey>,
) -> Result<AuthResult, russh::Error> {
    let hashes = if key.algorithm().is_rsa() {
        match session.best_supported_rsa_hash().await? {
            Some(Some(hash)) => vec![Some(hash)],
            _ => vec![Some(HashAlg::Sha512), Some(HashAlg::Sha256)],
        }
    } else {
        vec![None]
    };
    let mut outcome = AuthResult::Failure { remaining_methods: MethodSet::empty(), partial_success: false };
    for hash in hashes {
        let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
        outcome = session.authenticate_publickey(user, key).await?;
        if !matches!(outcome, AuthResult::Failure { partial_success: false, .. }) {
            break;
        }
    }
    Ok(outcome)
}

/// Servers that ask through PAM take a password only as the answer to a question.
async fn say_password(
    session: &mut Handle<Doorkeeper>,
    user: &str,
    password: &str,
) -> Result<AuthResult, russh::Error> {
    let outcome = session.authenticate_password(user, password).await?;
    let AuthResult::Failure { remaining_methods, partial_success: false } = &outcome else { return Ok(outcome) };
    // Where both are accepted, the password was wrong, and a second try would only count against us.
    if remaining_methods.contains(&MethodKind::Password)
        || !remaining_methods.contains(&MethodKind::KeyboardInteractive)
    {
        return Ok(outcome);
    }
    let mut answer = session.authenticate_keyboard_interactive_start(user, None::<String>).await?;
    // One question is the password; a server may also ask nothing, to say something. More is a dialogue we cannot have.
    for _ in 0..3 {
        match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(AuthResult::Success),
            KeyboardInteractiveAuthResponse::Failure { remaining_methods, partial_success } => {
                return Ok(AuthResult::Failure { remaining_methods, partial_success });
            }
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let hidden = prompts.len() == 1 && prompts.iter().all(|prompt| !prompt.echo);
                if !hidden && !prompts.is_empty() {
                    break;
                }
                let answers = prompts.iter().map(|_| password.to_owned()).collect();
                answer = session.authenticate_keyboard_interactive_respond(answers).await?;
            }
        }
    }
    Ok(outcome)
}

fn names(methods: &MethodSet) -> String {
    let names: Vec<&str> = methods.iter().map(<&str>::from).collect();
    names.join(", ")
}
