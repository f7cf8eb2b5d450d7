//! What the official protocol suites ask of a server (`scripts/protocol-suites`): namespaces that echo, with the suites'
//! own times and sizes. It stands on Trice's accept loop, on the Engine.IO that Trice pins, and on Trice's packets; Trice's
//! sessions are about tokens and conversations, which the suites know nothing of, so their place is taken here.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "nobody depends on it")]

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use engineioxide::{
    DisconnectReason, Socket, Str, config::EngineIoConfig, handler::EngineIoHandler, service::EngineIoService,
};
use packet::{Kind, Packet};
use serde_json::value::RawValue;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;

#[allow(dead_code, reason = "not all of it is needed")]
#[path = "../src/gateway/packet.rs"]
mod packet;

#[path = "../src/app/listener.rs"]
mod listener;

/// What the accept loop uses.
mod gateway {
    pub use trice::gateway::Cut;
}
mod runtime {
    pub use trice::runtime::tasks;
}

fn settings(path: &'static str) -> EngineIoConfig {
    EngineIoConfig::builder()
        .req_path(path)
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(200))
        .max_payload(1_000_000)
        .build()
}

/// Engine.IO: what comes in goes out.
#[derive(Debug)]
struct EngineEcho;

impl EngineIoHandler for EngineEcho {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<()>>) {
        drop(socket.emit(message));
    }

    fn on_binary(self: &Arc<Self>, data: bytes::Bytes, socket: Arc<Socket<()>>) {
        drop(socket.emit_binary(data));
    }
}

/// Socket.IO: two namespaces that say what they were told.
#[derive(Debug)]
struct SocketEcho;

/// The namespaces that a socket is in.
type Joined = Mutex<HashSet<String>>;

impl EngineIoHandler for SocketEcho {
    type Data = Joined;

    fn on_connect(self: Arc<Self>, socket: Arc<Socket<Joined>>) {
        // Whoever holds a socket keeps its connection.
        let socket = Arc::downgrade(&socket);
        #[expect(clippy::disallowed_methods, reason = "it has no tasks to be waited for")]
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            if let Some(socket) = socket.upgrade().filter(|socket| socket.data.lock().unwrap().is_empty()) {
                socket.close(DisconnectReason::ClosingServer);
            }
        });
    }

    fn on_disconnect(&self, _: Arc<Socket<Joined>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<Joined>>) {
        let done = match packet::parse(&message) {
            Some(Packet { namespace: namespace @ ("/" | "/custom"), kind }) => take(&socket, namespace, kind),
            Some(Packet { namespace, kind: Kind::Connect(_) }) => {
                socket.emit(packet::connect_error(namespace, "Invalid namespace")).ok()
            }
            Some(_) => Some(()),
            None => None,
        };
        if done.is_none() {
            socket.close(DisconnectReason::ClosingServer);
        }
    }

    fn on_binary(self: &Arc<Self>, _: bytes::Bytes, socket: Arc<Socket<Joined>>) {
        socket.close(DisconnectReason::ClosingServer);
    }
}

/// Nothing means that the packet is not one.
fn take(socket: &Socket<Joined>, namespace: &str, kind: Kind<'_>) -> Option<()> {
    let mut joined = socket.data.lock().unwrap();
    match kind {
        Kind::Connect(payload) => {
            joined.insert(namespace.to_owned());
            let payload = if payload.is_empty() { "{}" } else { payload };
            // Trice has no business in the main namespace, and always names its own.
            let connected = packet::connected(namespace, "an-id").replacen("/,", "", usize::from(namespace == "/"));
            socket.emit(connected).ok()?;
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

fn say(socket: &Socket<Joined>, namespace: &str, id: Option<u64>, name: &str, arguments: &str) -> Option<()> {
    let namespace = if namespace == "/" { String::new() } else { format!("{namespace},") };
    let packet = match id {
        Some(id) => format!("3{namespace}{id}[{}]", arguments.trim_start_matches(',')),
        None => format!("2{namespace}[\"{name}\"{arguments}]"),
    };
    socket.emit(packet).ok()
}

#[tokio::main]
async fn main() {
    let router = Router::new()
        .route_service("/engine.io/", EngineIoService::with_config(Arc::new(EngineEcho), settings("/engine.io")))
        .route_service("/socket.io/", EngineIoService::with_config(Arc::new(SocketEcho), settings("/socket.io")));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    listener::serve(listener, router, CancellationToken::new(), runtime::tasks::Tasks::default()).await;
}
