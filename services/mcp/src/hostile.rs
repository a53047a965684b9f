//! Servers that say what they please, and what becomes of us: small ones that keep state, and one that the protocol's own library serves.

use std::{future::Future, time::Duration};

use base::Clock;
use reqwest::Url;
use rmcp::{
    RoleServer, ServerHandler, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
        ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream},
    net::TcpListener,
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

use crate::{
    bounded::LONGEST,
    http::Ways,
    link::{Link, Patience},
    tool::MOST,
    trouble::Trouble,
};

const SHORT: Duration = Duration::from_millis(400);
const SOON: Duration = Duration::from_secs(20);

/// A server that answers each message with these lines; all it hears is told.
fn serves(answer: impl Fn(&Value) -> Vec<String> + Send + 'static) -> (DuplexStream, mpsc::UnboundedReceiver<Value>) {
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let (tell, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (read, mut write) = tokio::io::split(theirs);
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let message: Value = serde_json::from_str(&line).unwrap();
            let _ = tell.send(message.clone());
            for line in answer(&message) {
                if write.write_all(line.as_bytes()).await.is_err() || write.write_all(b"\n").await.is_err() {
                    return;
                }
            }
        }
    });
    (ours, heard)
}

fn says(message: &Value, result: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string()
}

fn hello(message: &Value) -> String {
    let capabilities = json!({ "tools": { "listChanged": true } });
    let info = json!({ "name": "evil\u{202e}", "version": "1" });
    says(message, &json!({ "protocolVersion": "2025-06-18", "capabilities": capabilities, "serverInfo": info }))
}

fn tool(name: &str, description: &str) -> Value {
    json!({ "name": name, "description": description, "inputSchema": { "type": "object" } })
}

async fn meet(stream: DuplexStream) -> Result<Link, Trouble> {
    let (read, write) = tokio::io::split(stream);
    let patience = Patience { hello: SHORT, listed: SHORT };
    Link::meet(read, write, None, &Clock::system(), patience).await
}

/// A polite server whose tools, and answers to calls, are these.
fn offers(
    tools: Value,
    call: impl Fn(&Value) -> Vec<String> + Send + 'static,
) -> (DuplexStream, mpsc::UnboundedReceiver<Value>) {
    serves(move |message| match message["method"].as_str() {
        Some("initialize") => vec![hello(message)],
        Some("tools/list") => vec![says(message, &json!({ "tools": tools }))],
        Some("tools/call") => call(message),
        _ => Vec::new(),
    })
}

async fn call(link: &Link) -> Result<CallToolResult, Trouble> {
    link.call("look", Map::new(), SHORT, &CancellationToken::new()).await
}

