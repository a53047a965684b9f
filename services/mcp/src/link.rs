//! A connection to a server: begun, asked for its tools, asked to use one, and let go of.
//!
//! **Invariants:** every wait has an end, and what is not waited for any more is told so. Dropped, it hangs up, and a program ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use base::{Clock, Millis, Secret};
use reqwest::Url;
use rmcp::{
    ClientHandler, RoleClient, ServiceError, ServiceExt,
    model::{
        CallToolRequest, CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ClientRequest,
        Implementation, JsonObject, PaginatedRequestParams, ServerResult,
    },
    service::{ClientInitializeError, NotificationContext, PeerRequestOptions, RunningService},
    transport::{
        async_rw::AsyncRwTransport,
        streamable_http_client::{
            StreamableHttpClientTransport, StreamableHttpClientTransportConfig, StreamableHttpError,
        },
    },
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    process::{Child, ChildStderr},
    sync::Mutex,
};
use tokio_util::sync::CancellationToken;

use crate::{
    bounded::{Bounded, Flood, LONGEST},
    http::Ways,
    own::Program,
    sandbox,
    tool::{self, MOST, Tools},
    trouble::Trouble,
};

/// How long a server is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Until it has said who it is: a program may be read from a slow disk first.
    pub(crate) hello: Duration,
    /// Until it has said what tools it has.
    pub(crate) listed: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { hello: Duration::from_secs(20), listed: Duration::from_secs(10) }
    }
}

/// What it has is believed for so long, though it says nothing of a change.
const FRESH: Duration = Duration::from_mins(5);
/// What is not waited for any more is told so within this.
const FAREWELL: Duration = Duration::from_secs(2);
/// So many pages of tools are turned.
const PAGES: usize = 16;
/// So much of what a program complains about is read.
const COMPLAINTS: u64 = 4 * 1024;

/// A connection.
pub(crate) struct Link {
    service: RunningService<RoleClient, Ears>,
    flood: Flood,
    stale: Arc<AtomicBool>,
    known: Mutex<Option<(Millis, Arc<Tools>)>>,
    used: AtomicI64,
    clock: Clock,
    patience: Patience,
    _program: Option<Child>,
}

impl Link {
    /// To an address.
    pub(crate) async fn to(
        ways: &Ways,
        url: &Url,
        is_own: bool,
        token: Option<&Secret>,
        clock: &Clock,
    ) -> Result<Self, Trouble> {
        let flood = Flood::default();
        let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
        config.auth_header = token.map(|token| token.expose().to_owned());
        config.max_sse_event_size = LONGEST;
        let transport = StreamableHttpClientTransport::with_client(ways.to(url, is_own, &flood), config);
        let ears = Ears::default();
        let patience = Patience::default();
        let begun = tokio::time::timeout(patience.hello, ears.clone().serve(transport)).await;
        let begun = begun.map_err(|_| Trouble::Silent(patience.hello))?.map_err(|error| unmet(&error, &flood))?;
        Ok(Self::of(begun, flood, &ears, None, (clock.clone(), patience)))
    }

