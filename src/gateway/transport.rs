//! Engine.IO below, packets above: what comes in is read, put into its socket's queue, and refused when that is full.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use engineioxide::{DisconnectReason, Str, config::EngineIoConfig, handler::EngineIoHandler};
use tokio::time::Instant;

use super::{
    NAMESPACE,
    emit::Emitter,
    inbox::Work,
    outbox,
    packet::{self, Kind, Packet},
    reply::Reply,
    session::Session,
    socket::{Slot, Socket},
};
use crate::{
    domain::Services,
    error::{Error, ErrorCode},
    runtime::tasks::Tasks,
};

/// The largest message, in bytes (contract, section 2).
const LARGEST: usize = 100_000;
/// Engine.IO's settings.
pub fn settings() -> EngineIoConfig {
    EngineIoConfig::builder()
        .req_path("/socket.io")
        .ping_interval(Duration::from_secs(15))
        .ping_timeout(Duration::from_secs(15))
        .max_payload(LARGEST as u64)
        .ws_max_message_size(LARGEST)
        .ws_max_frame_size(LARGEST)
        // Allocated for as long as the connection lives, and enough for most messages; a larger one gets what it needs.
        .ws_read_buffer_size(1024)
        .max_buffer_size(outbox::BELOW)
        .build()
}

/// Takes what Engine.IO brings.
#[derive(Clone)]
pub struct Transport {
    /// What Trice does.
    pub services: Services,
    /// The sockets of this node.
    pub emitter: Arc<Emitter>,
    /// Where sockets are worked on.
    pub tasks: Tasks,
}

impl EngineIoHandler for Transport {
    type Data = Slot;

    fn on_connect(self: Arc<Self>, engine: Arc<engineioxide::Socket<Slot>>) {
        let socket = Arc::new(Socket::new(Arc::clone(&engine), self.tasks.clone()));
        engine.data.get_or_init(|| Arc::downgrade(&socket));
        self.emitter.add(Arc::clone(&socket));
        let session = Session::new(socket, self.services.clone(), Arc::clone(&self.emitter));
        self.tasks.spawn(Box::new(session).run());
    }

    fn on_disconnect(&self, engine: Arc<engineioxide::Socket<Slot>>, _: DisconnectReason) {
        if let Some(socket) = ours(&engine) {
            socket.gone();
        }
    }

    fn on_message(self: &Arc<Self>, message: Str, engine: Arc<engineioxide::Socket<Slot>>) {
        let Some(socket) = ours(&engine).filter(|socket| !socket.closed().is_cancelled()) else { return };
        match packet::parse(&message) {
            Some(Packet { namespace: NAMESPACE, kind }) => take(&socket, kind),
            Some(Packet { namespace, kind: Kind::Connect(_) }) => {
                socket.send(packet::connect_error(namespace, "Invalid namespace"));
            }
            // Not in that namespace, so nothing it says there matters.
            Some(_) => {}
            None => socket.close_to_retry(),
        }
    }

    fn on_binary(self: &Arc<Self>, _: Bytes, engine: Arc<engineioxide::Socket<Slot>>) {
        if let Some(socket) = ours(&engine) {
            socket.close_to_retry();
        }
    }
}

fn ours(engine: &engineioxide::Socket<Slot>) -> Option<Arc<Socket>> {
    engine.data.get()?.upgrade()
}

fn take(socket: &Arc<Socket>, kind: Kind<'_>) {
    let work = match kind {
        Kind::Connect(payload) => Work::Connect(payload.to_owned()),
        Kind::Event(ack, payload) => Work::Event(ack, payload.to_owned(), Instant::now()),
        Kind::Ack => return,
        Kind::Disconnect => return socket.close_to_retry(),
    };
    if let Err(Work::Event(ack, payload, arrived)) = socket.enqueue(work) {
        let event = packet::parse_event(&payload).map(|(event, _)| event).unwrap_or_default();
        let error = Error::new(ErrorCode::RateLimited, "Too much at once.").retry_after(Duration::from_secs(1));
        Reply { socket: Arc::clone(socket), ack, event, arrived }.failure(&error);
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