/// Waits until it heard this.
async fn hears(heard: &mut mpsc::UnboundedReceiver<Value>, method: &str) -> Value {
    let waits = async {
        loop {
            let message = heard.recv().await.unwrap();
            if message["method"] == method {
                return message;
            }
        }
    };
    tokio::time::timeout(SOON, waits).await.unwrap_or_else(|_| panic!("it never heard {method}"))
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for_and_garbage_is_nothing() {
    let (silent, _heard) = serves(|_| Vec::new());
    assert_eq!(meet(silent).await.err(), Some(Trouble::Silent(SHORT)));
    let (garbled, _heard) = serves(|_| vec!["<html>502</html>".into(), "{\"jsonrpc\":".into(), "\u{0}\u{ffff}".into()]);
    assert_eq!(meet(garbled).await.err(), Some(Trouble::Silent(SHORT)));
    let (gone, theirs) = tokio::io::duplex(64);
    drop(theirs);
    assert_eq!(meet(gone).await.err(), Some(Trouble::Closed));
    // What stands between is overheard.
    let (chatty, _heard) = serves(|message| match message["method"].as_str() {
        Some("initialize") => vec!["starting up …".into(), hello(message), "}{".into()],
        Some("tools/list") => vec!["[]".into(), says(message, &json!({ "tools": [tool("look", "")] }))],
        _ => vec!["?".into()],
    });
    let chatty = meet(chatty).await.unwrap();
    assert_eq!(chatty.tools().await.unwrap().all.len(), 1);
    assert_eq!(chatty.called(), "evil 1");
    assert_eq!(call(&chatty).await.err(), Some(Trouble::Silent(SHORT)));
}

#[tokio::test]
async fn more_than_is_read_ends_the_connection_and_is_said() {
    let (flood, _heard) = offers(json!([tool("look", "")]), |message| {
        vec![says(message, &json!({ "content": [{ "type": "text", "text": "x".repeat(10_000_000) }] }))]
    });
    let link = meet(flood).await.unwrap();
    let called = link.call("look", Map::new(), SOON, &CancellationToken::new()).await;
    assert_eq!(called.err(), Some(Trouble::TooLong(LONGEST)));
    assert!(link.is_over(), "the next one begins anew");
}

#[tokio::test]
async fn of_a_thousand_tools_some_are_read_and_pages_without_end_are_turned_so_far() {
    let many: Vec<Value> = (0..1_000).map(|at| tool(&format!("look-{at}"), "")).collect();
    let (server, _heard) = offers(json!(many), |_| Vec::new());
    let tools = meet(server).await.unwrap().tools().await.unwrap();
    assert_eq!((tools.all.len(), tools.left_out.len()), (MOST, 1));
    let (server, _heard) = serves(|message| match message["method"].as_str() {
        Some("initialize") => vec![hello(message)],
        Some("tools/list") => vec![says(message, &json!({ "tools": [tool("look", "")], "nextCursor": "again" }))],
        _ => Vec::new(),
    });
    let tools = meet(server).await.unwrap().tools().await.unwrap();
    assert!(tools.all.len() == 1 && tools.left_out.len() == 2, "{tools:?}");
}

#[tokio::test]
async fn stopped_or_late_it_is_told_that_nobody_waits() {
    let (server, mut heard) = offers(json!([tool("look", "")]), |_| Vec::new());
    let link = meet(server).await.unwrap();
    let cancel = CancellationToken::new();
    let waits = link.call("look", Map::new(), SOON, &cancel);
    let stops = async {
        let asked = hears(&mut heard, "tools/call").await;
        cancel.cancel();
        (asked, hears(&mut heard, "notifications/cancelled").await)
    };
    let (called, (asked, told)) = tokio::join!(waits, stops);
    assert_eq!(called.err(), Some(Trouble::Cancelled));
    assert_eq!(told["params"]["requestId"], asked["id"]);
    assert_eq!(call(&link).await.err(), Some(Trouble::Silent(SHORT)));
    let told = hears(&mut heard, "notifications/cancelled").await;
    assert_ne!(told["params"]["requestId"], asked["id"]);
}

#[tokio::test]
async fn what_it_says_went_wrong_is_cut_and_what_is_no_result_is_none() {
    let (server, _heard) = offers(json!([]), |message| {
        let error = json!({ "code": -1, "message": format!("no\u{202e}\n{}", "x".repeat(5_000)) });
        vec![json!({ "jsonrpc": "2.0", "id": message["id"], "error": error }).to_string()]
    });
    let Some(Trouble::Said(said)) = call(&meet(server).await.unwrap()).await.err() else { panic!() };
    assert!(said.starts_with("no xxx") && said.chars().count() == 200, "{said}");
    let (server, _heard) = offers(json!([]), |message| vec![says(message, &json!({ "tools": [] }))]);
    assert!(matches!(call(&meet(server).await.unwrap()).await.err(), Some(Trouble::Garbled(_))));
}

/// The protocol's own library on the other side: its tools change, and it says so.
#[derive(Clone, Default)]
struct Changing(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl ServerHandler for Changing {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
    }

    fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ListToolsResult, rmcp::ErrorData>> + Send {
        let said = format!("Version {}.", self.0.load(std::sync::atomic::Ordering::Relaxed));
        let Value::Object(schema) = json!({ "type": "object" }) else { unreachable!() };
        std::future::ready(Ok(ListToolsResult::with_all_items(vec![Tool::new("look", said, schema)])))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::CallToolResponse, rmcp::ErrorData> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let _ = context.peer.notify_tool_list_changed().await;
        Ok(CallToolResult::success(vec![ContentBlock::text("looked")]).into())
    }
}

#[tokio::test]
async fn what_a_server_says_has_changed_is_asked_for_again() {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let server = tokio::spawn(async move { Changing::default().serve(theirs).await.unwrap().waiting().await });
    let link = meet(ours).await.unwrap();
    let before = link.tools().await.unwrap();
    assert_eq!(before.all[0].description, "Version 0.");
    assert!(std::sync::Arc::ptr_eq(&before, &link.tools().await.unwrap()), "it is not asked twice");
    let said = link.call("look", Map::new(), SOON, &CancellationToken::new()).await.unwrap();
    assert!(serde_json::to_string(&said).unwrap().contains("looked"));
    let changed = async {
        while link.tools().await.unwrap().all[0].description != "Version 1." {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, changed).await.unwrap();
    assert_ne!(link.tools().await.unwrap().all[0].digest, before.all[0].digest);
    drop(link);
    tokio::time::timeout(SOON, server).await.unwrap().unwrap().unwrap();
}

/// An HTTP server that answers everything so.
async fn web(answer: String) -> (Url, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/mcp", listener.local_addr().unwrap())).unwrap();
    let (tell, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, tell) = (answer.clone(), tell.clone());
            tokio::spawn(async move {
                let mut asked = vec![0; 16 * 1024];
                let many = stream.read(&mut asked).await.unwrap_or_default();
                let _ = tell.send(String::from_utf8_lossy(&asked[..many]).into_owned());
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (url, heard)
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

#[tokio::test]
async fn over_http_no_redirect_is_followed_and_every_answer_has_a_size() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (ways, token) = (Ways::new(), base::Secret::new("token-token"));
    let asks = async |answer: String| {
        let (url, mut heard) = web(answer).await;
        let begun = Link::to(&ways, &url, true, Some(&token), &Clock::system()).await;
        (begun.err().expect("it did not come about"), heard.recv().await.unwrap())
    };
    let (elsewhere, mut followed) = web(http("200 OK", "", "{}")).await;
    let moved = http("307 Temporary Redirect", &format!("Location: {elsewhere}\r\n"), "");
    let (trouble, asked) = asks(moved).await;
    assert_eq!(trouble, Trouble::Said("HTTP 307".to_owned()));
    assert!(asked.to_lowercase().contains("authorization: bearer token-token"), "{asked}");
    assert!(followed.try_recv().is_err(), "a token goes only where it belongs");

    assert_eq!(asks(http("401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "")).await.0, Trouble::Refused);
    let large = http("200 OK", "Content-Type: application/json\r\n", &" ".repeat(10_000_000));
    assert_eq!(asks(large).await.0, Trouble::TooLong(LONGEST));
    let endless = format!("data: {}", "x".repeat(10_000_000));
    let endless = http("200 OK", "Content-Type: text/event-stream\r\n", &endless);
    assert_eq!(asks(endless).await.0, Trouble::TooLong(LONGEST));
    let page = http("200 OK", "Content-Type: text/html\r\n", "<html>");
    assert!(matches!(asks(page).await.0, Trouble::Garbled(_)));

    // What a guild names is on the internet, whatever its address or its name stands for.
    let (url, mut heard) = web(http("200 OK", "", "{}")).await;
    for host in ["127.0.0.1", "localhost"] {
        let url = Url::parse(&format!("https://{host}:{}/mcp", url.port().unwrap())).unwrap();
        assert!(Link::to(&ways, &url, false, Some(&token), &Clock::system()).await.is_err(), "{host}");
    }
    assert!(heard.try_recv().is_err(), "nobody was asked");
    let closed = Url::parse("http://127.0.0.1:1/mcp").unwrap();
    let trouble = Link::to(&ways, &closed, true, None, &Clock::system()).await.err();
    assert_eq!(trouble, Some(Trouble::Unreachable("nothing answers at its address")));
}

/// A polite server over HTTP that keeps a session: it answers now with JSON, now with events.
async fn answers_one(mut stream: tokio::net::TcpStream) -> (String, Value) {
    let mut asked = Vec::new();
    let (head, body) = loop {
        let mut piece = [0; 4096];
        let many = stream.read(&mut piece).await.unwrap();
        asked.extend_from_slice(&piece[..many]);
        let text = String::from_utf8_lossy(&asked).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length =
            head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            break (head, body.to_owned());
        }
    };
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let json = "Content-Type: application/json\r\n";
    let answer = match (head.split(' ').next(), message["method"].as_str()) {
        (Some("get"), _) => http("405 Method Not Allowed", "", ""),
        (_, Some("initialize")) => http("200 OK", &format!("{json}Mcp-Session-Id: s-1\r\n"), &hello(&message)),
        (_, Some("tools/list")) => {
            let listed = says(&message, &json!({ "tools": [tool("look", "Looks.")] }));
            http(
                "200 OK",
                "Content-Type: text/event-stream\r\n",
                &format!(": hm\n\nevent: message\ndata: {listed}\n\n"),
            )
        }
        (_, Some("tools/call")) => {
            http("200 OK", json, &says(&message, &json!({ "content": [{ "type": "text", "text": "looked" }] })))
        }
        _ => http("202 Accepted", "", ""),
    };
    stream.write_all(answer.as_bytes()).await.unwrap();
    let _ = stream.shutdown().await;
    (head, message)
}

#[tokio::test]
async fn over_http_a_session_is_kept_and_ended() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/mcp", listener.local_addr().unwrap())).unwrap();
    let (tell, mut heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move { tell.send(answers_one(stream).await) });
        }
    });
    let token = base::Secret::new("token-token");
    let link = Link::to(&Ways::new(), &url, true, Some(&token), &Clock::system()).await.unwrap();
    assert_eq!(link.tools().await.unwrap().all[0].name, "look");
    let said = link.call("look", Map::new(), SOON, &CancellationToken::new()).await.unwrap();
    assert!(serde_json::to_string(&said).unwrap().contains("looked"));
    drop(link);
    let ends = async {
        let mut in_session = 0;
        loop {
            let (asked, message) = heard.recv().await.unwrap();
            assert!(asked.contains("authorization: bearer token-token"), "{asked}");
            in_session += usize::from(asked.contains("mcp-session-id: s-1"));
            assert!(asked.contains("mcp-session-id: s-1") || message["method"] == "initialize", "{asked}");
            if asked.starts_with("delete") {
                return in_session;
            }
        }
    };
    assert!(tokio::time::timeout(SOON, ends).await.unwrap() >= 4);
}