    /// To a program, which is started.
    pub(crate) async fn start(program: &Program, clock: &Clock) -> Result<Self, Trouble> {
        let mut child = sandbox::start(program)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Trouble::Closed);
        };
        let complaints = child.stderr.take().map(|stderr| tokio::spawn(complaints(stderr)));
        let met = Self::meet(output, input, Some(child), clock, Patience::default()).await;
        if let (Err(trouble), Some(complaints)) = (&met, complaints) {
            // Whoever runs the bot wants to know why.
            let said = tokio::time::timeout(FAREWELL, complaints).await.ok().and_then(Result::ok);
            tracing::warn!(said = said.unwrap_or_default(), "an MCP server did not begin: {trouble}");
        }
        met
    }

    /// Over a pair of streams.
    pub(crate) async fn meet(
        output: impl AsyncRead + Send + Unpin + 'static,
        input: impl AsyncWrite + Send + Unpin + 'static,
        program: Option<Child>,
        clock: &Clock,
        patience: Patience,
    ) -> Result<Self, Trouble> {
        let flood = Flood::default();
        let transport = AsyncRwTransport::new_client(Bounded::new(output, flood.clone()), input);
        let ears = Ears::default();
        let begun = tokio::time::timeout(patience.hello, ears.clone().serve(transport)).await;
        let begun = begun.map_err(|_| Trouble::Silent(patience.hello))?.map_err(|error| unmet(&error, &flood))?;
        Ok(Self::of(begun, flood, &ears, program, (clock.clone(), patience)))
    }

    fn of(
        service: RunningService<RoleClient, Ears>,
        flood: Flood,
        ears: &Ears,
        program: Option<Child>,
        (clock, patience): (Clock, Patience),
    ) -> Self {
        let (stale, used) = (Arc::clone(&ears.stale), AtomicI64::new(clock.now().0));
        Self { service, flood, stale, known: Mutex::default(), used, clock, patience, _program: program }
    }

    /// Whether nobody is there any more.
    pub(crate) fn is_over(&self) -> bool {
        self.service.is_closed() || self.service.peer().is_transport_closed() || self.flood.is()
    }

    /// For how long nobody wanted anything of it.
    pub(crate) fn idle(&self) -> Duration {
        self.clock.now().since(Millis(self.used.load(Ordering::Relaxed)))
    }

    fn touch(&self) {
        self.used.store(self.clock.now().0, Ordering::Relaxed);
    }

    /// What it calls itself.
    pub(crate) fn called(&self) -> String {
        let info = self.service.peer().peer_info();
        let said = info.and_then(|info| {
            let info = serde_json::to_value(&*info).ok()?;
            let of = |key: &str| info["serverInfo"][key].as_str().map(str::to_owned);
            Some(format!("{} {}", of("name")?, of("version").unwrap_or_default()))
        });
        tool::line(said.unwrap_or_default().trim(), 60)
    }

    /// What tools it has: what it said last, unless it said since that they changed, or that was long ago.
    pub(crate) async fn tools(&self) -> Result<Arc<Tools>, Trouble> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((at, tools)) = &*known
            && !self.stale.load(Ordering::Relaxed)
            && now.since(*at) < FRESH
        {
            return Ok(Arc::clone(tools));
        }
        // What changes while it is asked is asked for again.
        self.stale.store(false, Ordering::Relaxed);
        let within = self.patience.listed;
        let asked = tokio::time::timeout(within, self.listed()).await.unwrap_or(Err(Trouble::Silent(within)));
        let tools = Arc::new(asked.inspect_err(|_| self.stale.store(true, Ordering::Relaxed))?);
        *known = Some((now, Arc::clone(&tools)));
        Ok(tools)
    }

    async fn listed(&self) -> Result<Tools, Trouble> {
        let (mut all, mut cursor) = (Vec::new(), None);
        for _ in 0..PAGES {
            let mut page = PaginatedRequestParams::default();
            page.cursor = cursor;
            let listed = self.service.peer().list_tools(Some(page)).await.map_err(|error| self.trouble(&error))?;
            all.extend(listed.tools);
            cursor = listed.next_cursor;
            if cursor.is_none() || all.len() > MOST {
                break;
            }
        }
        Ok(Tools::of(&all, cursor.is_none()))
    }

    /// Uses a tool. Stopped or late, it is told that nobody waits for it.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
        within: Duration,
        cancel: &CancellationToken,
    ) -> Result<CallToolResult, Trouble> {
        self.touch();
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let sent = self.service.peer().send_cancellable_request(request, PeerRequestOptions::no_options()).await;
        let mut handle = sent.map_err(|error| self.trouble(&error))?;
        let (why, trouble) = tokio::select! {
            answer = &mut handle.rx => {
                self.touch();
                return match answer {
                    Ok(Ok(ServerResult::CallToolResult(result))) => Ok(result),
                    Ok(Ok(_)) => Err(Trouble::Garbled("what it answered is no result of a tool")),
                    Ok(Err(error)) => Err(self.trouble(&error)),
                    Err(_) => Err(self.trouble(&ServiceError::TransportClosed)),
                };
            }
            () = cancel.cancelled() => ("it was stopped", Trouble::Cancelled),
            () = tokio::time::sleep(within) => ("nobody waits any more", Trouble::Silent(within)),
        };
        if tokio::time::timeout(FAREWELL, handle.cancel(Some(why.to_owned()))).await.is_err() {
            tracing::debug!("an MCP server was not told that nobody waits for it");
        }
        Err(trouble)
    }

    fn trouble(&self, error: &ServiceError) -> Trouble {
        if self.flood.is() {
            return Trouble::TooLong(LONGEST);
        }
        match error {
            ServiceError::McpError(said) => Trouble::said(&said.message),
            ServiceError::TransportSend(sent) => {
                sent.error.downcast_ref::<StreamableHttpError<reqwest::Error>>().map_or(Trouble::Closed, lost)
            }
            ServiceError::UnexpectedResponse => Trouble::Garbled("what it answered is not what was asked"),
            _ => Trouble::Closed,
        }
    }
}

/// Why nobody was met.
fn unmet(error: &ClientInitializeError, flood: &Flood) -> Trouble {
    if flood.is() {
        return Trouble::TooLong(LONGEST);
    }
    match error {
        ClientInitializeError::JsonRpcError(said) => Trouble::said(&said.message),
        ClientInitializeError::TransportError { error, .. } => {
            error.error.downcast_ref::<StreamableHttpError<reqwest::Error>>().map_or(Trouble::Closed, lost)
        }
        ClientInitializeError::ConnectionClosed(_) => Trouble::Closed,
        _ => Trouble::Garbled("what it says is not the Model Context Protocol"),
    }
}

fn lost(error: &StreamableHttpError<reqwest::Error>) -> Trouble {
    match error {
        StreamableHttpError::Client(error) if error.is_connect() => {
            Trouble::Unreachable("nothing answers at its address")
        }
        StreamableHttpError::Client(error) if error.is_timeout() => {
            Trouble::Unreachable("its address does not answer in time")
        }
        StreamableHttpError::Client(_) => Trouble::Unreachable("the connection broke off"),
        StreamableHttpError::ResponseBodyTooLarge { .. } => Trouble::TooLong(LONGEST),
        StreamableHttpError::Deserialize(_) | StreamableHttpError::UnexpectedContentType(_) => {
            Trouble::Garbled("what it says is not the Model Context Protocol")
        }
        StreamableHttpError::UnexpectedServerResponse(said) if said == "HTTP 401" || said == "HTTP 403" => {
            Trouble::Refused
        }
        StreamableHttpError::UnexpectedServerResponse(said) => Trouble::said(said),
        _ => Trouble::Closed,
    }
}

/// The beginning of what a program complains about; the rest is read and forgotten, or it would wait for ever.
async fn complaints(mut stderr: ChildStderr) -> String {
    let mut said = Vec::new();
    let _ = (&mut stderr).take(COMPLAINTS).read_to_end(&mut said).await;
    tokio::spawn(async move { tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await });
    String::from_utf8_lossy(&said).into_owned()
}

/// What hears what a server says by itself. It is given nothing: no model, no files, no answers of people.
#[derive(Debug, Clone, Default)]
struct Ears {
    stale: Arc<AtomicBool>,
}

impl ClientHandler for Ears {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("nebula", env!("CARGO_PKG_VERSION")))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.stale.store(true, Ordering::Relaxed);
    }
}
