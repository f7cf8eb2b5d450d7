//! One connected socket: its ends, its queue, and how it is closed.

use std::{
    fmt,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use engineioxide::{DisconnectReason, Str};
use serde::Serialize;
use tokio::sync::{
    Mutex,
    mpsc::{self, error::TrySendError},
};

use super::{NAMESPACE, packet};
use crate::{
    domain::places::Place,
    error::socket::AuthError,
    model::id::SocketId,
    runtime::tasks::{CancellationToken, Tasks},
};

/// How many packets of one socket may wait for those before them.
const WAITING: usize = 256;
/// How many bytes they may have together.
const WAITING_BYTES: usize = 1024 * 1024;
/// How long a farewell may take to leave before the connection is cut.
const FAREWELL: Duration = Duration::from_millis(500);

/// Cuts a connection, whatever its other end does. The accept loop makes one for each connection and hands it over as a
/// request extension.
#[derive(Clone)]
pub struct Cut(Arc<dyn Fn() + Send + Sync>);

impl Cut {
    /// Wraps whatever cuts the connection.
    pub fn new(cut: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(cut))
    }

    /// Cuts it.
    pub fn cut(&self) {
        (self.0)();
    }
}

/// What Engine.IO keeps for us with each of its sockets. Weak, for ours keeps Engine.IO's: together they would live for
/// ever, and their connection with them.
pub type Slot = OnceLock<Weak<Socket>>;

type Engine = engineioxide::Socket<Slot>;

/// A packet that waits for its turn.
#[derive(Debug)]
pub enum Work {
    /// The client wants into the namespace, perhaps with a token.
    Connect(String),
    /// An event; with an id it wants an answer.
    Event(Option<u64>, String),
}

impl Work {
    fn size(&self) -> usize {
        match self {
            Self::Connect(payload) | Self::Event(_, payload) => payload.len(),
        }
    }
}

/// A connected socket. Known to others by an id of ours: Engine.IO's own is its credential.
pub struct Socket {
    /// Its id on this node.
    pub id: SocketId,
    /// Held by whoever changes what the socket listens to: one replay at a time, and in the order of the events.
    pub subscribing: Mutex<()>,
    engine: Arc<Engine>,
    cut: Option<Cut>,
    queue: mpsc::Sender<Work>,
    waiting_bytes: AtomicUsize,
    closed: CancellationToken,
    tasks: Tasks,
}

impl Socket {
    /// A new one, and the end of its queue for whoever works on it.
    pub fn new(engine: Arc<Engine>, tasks: Tasks) -> (Arc<Self>, mpsc::Receiver<Work>) {
        let (queue, work) = mpsc::channel(WAITING);
        let socket = Self {
            id: SocketId::new(),
            subscribing: Mutex::default(),
            cut: engine.req_parts.extensions.get::<Cut>().cloned(),
            engine,
            queue,
            waiting_bytes: AtomicUsize::new(0),
            closed: CancellationToken::new(),
            tasks,
        };
        (Arc::new(socket), work)
    }

    /// What the handshake said.
    pub fn handshake(&self) -> &http::request::Parts {
        &self.engine.req_parts
    }

    /// It is known who it acts for: it holds a stranger's place no more.
    pub fn known(&self) {
        if let Some(place) = self.engine.req_parts.extensions.get::<Arc<Place>>() {
            place.is_known();
        }
    }

    /// Ends when the socket is closed.
    pub fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Puts a packet behind those before it. Fails when too much waits already.
    pub fn enqueue(&self, work: Work) -> Result<(), Work> {
        let size = work.size();
        if self.waiting_bytes.fetch_add(size, Ordering::Relaxed) + size > WAITING_BYTES {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            return Err(work);
        }
        self.queue.try_send(work).map_err(|error| {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            match error {
                TrySendError::Full(work) | TrySendError::Closed(work) => work,
            }
        })
    }

    /// A packet waits no more.
    pub fn dequeued(&self, work: &Work) {
        self.waiting_bytes.fetch_sub(work.size(), Ordering::Relaxed);
    }

    /// Queues a packet to the client. A client that does not read is cut: it comes back and catches up.
    pub fn send(&self, packet: Str) {
        if self.closed.is_cancelled() {
            return;
        }
        if self.engine.emit(packet).is_err() && !self.engine.is_closed() {
            tracing::info!(socket.id = %self.id, "websocket.slow_reader");
            self.close_to_retry();
        }
    }

    /// Queues an event to the client.
    pub fn emit(&self, name: &str, payload: &impl Serialize) {
        self.send(packet::event(NAMESPACE, name, payload));
    }

    /// Closes the connection so that official clients come back by themselves.
    pub fn close_to_retry(&self) {
        self.closed.cancel();
        self.engine.close(DisconnectReason::ClosingServer);
        if let Some(cut) = self.cut_now() {
            cut.cut();
        }
    }

    /// Says why, leaves the namespace, so that official clients stay away, and cuts the connection, also when its other
    /// end would rather keep it.
    pub fn close_for_good(&self, why: &AuthError) {
        self.emit("auth:error", why);
        self.send(packet::disconnect(NAMESPACE));
        self.close_after_words();
    }

    /// Closes the connection so that official clients come back by themselves, when what was said has left.
    pub fn close_after_words(&self) {
        self.closed.cancel();
        let (engine, cut) = (Arc::clone(&self.engine), self.cut_now());
        if cut.is_some() {
            engine.close(DisconnectReason::ClosingServer);
        }
        self.tasks.spawn(async move {
            tokio::time::sleep(FAREWELL).await;
            match cut {
                Some(cut) => cut.cut(),
                // A client that polls comes for the words; what it sends meanwhile is not listened to.
                None => engine.close(DisconnectReason::ClosingServer),
            }
        });
    }

    /// The connection is gone, or Engine.IO has given it up: then its other end may still hold on to it.
    pub fn gone(&self) {
        self.closed.cancel();
        if let Some(cut) = self.cut_now() {
            cut.cut();
        }
    }

    /// How to cut the connection that carries the socket now. A socket that began by polling has left the connection it
    /// began on, and another person's request may stand there by now: Engine.IO's own close has to do.
    fn cut_now(&self) -> Option<Cut> {
        let began_as_websocket = self.engine.req_parts.headers.contains_key(http::header::UPGRADE);
        self.cut.clone().filter(|_| began_as_websocket)
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id).finish_non_exhaustive()
    }
}
