//! Engine.IO below, packets above: what comes in is read, put into its socket's queue, and refused when that is full.

use std::{sync::Arc, time::Duration};

use http::request::Parts;
use tokio::time::Instant;

use super::{
    NAMESPACE,
    emit::Emitter,
    engineio::{Above, Cut, Outbox, Peer, Settings},
    inbox::Work,
    packet::{self, Kind, Packet},
    reply::Reply,
    session::Session,
    socket::Socket,
};
use crate::{
    domain::Services,
    error::{Error, ErrorCode},
    runtime::tasks::Tasks,
};

/// Engine.IO's settings (contract, section 2).
pub const SETTINGS: Settings =
    Settings { ping_interval: Duration::from_secs(15), ping_timeout: Duration::from_secs(15), largest: 100_000 };

/// Takes what Engine.IO brings.
pub struct Transport {
    /// What Trice does.
    pub services: Services,
    /// The sockets of this node.
    pub emitter: Arc<Emitter>,
    /// Where sockets are worked on.
    pub tasks: Tasks,
}

impl Above for Transport {
    fn open(&self, request: &Parts) -> Arc<dyn Peer> {
        let socket = Arc::new(Socket::new(request, self.tasks.clone()));
        self.emitter.add(Arc::clone(&socket));
        let session = Session::new(Arc::clone(&socket), self.services.clone(), Arc::clone(&self.emitter));
        self.tasks.spawn(Box::new(session).run());
        socket
    }
}

impl Peer for Socket {
    fn outbox(&self) -> &Outbox {
        self.outbox()
    }

    fn message(self: Arc<Self>, text: &str) {
        if self.closed().is_cancelled() {
            return;
        }
        match packet::parse(text) {
            Some(Packet { namespace: NAMESPACE, kind }) => take(&self, kind),
            Some(Packet { namespace, kind: Kind::Connect(_) }) => {
                self.send(packet::connect_error(namespace, "Invalid namespace"));
            }
            // Not in that namespace, so nothing it says there matters.
            Some(_) => {}
            None => self.close_to_retry(),
        }
    }

    fn binary(&self) {
        self.close_to_retry();
    }

    fn carried(&self, cut: Cut) {
        self.carried_by(cut);
    }

    fn gone(&self) {
        self.gone();
    }
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
