//! One connected socket: its ends, its queues, and how it is closed.

use std::{
    fmt,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use engineioxide::{DisconnectReason, Str};
use serde::Serialize;
use tokio::sync::Mutex;

use super::{
    NAMESPACE,
    inbox::{Inbox, Refused, Work},
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

/// A connected socket. Known to others by an id of ours: Engine.IO's own is its credential.
pub struct Socket {
    /// Its id on this node.
    pub id: SocketId,
    /// Held by whoever changes what the socket listens to: one replay at a time, and in the order of the events.
    pub subscribing: Mutex<()>,
    engine: Arc<Engine>,
    outbox: Outbox,
    cut: Option<Cut>,
    inbox: Inbox,
    closed: CancellationToken,
    tasks: Tasks,
}

impl Socket {
    /// A new one.
    pub fn new(engine: Arc<Engine>, tasks: Tasks) -> Self {
        Self {
            id: SocketId::new(),
            subscribing: Mutex::default(),
            cut: engine.req_parts.extensions.get::<Cut>().cloned(),
            outbox: Outbox::new(Arc::clone(&engine)),
            engine,
            inbox: Inbox::default(),
            closed: CancellationToken::new(),
            tasks,
        }
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

    /// What came from the client and waits.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Puts a packet behind those before it. Gives it back when too much waits already, but not when the client is not
    /// listened to any more.
    pub fn enqueue(&self, work: Work) -> Result<(), Work> {
        match self.inbox.put(work) {
            Err(Refused::Full(work)) => return Err(work),
            Err(Refused::Flood) => {
                metrics::socket_cut(CutReason::Flood);
                tracing::info!(socket.id = %self.id, "websocket.flood");
                self.close_to_retry();
            }
            Ok(()) => {}
        }
        Ok(())
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
