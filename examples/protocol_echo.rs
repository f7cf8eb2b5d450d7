//! What the official protocol suites ask of a server (`scripts/protocol-suites`): namespaces that echo, with the suites'
//! own times and sizes. It stands on Trice's accept loop, its Engine.IO, and its packets; Trice's sessions are about tokens and
//! conversations, which the suites know nothing of, so their place is taken here.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "nobody depends on it")]

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::request::Parts;
use packet::{Kind, Packet};
use serde_json::value::RawValue;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;
use trice::{
    config, domain,
    gateway::engineio::{self, Above, Cut, EngineIo, Outbox, Peer, Settings, Text},
    runtime::tasks::Tasks,
};

#[allow(dead_code, reason = "not all of it is needed")]
#[path = "../src/gateway/packet.rs"]
mod packet;

#[path = "../src/app/connection.rs"]
mod connection;
#[path = "../src/app/listener.rs"]
mod listener;

/// What the accept loop uses.
mod gateway {
    pub use trice::gateway::Cut;
}
mod runtime {
    pub use trice::runtime::tasks;
}

const SETTINGS: Settings = Settings {
    ping_interval: Duration::from_millis(300),
    ping_timeout: Duration::from_millis(200),
    largest: 1_000_000,
};

/// Engine.IO: what comes in goes out.
struct EngineEcho;

struct EnginePeer(Outbox);

impl Above for EngineEcho {
    fn open(&self, _: &Parts) -> Arc<dyn Peer> {
        Arc::new(EnginePeer(Outbox::default()))
    }
}

impl Peer for EnginePeer {
    fn outbox(&self) -> &Outbox {
        &self.0
    }

    fn message(self: Arc<Self>, text: &str) {
        self.0.put(Text::from(format!("4{text}")), engineio::Kind::Live).unwrap();
    }

    fn binary(&self) {
        self.0.shut([]);
    }

    fn carried(&self, _: Cut) {}

    fn gone(&self) {
        self.0.end();
    }
}

/// Socket.IO: two namespaces that say what they were told.
struct SocketEcho(Tasks);

struct Socket {
    outbox: Outbox,
    /// The namespaces that it is in.
    joined: Mutex<HashSet<String>>,
}

impl Above for SocketEcho {
    fn open(&self, _: &Parts) -> Arc<dyn Peer> {
        let socket = Arc::new(Socket { outbox: Outbox::default(), joined: Mutex::default() });
        let opened = Arc::clone(&socket);
        self.0.spawn(async move {
            sleep(Duration::from_secs(1)).await;
            if opened.joined.lock().unwrap().is_empty() {
                opened.outbox.shut([]);
            }
        });
        socket
    }
}

impl Socket {
    fn tell(&self, packet: impl Into<Text>) -> Option<()> {
        self.outbox.put(packet.into(), engineio::Kind::Live).ok()
    }
}

impl Peer for Socket {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn message(self: Arc<Self>, text: &str) {
        let done = match packet::parse(text) {
            Some(Packet { namespace: namespace @ ("/" | "/custom"), kind }) => take(&self, namespace, kind),
            Some(Packet { namespace, kind: Kind::Connect(_) }) => {
                self.tell(packet::connect_error(namespace, "Invalid namespace"))
            }
            Some(_) => Some(()),
            None => None,
        };
        if done.is_none() {
            self.outbox.shut([]);
        }
    }

    fn binary(&self) {
        self.outbox.shut([]);
    }

    fn carried(&self, _: Cut) {}

    fn gone(&self) {
        self.outbox.end();
    }
}

/// Nothing means that the packet is not one.
fn take(socket: &Socket, namespace: &str, kind: Kind<'_>) -> Option<()> {
    let mut joined = socket.joined.lock().unwrap();
    match kind {
        Kind::Connect(payload) => {
            joined.insert(namespace.to_owned());
            let payload = if payload.is_empty() { "{}" } else { payload };
            // Trice has no business in the main namespace, and always names its own.
            let connected = packet::connected(namespace, "an-id").replacen("/,", "", usize::from(namespace == "/"));
            socket.tell(connected)?;
            say(socket, namespace, None, "auth", &format!(",{payload}"))
        }
        Kind::Disconnect => {
            joined.remove(namespace);
            Some(())
        }
        Kind::Event(id, payload) => {
            let (name, _) = packet::parse_event(payload)?;
            let arguments: Vec<&RawValue> = serde_json::from_str(payload).ok()?;
            let arguments = arguments[1..].iter().fold(String::new(), |all, argument| all + "," + argument.get());
            match name.as_str() {
                "message" => say(socket, namespace, None, "message-back", &arguments),
                "message-with-ack" => say(socket, namespace, id, "", &arguments),
                _ => Some(()),
            }
        }
        Kind::Ack => Some(()),
    }
}

fn say(socket: &Socket, namespace: &str, id: Option<u64>, name: &str, arguments: &str) -> Option<()> {
    let namespace = if namespace == "/" { String::new() } else { format!("{namespace},") };
    let packet = match id {
        Some(id) => format!("43{namespace}{id}[{}]", arguments.trim_start_matches(',')),
        None => format!("42{namespace}[\"{name}\"{arguments}]"),
    };
    socket.tell(packet)
}

#[tokio::main]
async fn main() {
    let tasks = Tasks::default();
    let engine = EngineIo::new(Arc::new(EngineEcho), SETTINGS, tasks.clone());
    let socket = EngineIo::new(Arc::new(SocketEcho(tasks.clone())), SETTINGS, tasks.clone());
    let router = engine.router("/engine.io/").merge(socket.router("/socket.io/"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let config = config::Config::load(&config::Source::default()).unwrap();
    listener::serve(listener, router, Arc::new(config.http), CancellationToken::new(), tasks).await;
}
