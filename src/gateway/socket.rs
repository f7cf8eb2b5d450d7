//! One connected socket: its ends, its queues, and how it is closed.

use std::{
    fmt,
    sync::{Arc, Mutex as StdMutex, OnceLock, PoisonError},
    time::Duration,
};

use http::request::Parts;
use serde::Serialize;
use tokio::sync::Mutex;

use super::{
    NAMESPACE, auth,
    engineio::{Cut, Kind, Outbox, Text, TooMuch},
    inbox::{Inbox, Refused, Work},
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

/// A connected socket. Known to others by an id of ours: Engine.IO's own is its credential.
pub struct Socket {
    /// Its id on this node.
    pub id: SocketId,
    /// Held by whoever changes what the socket listens to: one replay at a time, and in the order of the events.
    pub subscribing: Mutex<()>,
    /// The token in the request that opened it, until it is asked for.
    token: StdMutex<Option<String>>,
    place: Option<Arc<Place>>,
    /// How to cut the connection that carries it. Whoever polls has none: their requests come over one or another.
    cut: OnceLock<Cut>,
    outbox: Outbox,
    inbox: Inbox,
    closed: CancellationToken,
    tasks: Tasks,
}

impl Socket {
    /// A new one, which this request opens.
    pub fn new(request: &Parts, tasks: Tasks) -> Self {
        Self {
            id: SocketId::new(),
            subscribing: Mutex::default(),
            token: StdMutex::new(auth::request_token(request)),
            place: request.extensions.get::<Arc<Place>>().cloned(),
            cut: OnceLock::new(),
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            closed: CancellationToken::new(),
            tasks,
        }
    }

    /// The token in the request that opened it; once.
    pub fn request_token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// It is known who it acts for: it holds a stranger's place no more.
    pub fn known(&self) {
        if let Some(place) = &self.place {
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

    /// What waits for the client.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Queues a packet to the client. A client that reads too slowly is cut: it comes back and catches up.
    pub fn send(&self, packet: Text) {
        self.put(packet, Kind::Live);
    }

    /// Queues a packet of a replay, or one that came while it lasted: however many there are, the client has the time to
    /// read them.
    pub fn replay(&self, packet: Text) {
        self.put(packet, Kind::Replayed);
    }

    /// Ends when there is room for the next page of a replay. Answers whether the socket is still open.
    pub async fn drained(&self) -> bool {
        self.outbox.drained().await;
        !self.closed.is_cancelled()
    }

    fn put(&self, packet: Text, kind: Kind) {
        if let Err(TooMuch) = self.outbox.put(packet, kind) {
            metrics::socket_cut(CutReason::SlowReader);
            tracing::info!(socket.id = %self.id, "websocket.slow_reader");
            self.close_to_retry();
        }
    }

    /// Queues an event to the client.
    pub fn emit(&self, name: &str, payload: &impl Serialize) {
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
        self.outbox.has_ended().await;
    }

    /// This connection carries it from now on.
    pub fn carried_by(&self, cut: Cut) {
        // It was given up meanwhile.
        if self.cut.set(cut).is_ok() && self.closed.is_cancelled() && self.outbox.is_over() {
            self.cut();
        }
    }

    /// Closes the connection so that official clients come back by themselves.
    pub fn close_to_retry(&self) {
        self.closed.cancel();
        self.outbox.shut([]);
        self.cut();
    }

    /// Says why, leaves the namespace, so that official clients stay away, and cuts the connection, also when its other
    /// end would rather keep it.
    pub fn close_for_good(&self, why: &AuthError) {
        self.emit("auth:error", why);
        self.send(packet::disconnect(NAMESPACE));
        self.close_after_words();
    }

    /// The same at once: what waits for the client is not for it any more.
    pub fn revoke(&self, why: &AuthError) {
        self.close_after([packet::event(NAMESPACE, "auth:error", why), packet::disconnect(NAMESPACE)]);
    }

    /// Closes the connection so that official clients come back by themselves, when what was said has left.
    pub fn close_after_words(&self) {
        let words: Vec<_> = std::iter::from_fn(|| self.outbox.take()).collect();
        self.close_after(words);
    }

    fn close_after(&self, words: impl IntoIterator<Item = Text>) {
        self.closed.cancel();
        self.outbox.shut(words);
        if let Some(cut) = self.cut.get().cloned() {
            self.tasks.spawn(async move {
                tokio::time::sleep(FAREWELL).await;
                cut.cut();
            });
        }
    }

    /// The connection is gone, or was given up: then its other end may still hold on to it.
    pub fn gone(&self) {
        self.closed.cancel();
        self.outbox.end();
        self.cut();
    }

    fn cut(&self) {
        if let Some(cut) = self.cut.get() {
            cut.cut();
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id).finish_non_exhaustive()
    }
}
