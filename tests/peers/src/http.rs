//! As much of an HTTP server as is needed to misbehave: a thread a connection, one request each, answers in pieces.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use serde_json::Value;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// Null where it is no JSON.
    pub body: Value,
    /// As it came.
    pub bytes: Vec<u8>,
}

impl Request {
    /// Its path, without what is asked of it.
    pub fn place(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// What is asked of its path, by name; a name may be there several times.
    pub fn query(&self) -> Vec<(String, String)> {
        fields(self.path.split_once('?').map_or("", |(_, query)| query).as_bytes())
    }

    /// What a form holds.
    pub fn form(&self) -> Vec<(String, String)> {
        fields(&self.bytes)
    }

    /// The token it comes with.
    pub fn bearer(&self) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix("Bearer ")
    }
}

fn fields(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// Listens on loopback until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    at: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(Request, Out) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let at = listener.local_addr().expect("a bound listener has an address");
        let (over, answer) = (Arc::<AtomicBool>::default(), Arc::new(answer));
        let stop = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                let (Ok(stream), answer, over) = (stream, Arc::clone(&answer), Arc::clone(&stop)) else { continue };
                std::thread::spawn(move || {
                    if let Some((request, out)) = read(stream, over) {
                        answer(request, out);
                    }
                });
            }
        });
        Self { at, over, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // The listener sits in `accept`: one last connection lets it look at the flag.
        drop(TcpStream::connect(self.at));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(stream: TcpStream, over: Arc<AtomicBool>) -> Option<(Request, Out)> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut line = || {
        let mut line = String::new();
        lines.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    let (bytes, body) = (body.clone(), serde_json::from_slice(&body).unwrap_or_default());
    Some((Request { method, path, headers, body, bytes }, Out { stream, over, late: Duration::ZERO }))
}

/// Where an answer goes.
pub(crate) struct Out {
    stream: TcpStream,
    over: Arc<AtomicBool>,
    /// A whole answer is written this much later.
    late: Duration,
}

impl Out {
    /// A whole answer.
    pub(crate) fn json(self, status: u16, headers: &[(&str, &str)], body: &Value) {
        self.whole(status, "application/json", headers, &body.to_string());
    }

    /// The same, of another kind.
    pub(crate) fn whole(mut self, status: u16, kind: &str, headers: &[(&str, &str)], body: &str) {
        std::thread::sleep(self.late);
        let mut head = format!("HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&[name, ": ", value, "\r\n"].concat());
        }
        let _ = write!(self.stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Goes on as something else than HTTP. The answer is the connection, and whether the server is over.
    pub(crate) fn upgraded(mut self, accept: &str) -> (TcpStream, Arc<AtomicBool>) {
        let head = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        let _ = write!(self.stream, "{head}Sec-WebSocket-Accept: {accept}\r\n\r\n");
        (self.stream, self.over)
    }

    /// Begins an answer in pieces.
    pub(crate) fn begin(&mut self, kind: &str) {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n");
        let _ = write!(self.stream, "{head}Transfer-Encoding: chunked\r\n\r\n");
    }

    /// A piece of it. The answer is whether anybody is there still, as far as is known.
    pub(crate) fn piece(&mut self, piece: &str) -> bool {
        let all = format!("{:x}\r\n{piece}\r\n", piece.len());
        self.stream.write_all(all.as_bytes()).is_ok()
    }

    /// Its end.
    pub(crate) fn end(mut self) {
        let _ = self.stream.write_all(b"0\r\n\r\n");
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Breaks off in the middle of it.
    pub(crate) fn break_off(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// The same, whose whole answer is on its way for this long.
    pub(crate) fn delayed(self, late: Duration) -> Self {
        Self { late, ..self }
    }

    /// The same, whose words nobody hears: whoever asked sees the connection break off.
    pub(crate) fn muted(self) -> Self {
        let _ = self.stream.shutdown(Shutdown::Both);
        self
    }

    /// Waits until nobody is there any more.
    pub(crate) fn until_gone(&mut self) {
        let _ = self.stream.set_read_timeout(Some(Duration::from_millis(20)));
        while !self.is_gone() && !self.over.load(Ordering::Acquire) {}
    }

    /// Whether whoever asked hung up. Nobody says more than their question.
    pub(crate) fn is_gone(&mut self) -> bool {
        let _ = self.stream.set_read_timeout(Some(Duration::from_millis(20)));
        match self.stream.read(&mut [0; 1]) {
            Ok(read) => read == 0,
            Err(error) => !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
        }
    }
}
