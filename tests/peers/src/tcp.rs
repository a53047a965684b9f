//! Listeners that are no SSH server: one that accepts and stays silent, one that speaks HTTP.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Accepts TCP connections and never says a word, until it is dropped.
#[derive(Debug)]
pub struct Unanswering(Listener);

impl Unanswering {
    pub fn start() -> Self {
        let mut held = Vec::new();
        Self(Listener::start(move |stream| held.push(stream)))
    }

    pub fn address(&self) -> IpAddr {
        self.0.at.ip()
    }

    pub fn port(&self) -> u16 {
        self.0.at.port()
    }
}

/// Answers every connection with an HTTP error and hangs up, as a web server does when it is spoken to in SSH.
#[derive(Debug)]
pub struct Garbage(Listener);

impl Garbage {
    pub fn start() -> Self {
        Self(Listener::start(|mut stream| {
            // What the client does with its half of the conversation is its business.
            let _ = stream.read(&mut [0; 256]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.shutdown(Shutdown::Write);
        }))
    }

    pub fn address(&self) -> IpAddr {
        self.0.at.ip()
    }

    pub fn port(&self) -> u16 {
        self.0.at.port()
    }
}

#[derive(Debug)]
struct Listener {
    at: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    fn start(mut each: impl FnMut(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let at = listener.local_addr().expect("a bound listener has an address");
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                if let Ok(stream) = stream {
                    each(stream);
                }
            }
        });
        Self { at, over, thread: Some(thread) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // The listener sits in `accept`: one last connection lets it look at the flag.
        drop(TcpStream::connect(self.at));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
