//! One HTTP exchange with an engine: a connection of its own, over a socket of this machine, TCP, or a stream through SSH.
//!
//! **Invariants:** what is read for an answer that is taken whole is limited; a connection that nobody reads from is closed.

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use base::{GuildId, ServerName};
use hosts::Hosts;
use hyper::{
    Request, Response,
    body::{Body, Incoming},
    client::conn::http1,
    header::{HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    task::JoinHandle,
};

/// An engine that has not taken a connection by then is not there.
const CONNECT: Duration = Duration::from_secs(10);

/// An engine that is silent for this long is asked for a sign of life: what is followed may be silent for days, and its machine
/// may be gone without a word.
const ALIVE: Duration = Duration::from_secs(30);

/// How an engine is reached.
#[derive(Clone)]
pub(crate) enum Way {
    /// A socket of this machine.
    Unix(PathBuf),
    /// A port, as `DOCKER_HOST` names it.
    Tcp(String),
    /// A socket on a server.
    Ssh { hosts: Arc<Hosts>, guild: GuildId, server: ServerName, socket: String },
}

/// Why an exchange did not happen, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    /// Nothing answers there.
    #[error("{0}")]
    NoEngine(String),
    /// The server it is on cannot be used; this is what to say.
    #[error("the server cannot be used")]
    Host(base::Error),
    /// It says more than is taken.
    #[error("the answer is longer than {limit} bytes")]
    TooMuch { limit: u64 },
    /// It does not speak HTTP, or stopped in the middle.
    #[error("the engine hung up: {0}")]
    HungUp(#[from] hyper::Error),
}

impl Way {
    /// Sends a request and waits for the head of its answer. `limit` is what may be read of all of it; a stream has none.
    pub(crate) async fn send<B>(
        &self,
        mut request: Request<B>,
        limit: Option<u64>,
    ) -> Result<(Response<Incoming>, Line), Cut>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // The way is known: what goes over it is a path alone.
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).parse();
        *request.uri_mut() = path.unwrap_or_default();
        request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
        let io = match tokio::time::timeout(CONNECT, self.connect()).await {
            Ok(io) => io?,
            Err(_) => return Err(Cut::NoEngine(format!("No answer within {} s.", CONNECT.as_secs()))),
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(Limited { io, limit, read: 0 })).await?;
        let line = Line(tokio::spawn(connection));
        let response = sender.send_request(request).await.map_err(cause)?;
        Ok((response, line))
    }

    async fn connect(&self) -> Result<Box<dyn Io>, Cut> {
        let nothing = |error: io::Error| Cut::NoEngine(why(&error));
        Ok(match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(nothing)?),
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await.map_err(nothing)?;
                let alive = TcpKeepalive::new().with_time(ALIVE).with_interval(ALIVE);
                SockRef::from(&stream).set_tcp_keepalive(&alive).map_err(nothing)?;
                Box::new(stream)
            }
            Self::Ssh { hosts, guild, server, socket } => {
                match hosts.stream(*guild, server, socket).await.map_err(Cut::Host)? {
                    Some(stream) => Box::new(stream),
                    None => {
                        return Err(Cut::NoEngine(format!(
                            "The server does not open `{socket}` for whoever logs in: nothing listens there, or they are not in \
                             the group `docker`."
                        )));
                    }
                }
            }
        })
    }
}

/// Why a socket of this machine is not open, in a sentence.
fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "There is no such socket.".to_owned(),
        io::ErrorKind::ConnectionRefused => "The connection was refused.".to_owned(),
        io::ErrorKind::PermissionDenied => "The bot may not use its socket.".to_owned(),
        _ => format!("{error}."),
    }
}

/// What lies below an error of the HTTP library.
pub(crate) fn cause(error: hyper::Error) -> Cut {
    let mut below: Option<&dyn std::error::Error> = Some(&error);
    while let Some(this) = below {
        let found =
            this.downcast_ref::<io::Error>().and_then(io::Error::get_ref).and_then(|it| it.downcast_ref::<Cut>());
        if let Some(Cut::TooMuch { limit }) = found {
            return Cut::TooMuch { limit: *limit };
        }
        below = this.source();
    }
    Cut::HungUp(error)
}

/// A connection as long as somebody holds it.
pub(crate) struct Line(JoinHandle<hyper::Result<()>>);

impl Line {
    /// Leaves it open for so long at most, for whoever reads the answer without holding it.
    pub(crate) fn lend(mut self, longest: Duration) {
        // The connection ends with the answer.
        tokio::spawn(async move { drop(tokio::time::timeout(longest, &mut self.0).await) });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection that ends where more is read than may be.
struct Limited {
    io: Box<dyn Io>,
    limit: Option<u64>,
    read: u64,
}

impl AsyncRead for Limited {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        self.read += (buffer.filled().len() - before) as u64;
        match self.limit {
            Some(limit) if self.read > limit => Poll::Ready(Err(io::Error::other(Cut::TooMuch { limit }))),
            _ => polled,
        }
    }
}

impl AsyncWrite for Limited {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
