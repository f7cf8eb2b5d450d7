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
use tokio::{
    sync::{
        Mutex,
        mpsc::{self, error::TrySendError},
    },
    time::Instant,
};

use super::{
    NAMESPACE,
    outbox::{Kind, Outbox, Put},
    packet,
};
use crate::{
    domain::places::Place,
    error::socket::AuthError,
    model::id::SocketId,
    observability::metrics::{self, CutReason},
    runtime::tasks::{CancellationToken, Tasks},
};

/// How many packets of one socket may wait for those before them.
const WAITING: usize = 256;
/// How many bytes they may have together.
const WAITING_BYTES: usize = 1024 * 1024;
/// At so many times what may wait a client is not listened to any more (contract, section 2).
const FLOOD: usize = 5;
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
    /// An event, and when it came; with an id it wants an answer.
    Event(Option<u64>, String, Instant),
    /// The node is stopping: the socket goes as soon as nothing is left to be done.
    Leave,
}

impl Work {
    fn size(&self) -> usize {
        match self {
            Self::Connect(payload) | Self::Event(_, payload, _) => payload.len(),
            Self::Leave => 0,
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
    outbox: Outbox,
    cut: Option<Cut>,
    queue: mpsc::Sender<Work>,
    waiting_bytes: AtomicUsize,
    /// What found no place since all was taken up the last time: packets, and their bytes.
    refused: AtomicUsize,
    refused_bytes: AtomicUsize,
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
            outbox: Outbox::new(Arc::clone(&engine)),
            engine,
            queue,
            waiting_bytes: AtomicUsize::default(),
            refused: AtomicUsize::default(),
            refused_bytes: AtomicUsize::default(),
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

    /// Puts a packet behind those before it. Fails when too much waits already; then nothing is left of it if the client is
    /// not listened to any more.
    pub fn enqueue(&self, work: Work) -> Result<(), Option<Work>> {
        let size = work.size();
        if self.waiting_bytes.fetch_add(size, Ordering::Relaxed) + size > WAITING_BYTES {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            return Err(self.refuse(work));
        }
        self.queue.try_send(work).map_err(|error| {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            match error {
                TrySendError::Full(work) | TrySendError::Closed(work) => self.refuse(work),
            }
        })
    }

    fn refuse(&self, work: Work) -> Option<Work> {
        let count = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.refused_bytes.fetch_add(work.size(), Ordering::Relaxed) + work.size();
        if count <= (FLOOD - 1) * WAITING && bytes <= (FLOOD - 1) * WAITING_BYTES {
            return Some(work);
        }
        metrics::socket_cut(CutReason::Flood);
        tracing::info!(socket.id = %self.id, "websocket.flood");
        self.close_to_retry();
        None
    }

    /// A packet waits no more.
    pub fn dequeued(&self, work: &Work) {
        self.waiting_bytes.fetch_sub(work.size(), Ordering::Relaxed);
        if self.queue.capacity() == WAITING {
            self.refused.store(0, Ordering::Relaxed);
            self.refused_bytes.store(0, Ordering::Relaxed);
        }
    }

    /// Queues a packet to the client. A client that reads too slowly is cut: it comes back and catches up.
    pub fn send(self: &Arc<Self>, packet: Str) {
        self.put(packet, Kind::Live);
    }

    /// Queues a packet of a replay, or one that came while it lasted: however many there are, the client has the time to
    /// read them.
    pub fn replay(self: &Arc<Self>, packet: Str) {
        self.put(packet, Kind::Replayed);
    }

    /// Ends when there is room for the next page of a replay. Answers whether the socket is still open.
    pub async fn drained(&self) -> bool {
        self.outbox.drained().await;
        !self.closed.is_cancelled()
    }

    fn put(self: &Arc<Self>, packet: Str, kind: Kind) {
        match self.outbox.put(packet, kind) {
            Put::Done => {}
            Put::Waits => {
                let socket = Arc::clone(self);
                self.tasks.spawn(async move { socket.outbox.carry(socket.closed.clone()).await });
            }
            Put::TooMuch => {
                metrics::socket_cut(CutReason::SlowReader);
                tracing::info!(socket.id = %self.id, "websocket.slow_reader");
                self.close_to_retry();
            }
        }
    }

    /// Queues an event to the client.
    pub fn emit(self: &Arc<Self>, name: &str, payload: &impl Serialize) {
        self.send(packet::event(NAMESPACE, name, payload));
    }

    /// Closes the connection so that official clients come back by themselves, when what they asked for so far is answered.
    pub fn leave(&self) {
        if self.enqueue(Work::Leave).is_err() {
            self.close_to_retry();
        }
    }

    /// Ends when the connection has.
    pub async fn ended(&self) {
        self.engine.closed().await;
    }

    /// Closes the connection so that official clients come back by themselves.
    pub fn close_to_retry(&self) {
        self.closed.cancel();
        self.outbox.shut([]);
        self.engine.close(DisconnectReason::ClosingServer);
        if let Some(cut) = self.cut_now() {
            cut.cut();
        }
    }

    /// Says why, leaves the namespace, so that official clients stay away, and cuts the connection, also when its other
    /// end would rather keep it.
    pub fn close_for_good(&self, why: &AuthError) {
        self.outbox.shut([packet::event(NAMESPACE, "auth:error", why), packet::disconnect(NAMESPACE)]);
        self.close_after_words();
    }

    /// Closes the connection so that official clients come back by themselves, when what was said has left.
    pub fn close_after_words(&self) {
        self.closed.cancel();
        self.outbox.shut([]);
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
        self.outbox.shut([]);
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
